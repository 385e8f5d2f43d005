"""A check of a library: what gets in each other's way, what is too long, what finds itself."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot import checking, demo
from bot.checking import Finding, Limit, check
from bot.services.checking import sentence
from bot.types import Faq, FaqButton
from tests.bot import library
from tests.bot.library import FREIGHT

ORDER = replace(library.ORDER, answer="Em Meus pedidos.")  # short enough for the shop
SHOP = {"a": Limit("Shop", "mock", 20)}


def found(*faqs: Faq, limits: Mapping[str, Limit] | None = None) -> dict[str, Finding]:
    """The findings by kind, without the self-test's: small libraries are often mistaken."""
    return {f.kind: f for f in check(faqs, limits or {}).findings if f.kind != "stolen"}


def test_a_library_without_faults_has_no_findings() -> None:
    assert found(ORDER, FREIGHT) == {}


def test_an_empty_library_can_be_checked() -> None:
    report = check([], SHOP)
    assert (report.faqs, report.share, report.findings) == (0, None, ())


def twin(**changed: Any) -> Faq:
    """A FAQ that has one phrasing of ORDER, written otherwise."""
    alternatives = ("Oi, CADE o meu pedido", "Cadê meu pedido?!", "extravio do pacote")
    return replace(
        FREIGHT, **{"id": "twin", "question": "Sumiu", "alternatives": alternatives} | changed
    )


def test_the_same_phrasing_in_two_faqs_is_an_error() -> None:
    finding = found(ORDER, twin())["duplicate"]
    assert finding.faqs == ("order", "twin")
    assert finding.phrasings == ("cadê meu pedido",)
    assert checking.SEVERITY[finding.kind] == "error"


@pytest.mark.parametrize(
    "apart",
    [{"language": "en"}, {"channels": frozenset("b")}],
    ids=["languages", "channels"],
)
def test_faqs_that_never_meet_may_share_phrasings(apart: dict[str, Any]) -> None:
    here = replace(ORDER, channels=frozenset("a"))
    assert (
        not {"duplicate", "near_duplicate", "same_answer"}
        & found(here, twin(answer=ORDER.answer, **apart)).keys()
    )
    report = check([here, twin(**apart)], {})
    if "channels" in apart:
        assert "stolen" not in report.counts


def test_one_channel_in_common_is_enough_to_meet() -> None:
    here, there = frozenset("ab"), frozenset("bc")
    assert "duplicate" in found(replace(ORDER, channels=here), twin(channels=there))
    assert "duplicate" in found(ORDER, twin(channels=there))


def test_phrasings_that_differ_in_a_letter_are_near_duplicates() -> None:
    other = replace(FREIGHT, alternatives=("quando chega minhas encomendas", "valor do frete"))
    finding = found(ORDER, other)["near_duplicate"]
    assert set(finding.phrasings) == {
        "quando chega minha encomenda",
        "quando chega minhas encomendas",
    }


def test_equal_answers_are_told() -> None:
    finding = found(ORDER, replace(FREIGHT, answer="EM MEUS PEDIDOS"))["same_answer"]
    assert finding.faqs == ("order", "freight")


def test_answers_that_are_empty_or_long_are_told() -> None:
    assert "empty_answer" in found(replace(ORDER, answer=" "))
    assert "empty_answer" in found(replace(ORDER, overrides={"a": {"en": " "}}))
    long = found(replace(ORDER, answers={"en": "x" * 1001}))["long_answer"]
    assert long.number == 1001


def test_an_answer_longer_than_a_message_of_a_channel_is_told_with_its_parts() -> None:
    finding = found(replace(ORDER, answer="x" * 41), limits=SHOP)["channel_length"]
    assert (finding.channel, finding.number) == ("Shop", 3)


@pytest.mark.parametrize(
    "changed",
    [
        {"channels": frozenset("b")},
        {"overrides": {"a": {"pt-br": "Curto."}}},
        {"overrides": {"mock": {"pt-br": "Curto."}}},
    ],
    ids=["elsewhere", "own text", "text for the kind"],
)
def test_only_what_is_said_on_a_channel_has_to_fit_it(changed: dict[str, Any]) -> None:
    faq = replace(ORDER, answer="x" * 41, **changed)
    assert "channel_length" not in found(faq, limits=SHOP)


def test_a_text_of_another_language_has_to_fit_too() -> None:
    assert "channel_length" in found(replace(ORDER, answers={"en": "x" * 41}), limits=SHOP)


def test_a_channel_measures_by_its_own_unit() -> None:
    limits = {"a": Limit("Shop", "mock", 20, lambda text: 4 * len(text))}
    assert "channel_length" in found(ORDER, limits=limits)


def test_a_button_that_leads_nowhere_is_told() -> None:
    buttons = (FaqButton("Frete", "faq:freight"), FaqButton("Troca", "faq:gone"))
    finding = found(replace(ORDER, buttons=buttons), FREIGHT)["dead_button"]
    assert finding.phrasings == ("Troca",)


def test_a_faq_with_one_phrasing_cannot_be_tested() -> None:
    report = check([replace(ORDER, alternatives=()), FREIGHT], {})
    assert report.counts["lonely"] == 1
    assert "order" not in {health.faq for health in report.health}


def test_a_phrasing_that_finds_another_faq_is_stolen_and_lowers_the_share() -> None:
    thief = replace(FREIGHT, alternatives=(*FREIGHT.alternatives, "preço da troca", "a troca"))
    victim = replace(ORDER, id="swap", question="Troca", alternatives=("preço da entrega troca",))
    report = check([thief, victim, ORDER], {})
    stolen = [finding for finding in report.findings if finding.kind == "stolen"]
    assert ("swap", "freight") in [finding.faqs for finding in stolen]
    by_faq = {health.faq: health for health in report.health}
    assert by_faq["swap"].found < by_faq["swap"].tested
    assert report.health[0].faq == "swap"
    assert report.share == report.found / report.tested < 1


def test_a_library_too_large_for_the_self_test_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: object) -> None:
        raise ValueError

    monkeypatch.setattr(checking.Matcher, "self_test", refuse)
    report = check([ORDER, FREIGHT], {})
    assert (report.too_large, report.share) == (True, None)


def test_the_severest_findings_come_first_and_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MOST_FINDINGS", 2)
    report = check([replace(ORDER, answer=" "), twin(), replace(twin(), id="third")], {})
    assert [finding.kind for finding in report.findings] == ["empty_answer", "duplicate"]
    assert report.counts["duplicate"] == 3


def test_progress_reaches_its_end() -> None:
    steps: list[tuple[int, int]] = []
    check([ORDER, FREIGHT], {}, lambda done, total: steps.append((done, total)))
    assert steps[0] == (0, 16)
    assert steps[-1] == (16, 16)
    assert steps == sorted(steps)


def test_a_report_survives_being_stored() -> None:
    report = check([ORDER, twin(), replace(FREIGHT, answer="x" * 2000)], SHOP)
    assert checking.from_json(checking.as_json(report)) == report


def test_every_finding_has_a_sentence() -> None:
    for kind in checking.SEVERITY:
        finding = Finding(kind, ("order", "freight"), ("cadê 100%",), "Shop", 2)
        text = sentence(finding, {"order": "Where %s?", "freight": "How much?"}.__getitem__)
        assert "Where %s?" in text


def test_the_demo_library_is_in_good_health() -> None:
    report = check(demo.library(), {"t": Limit("Telegram", "telegram", 4096)})
    assert report.share is not None
    assert report.share > 0.95
    assert set(report.counts) <= {"stolen", "near_duplicate"}

"""Creating and changing FAQs, rules and settings."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from bot import services
from bot.models import FAQ, BotSettings, Rule, Snapshot

pytestmark = pytest.mark.django_db


def create(**given: Any) -> FAQ:
    return services.create_faq(**{"question": "Onde está meu pedido?", "answer": "Aqui.", **given})


def phrasings(faq: FAQ) -> list[str]:
    return [p.text for p in FAQ.objects.get(pk=faq.pk).phrasings.all()]


def refused(fault: str, call: Any, **given: Any) -> str:
    with pytest.raises(services.Invalid) as error:
        call(**given)
    assert set(error.value.fields) == {fault}
    return error.value.fields[fault]


# --- FAQs ----------------------------------------------------------------------------------------


def test_a_faq_keeps_each_phrasing_once_but_for_case_accents_and_punctuation() -> None:
    faq = create(
        alternatives=[
            "Cadê meu pedido?",
            "cade meu PEDIDO",
            "",
            " rastrear  pedido ",
            "onde esta meu pedido",
        ]
    )
    assert phrasings(faq) == ["Cadê meu pedido?", "rastrear pedido"]


def test_phrasings_keep_the_order_they_are_given_in() -> None:
    faq = create(alternatives=["a 1", "b 2", "c 3"])
    kept = {p.text: p.pk for p in faq.phrasings.all()}
    services.update_faq(faq=faq.pk, alternatives=["a 1", "c 3", "d 4"])
    assert phrasings(faq) == ["a 1", "c 3", "d 4"]
    assert {p.text: p.pk for p in faq.phrasings.all() if p.text in kept}.items() <= kept.items()
    services.update_faq(faq=faq.pk, alternatives=["d 4", "a 1", "x 9", "c 3"])
    assert phrasings(faq) == ["d 4", "a 1", "x 9", "c 3"]


def test_a_change_raises_the_version_and_no_change_does_not() -> None:
    faq = create(alternatives=["cadê"])
    assert services.update_faq(faq=faq.pk, answer="Aqui.", alternatives=["cadê"]).version == 1
    assert services.update_faq(faq=faq.pk, alternatives=["cadê", "onde"]).version == 2
    assert services.update_faq(faq=faq.pk, answer="Ali.").version == 3
    assert Snapshot.objects.count() == 3


def test_fields_that_are_not_given_stay() -> None:
    faq = create(alternatives=["cadê"], keywords=["pedido"], category="Entrega", enabled=False)
    services.update_faq(faq=faq.pk, answer="Ali.")
    faq = FAQ.objects.get(pk=faq.pk)
    assert (faq.keywords, faq.category, faq.enabled, phrasings(faq)) == (
        ["pedido"], "Entrega", False, ["cadê"],
    )  # fmt: skip


def test_a_question_that_becomes_a_phrasing_of_itself_is_dropped_there() -> None:
    faq = create(alternatives=["cadê meu pedido"])
    services.update_faq(faq=faq.pk, question="Cadê meu pedido?")
    assert phrasings(faq) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("question", ""),
        ("question", " \u200b "),
        ("question", "x" * 501),
        ("question", 7),
        ("answer", " "),
        ("answer", "x" * 20_001),
        ("alternatives", "text"),
        ("alternatives", ["x" * 501]),
        ("alternatives", [1]),
        ("alternatives", [f"frase {n}" for n in range(1_001)]),
        ("keywords", 5),
        ("language", "de"),
        ("language", None),
        ("channels", ["not an id"]),
        ("channels", "x"),
        ("enabled", "yes"),
        ("bands", {"accept": 1.5}),
        ("bands", {"accept": 0.3, "suggest": 0.4}),
        ("bands", {"margin": 0.1}),
        ("bands", []),
        ("colour", "red"),
    ],
)
def test_a_wrong_faq_is_refused_by_the_name_of_the_field(field: str, value: object) -> None:
    assert refused(field, create, **{field: value})
    assert not FAQ.objects.exists()


def test_all_wrong_fields_are_told_at_once() -> None:
    with pytest.raises(services.Invalid) as error:
        services.create_faq(language="de", enabled=1)
    assert set(error.value.fields) == {"question", "answer", "language", "enabled"}


def test_f16_f17_control_characters_and_half_characters_are_taken_out() -> None:
    faq = create(question="Onde\x00 está\n meu pedido?", answer="Linha 1\r\nLinha\x07 2 \ud800")
    assert (faq.question, faq.answer) == ("Onde está meu pedido?", "Linha 1\nLinha 2 \ufffd")


def test_platform_language_tags_are_taken() -> None:
    assert create(language="pt-PT").language == "pt-br"


def test_who_changed_a_faq_is_in_its_history() -> None:
    person = User.objects.create(username="ana")
    faq = create(author=person)
    services.update_faq(faq=faq.pk, answer="Ali.", author=person)
    assert [h.history_user for h in faq.history.all()] == [person, person]
    assert {s.author for s in Snapshot.objects.all()} == {person}


def test_a_faq_that_is_not_there_cannot_be_changed() -> None:
    faq = create()
    services.delete_faq(faq=faq.pk)
    with pytest.raises(FAQ.DoesNotExist):
        services.update_faq(faq=faq.pk, answer="x")
    with pytest.raises(FAQ.DoesNotExist):
        services.delete_faq(faq=faq.pk)


# --- rules ---------------------------------------------------------------------------------------


def create_rule(**given: Any) -> Rule:
    return services.create_rule(
        **{
            "name": "Pix",
            "trigger": "keyword",
            "pattern": "pix",
            "action": "reply",
            "reply": "Sim.",
            **given,
        }
    )


@pytest.mark.parametrize(
    ("fault", "given"),
    [
        ("pattern", {"pattern": ""}),
        ("pattern", {"trigger": "regex", "pattern": "("}),
        ("pattern", {"trigger": "regex", "pattern": "a\x00"}),
        ("pattern", {"trigger": "regex", "pattern": "x" * 1_000_000}),
        ("pattern", {"pattern": 5}),
        ("reply", {"reply": ""}),
        ("tags", {"action": "tag"}),
        ("tags", {"tags": ["x" * 51]}),
        ("buttons", {"buttons": [{"title": "Sim"}]}),
        ("buttons", {"buttons": [{"title": "Sim", "payload": "é" * 33}]}),
        ("buttons", {"buttons": [{"title": "", "payload": "y"}]}),
        ("buttons", {"buttons": {"title": "Sim", "payload": "y"}}),
        ("buttons", {"buttons": ["Sim"]}),
        ("buttons", {"action": "close", "reply": "", "buttons": [{"title": "a", "payload": "b"}]}),
        ("buttons", {"buttons": [{"title": "a", "payload": "b"}] * 11}),
        ("trigger", {"trigger": "moon"}),
        ("action", {"action": "dance"}),
        ("action", {"action": "start_task"}),
        ("priority", {"priority": 2**40}),
        ("priority", {"priority": "1"}),
        ("name", {"name": ""}),
        ("channels", {"channels": [3]}),
    ],
)
def test_f43_a_wrong_rule_is_refused_by_the_name_of_the_field(
    fault: str, given: dict[str, Any]
) -> None:
    assert refused(fault, create_rule, **given)
    assert not Rule.objects.exists()


def test_f43_the_place_of_the_fault_is_told() -> None:
    assert "position 3" in refused("pattern", create_rule, trigger="regex", pattern="pix(abc")


def test_a_rule_is_checked_as_a_whole_when_a_part_changes() -> None:
    rule = create_rule(pattern="a(")
    assert refused("pattern", services.update_rule, rule=rule.pk, trigger="regex")
    assert Rule.objects.get().trigger == "keyword"
    services.update_rule(rule=rule.pk, trigger="no_text")
    assert Rule.objects.get().pattern == ""


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "given"),
    [
        ("accept", {"accept": 1.1}),
        ("accept", {"accept": float("nan")}),
        ("accept", {"accept": True}),
        ("suggest", {"accept": 0.4, "suggest": 0.5}),
        ("bands", {"accept": 0.5, "suggest": 0.3, "bands": {"en": {"suggest": 0.6}}}),
        ("bands", {"bands": {"de": {}}}),
        ("bands", {"bands": {"en": {"speed": 1}}}),
        ("bands", {"bands": {"en": 5}}),
        ("misses_before_escalation", {"misses_before_escalation": 0}),
        ("min_informative", {"min_informative": -1}),
        ("drafts", {"drafts": 1}),
        ("default_language", {"default_language": "de"}),
        ("texts", {"texts": {"en": {"shout": "x"}}}),
        ("texts", {"texts": {"en": {"greeting": 5}}}),
        ("texts", {"texts": []}),
        ("opening_hours", {"opening_hours": [{"weekday": 9, "start": "09:00", "end": "18:00"}]}),
        ("opening_hours", {"opening_hours": {}}),
        ("opening_hours", {"opening_hours": [{"weekday": 1, "start": "9", "end": "18:00"}]}),
        (
            "opening_hours",
            {"opening_hours": [{"weekday": 1, "start": "09:00", "end": "18:00"}] * 101},
        ),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
        ("time_zone", {"time_zone": "../../etc/passwd"}),
        ("id", {"id": 2}),
    ],
)
def test_wrong_settings_are_refused_and_change_nothing(fault: str, given: dict[str, Any]) -> None:
    before = services.get_settings()
    assert refused(fault, services.update_settings, **given)
    after = BotSettings.objects.get()
    assert (after.accept, after.bands, after.texts) == (before.accept, before.bands, before.texts)


def test_settings_are_live_at_once() -> None:
    services.update_settings(
        misses_before_escalation=2,
        texts={"pt-br": {"rephrase": "Como?"}},
        opening_hours=[{"weekday": 0, "start": "22:00", "end": "02:00"}],
        bands={"en": {"accept": 0.9}},
    )
    assert services.match("blá blá blá").decision.text == "Como?"
    known = services.current().settings
    assert (len(known.hours), known.bands_in("en").accept) == (2, 0.9)

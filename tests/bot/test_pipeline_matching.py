"""What the bot decides about a question, and that it decides about anything."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pipeline import STEPS, decide
from bot.texts import DEFAULTS
from bot.types import Candidate, Faq, Option
from tests.bot.library import (
    FAQS,
    NOON,
    ORDER,
    REFUND,
    WEEKDAYS_9_TO_18,
    decided,
    knowledge,
    rule,
    turn,
)

PT, EN, ES = DEFAULTS["pt-br"], DEFAULTS["en"], DEFAULTS["es"]
NIGHT = NOON + timedelta(hours=12)

OFFERED = (
    Option("Onde está meu pedido?", "faq:order"),
    Option("Quanto custa o frete?", "faq:freight"),
    Option("Nenhuma dessas", "none"),
)


def ranking(*scores: float, **options: object):
    """Knowledge whose matcher gives these scores to the FAQs, in their order."""
    known = knowledge(**options)  # type: ignore[arg-type]
    candidates = [Candidate(f.id, s, f.question) for f, s in zip(FAQS, scores, strict=False)]
    return replace(known, rank=lambda text, language, channel: candidates)


# --- FAQs ----------------------------------------------------------------------------------------


def test_a_published_phrasing_is_answered_in_the_faqs_language() -> None:
    made = decided("REFUND policy?!", language="pt-br")
    assert (made.action, made.step, made.faq, made.faq_version, made.score, made.language) == (
        "reply", "exact", "refund", 1, 1.0, "en",
    )  # fmt: skip


def test_a_faq_that_is_meant_surely_enough_is_answered() -> None:
    made = decided("algo parecido", ranking(0.8, 0.3, accept=0.6))
    assert (made.action, made.step, made.faq, made.score, made.runner_up) == (
        "reply", "faq", "order", 0.8, 0.3,
    )  # fmt: skip


def test_an_unsure_match_is_suggested_with_none_of_these_last() -> None:
    made = decided("algo parecido", ranking(0.5, 0.4, 0.1, accept=0.6, suggest=0.3))
    assert (made.action, made.reason, made.text) == ("suggest", "unsure", PT.suggest)
    assert [b.payload for b in made.buttons] == ["faq:order", "faq:freight", "none"]
    assert made.buttons[-1].title == PT.none_of_these


def test_two_faqs_closer_than_the_margin_are_both_suggested() -> None:
    made = decided("algo parecido", ranking(0.9, 0.88, 0.1, accept=0.6, suggest=0.3, margin=0.05))
    assert (made.action, made.reason) == ("suggest", "close")
    assert [b.payload for b in made.buttons] == ["faq:order", "faq:freight", "none"]


def test_at_most_three_faqs_are_suggested() -> None:
    many = [replace(ORDER, id=f"f{n}", question=f"Pergunta {n}") for n in range(5)]
    known = replace(
        knowledge(many, accept=0.6, suggest=0.3),
        rank=lambda text, language, channel: [Candidate(f.id, 0.5, f.question) for f in many],
    )
    assert [b.payload for b in decided("algo", known).buttons] == [
        "faq:f0",
        "faq:f1",
        "faq:f2",
        "none",
    ]


def test_below_the_bands_it_is_a_miss_that_shows_what_was_considered() -> None:
    made = decided("algo parecido", ranking(0.2, 0.1, accept=0.6, suggest=0.3))
    assert (made.action, made.step, made.reason, made.is_miss) == ("escalate", "miss", "miss", True)
    assert (made.score, made.runner_up, made.faq) == (0.2, 0.1, None)


def test_thresholds_may_differ_by_language_and_by_faq() -> None:
    options = {"accept": 0.6, "suggest": 0.3}
    assert decided("algo", ranking(0.7, **options)).action == "reply"
    strict = {**options, "bands": {"pt-br": {"accept": 0.8}}}
    assert decided("algo", ranking(0.7, **strict)).action == "suggest"
    known = ranking(0.7, faqs=[replace(ORDER, accept=0.75)], **options)
    assert decided("algo", known).action == "suggest"


@pytest.mark.parametrize("said", ["ok", "?", "?!", "👍", "k k", "."])
def test_too_little_text_is_never_guessed_at(said: str) -> None:
    known = knowledge([replace(ORDER, alternatives=("okay", "ok ok", "👍👍", "k k k"))])
    assert decided(said, known).step == "miss"


def test_misses_ask_to_rephrase_before_they_escalate() -> None:
    known = knowledge(misses_before_escalation=3)
    actions = [decided("blá blá blá", known, misses=n).action for n in range(4)]
    assert actions == ["rephrase", "rephrase", "escalate", "escalate"]
    assert decided("blá blá blá", known).text == PT.rephrase


def test_the_bots_own_texts_follow_the_message_then_the_contact_then_the_desk() -> None:
    assert decided("zzz qqq", language="es").text == ES.escalation_notice
    assert decided("zzz qqq", language="de").text == PT.escalation_notice
    assert decided("what is the zzz of your qqq", language="pt-BR").text == EN.escalation_notice
    assert decided("zzz qqq", knowledge(default_language="en")).text == EN.escalation_notice


def test_f49_hostile_texts_are_misses_not_errors() -> None:
    texts = ["\u202eabc", "a\u0301" * 1000, "👩‍👩‍👧" * 100, "x" * 70_000, "\ud800", "\x00", "İßſ"]
    assert {decided(text).action for text in texts} == {"escalate"}


# --- whatever comes ------------------------------------------------------------------------------

KNOWN = [
    knowledge(),
    knowledge([], version=0),
    knowledge(
        rules=[
            rule("a", pattern="pix"),
            rule("b", trigger="regex", pattern=r"\d{3}", action="escalate", reply=""),
            rule("c", trigger="out_of_hours", pattern="", action="close", reply=""),
            rule("d", trigger="no_text", pattern="", action="tag", tags=("t",), reply=""),
        ],
        opening_hours=WEEKDAYS_9_TO_18,
        misses_before_escalation=3,
    ),
    ranking(0.5, 0.48, 0.47, accept=0.6, suggest=0.3),
]
turns = st.builds(
    turn,
    text=st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            ["oi", "onde está meu pedido", "1", "pix 123", "/start x", "atendente", "", "{name}"]
        ),
    ),
    known=st.sampled_from(KNOWN),
    now=st.integers(0, 14 * 24).map(lambda h: NOON + timedelta(hours=h)),
    language=st.sampled_from(["", "pt-BR", "en", "es-MX", "zz", "-"]),
    contact_name=st.text(max_size=20),
    owner=st.sampled_from(["bot", "queue", "agent"]),
    payload=st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["none", "faq:order"])),
    command=st.one_of(st.none(), st.text(max_size=10), st.sampled_from(["start", "help", "human"])),
    command_args=st.text(max_size=20),
    offered=st.sampled_from([(), OFFERED]),
    has_attachments=st.booleans(),
    addressed=st.booleans(),
    automatic=st.booleans(),
    looping=st.booleans(),
    stale=st.booleans(),
    misses=st.integers(0, 5),
    greeted=st.booleans(),
)


@given(turns)
@settings(max_examples=400, deadline=None)
def test_every_turn_gets_one_decision_that_makes_sense(given_turn) -> None:
    timed = decide(given_turn)
    made = timed.decision
    names = [step.__name__ for step in STEPS]
    assert timed.passed == tuple(names[: names.index(made.step)])
    if made.action == "silent":
        assert not made.text
        assert not made.buttons
    if made.action in ("reply", "suggest", "rephrase"):
        assert made.text
    if made.action == "suggest":
        assert [b.payload for b in made.buttons].index("none") == len(made.buttons) - 1 >= 1
    if given_turn.owner != "bot" or given_turn.automatic:
        assert made.action == "silent"
    assert decide(given_turn).decision == made


def test_a_pipeline_in_which_no_step_decides_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no step decided"):
        decide(turn("oi"), STEPS[:2])


def test_refunds_are_only_known_in_english() -> None:
    assert decided("how do i get a refund").text == REFUND.answer


@pytest.mark.parametrize("text", ["ok", "2", "👍", "?!"])
def test_a_published_phrasing_is_found_however_short(text: str) -> None:
    short = Faq("short", "Confirmar", "Confirmado.", "pt-br", ("ok", "2", "👍", "?!"))
    made = decided(text, knowledge(faqs=(*FAQS, short)))
    assert (made.step, made.faq) == ("exact", "short")

"""What the bot decides, step by step."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.texts import DEFAULTS
from bot.types import Candidate, Option, RuleButton
from tests.bot.library import (
    FAQS,
    FREIGHT,
    NOON,
    ORDER,
    WEEKDAYS_9_TO_18,
    decided,
    knowledge,
    rule,
)

PT, EN, ES = DEFAULTS["pt-br"], DEFAULTS["en"], DEFAULTS["es"]
NIGHT = NOON + timedelta(hours=12)


def ranking(*scores: float, **options: object):
    """Knowledge whose matcher gives these scores to the FAQs, in their order."""
    known = knowledge(**options)  # type: ignore[arg-type]
    candidates = [Candidate(f.id, s, f.question) for f, s in zip(FAQS, scores, strict=False)]
    return replace(known, rank=lambda text, language, channel: candidates)


# --- silence -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "step", "reason"),
    [
        ({"automatic": True}, "guard", "automatic"),
        ({"stale": True}, "guard", "stale"),
        ({"addressed": False}, "guard", "not_addressed"),
        ({"automatic": True, "looping": True}, "guard", "automatic"),
        ({"owner": "agent"}, "human", "agent"),
        ({"owner": "queue"}, "human", "queue"),
        ({"owner": "agent", "looping": True}, "human", "agent"),
        ({"owner": "queue", "payload": "none"}, "human", "queue"),
        ({"owner": "agent", "command": "human"}, "human", "agent"),
    ],
)
def test_f52_the_bot_is_silent(facts: dict[str, object], step: str, reason: str) -> None:
    made = decided("onde está meu pedido?", knowledge(rules=[rule(pattern="*")]), **facts)
    assert (made.action, made.step, made.reason, made.text) == ("silent", step, reason, "")


def test_f35_a_loop_ends_with_a_human_and_without_another_word() -> None:
    made = decided("onde está meu pedido?", looping=True)
    assert (made.action, made.step, made.reason, made.text) == ("escalate", "guard", "looping", "")


# --- buttons -------------------------------------------------------------------------------------

OFFERED = (
    Option("Onde está meu pedido?", "faq:order"),
    Option("Quanto custa o frete?", "faq:freight"),
    Option("Nenhuma dessas", "none"),
)


def test_a_suggested_faq_is_answered_when_its_button_is_pressed() -> None:
    made = decided(payload="faq:freight")
    assert (made.action, made.step, made.faq, made.text) == (
        "reply", "payload", "freight", FREIGHT.answer,
    )  # fmt: skip


@pytest.mark.parametrize(
    "said", ["2", " 2. ", "opção 2", "Quanto custa o frete", "QUANTO CUSTA O FRETE?"]
)
def test_an_option_may_be_answered_by_its_number_or_title(said: str) -> None:
    assert decided(said, offered=OFFERED).faq == "freight"


@pytest.mark.parametrize("said", ["3", "nenhuma dessas"])
def test_none_of_these_counts_as_a_miss(said: str) -> None:
    made = decided(said, knowledge(misses_before_escalation=2), offered=OFFERED)
    assert (made.action, made.step, made.reason, made.is_miss) == (
        "rephrase", "payload", "none_of_these", True,
    )  # fmt: skip


def test_none_of_these_escalates_when_there_were_enough_misses() -> None:
    assert decided(payload="none").action == "escalate"


@pytest.mark.parametrize("said", ["0", "4", "99"])
def test_a_number_that_was_not_offered_is_ordinary_text(said: str) -> None:
    assert decided(said, offered=OFFERED).step == "miss"


def test_a_number_means_nothing_when_nothing_was_offered() -> None:
    assert decided("2").step == "miss"


def test_a_rules_button_is_answered_by_its_rule() -> None:
    known = knowledge(rules=[rule(trigger="payload", pattern="plans", reply="Temos 3 planos.")])
    made = decided(payload="plans", known=known)
    assert (made.step, made.rule, made.rule_version, made.text) == (
        "payload",
        "r1",
        1,
        "Temos 3 planos.",
    )


@pytest.mark.parametrize("payload", ["faq:gone", "faq:", "order", "x" * 5000])
def test_a_button_that_means_nothing_any_more_is_a_miss(payload: str) -> None:
    known = knowledge(rules=[rule(trigger="no_text", pattern="")])
    made = decided(payload=payload, known=known)
    assert (made.action, made.step, made.reason) == ("escalate", "miss", "unknown_button")


def test_a_faq_of_another_channel_is_not_answered_by_its_button() -> None:
    known = knowledge([replace(ORDER, channels=frozenset({"a"}))])
    assert decided(payload="faq:order", known=known, channel="a").action == "reply"
    assert decided(payload="faq:order", known=known, channel="b").action == "escalate"


# --- commands and small talk ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", PT.greeting),
        ("/iniciar", PT.greeting),
        ("/help", PT.help),
        ("/ajuda@balcao_bot", PT.help),
        ("/human", PT.escalation_notice),
        ("/atendente por favor", PT.escalation_notice),
    ],
)
def test_commands_are_understood_in_text(text: str, expected: str) -> None:
    made = decided(text)
    assert (made.step, made.text) == ("command", expected)


def test_the_argument_of_a_deep_link_is_kept_as_the_reason() -> None:
    assert (
        decided("/start", command="start", command_args="campaign-7").reason == "start:campaign-7"
    )
    assert decided("/start", command="start", command_args="<b>hi</b>").reason == "start"


def test_an_unknown_command_goes_on_as_text() -> None:
    known = knowledge(rules=[rule(pattern="promo")])
    assert decided("/promo", known, command="promo").step == "rule"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("oi", PT.greeting),
        ("Bom dia, tudo bem?", PT.greeting),
        ("hello there!", EN.greeting),
        ("¡Hola!", ES.greeting),
    ],
)
def test_a_mere_greeting_is_greeted(said: str, text: str) -> None:
    made = decided(said, greeted=False)
    assert (made.action, made.step, made.reason, made.text) == ("reply", "exact", "greeting", text)


def test_the_greeting_is_said_once() -> None:
    assert decided("oi", greeted=True).text == PT.help


def test_a_first_message_with_a_question_gets_the_answer_alone() -> None:
    made = decided("oi, onde está meu pedido?", greeted=False)
    assert made.text == ORDER.answer


def test_thanks_are_no_miss() -> None:
    assert decided("ok, muito obrigada!").text == PT.thanks
    assert decided("thanks a lot").text == EN.thanks


def test_a_published_phrasing_comes_before_small_talk() -> None:
    known = knowledge([replace(ORDER, alternatives=("bom dia",))])
    assert decided("Bom dia!", known).faq == "order"


# --- asking for a human --------------------------------------------------------------------------


def test_asking_for_a_person_beats_rules_and_faqs() -> None:
    known = knowledge(
        [replace(ORDER, alternatives=("quero falar com um atendente",))], [rule(pattern="*")]
    )
    made = decided("Quero falar com um atendente", known)
    assert (made.action, made.step, made.reason, made.text) == (
        "escalate", "ask_human", "asked", PT.escalation_notice,
    )  # fmt: skip


def test_out_of_hours_the_away_text_replaces_the_notice_and_says_when() -> None:
    known = knowledge(opening_hours=WEEKDAYS_9_TO_18)
    made = decided("quero um atendente", known, now=NIGHT)
    assert made.text == PT.away.replace("{opening}", "hoje às 09:00")
    friday_evening = NOON + timedelta(days=2, hours=8)
    made = decided("I want to talk to a human", known, now=friday_evening)
    assert made.text == EN.away.replace("{opening}", "on Monday at 09:00")


def test_out_of_hours_the_bot_still_answers() -> None:
    known = knowledge(opening_hours=WEEKDAYS_9_TO_18)
    assert decided("onde está meu pedido?", known, now=NIGHT).text == ORDER.answer


def test_ask_human_is_off_for_mere_talk_about_the_desk() -> None:
    assert decided("qual o horário de atendimento?").step != "ask_human"


# --- rules ---------------------------------------------------------------------------------------


def test_a_rule_beats_a_faq_and_is_recorded_with_its_version() -> None:
    known = knowledge(rules=[rule(pattern="pedido", version=7, tags=("t",))])
    made = decided("onde está meu pedido?", known)
    assert (made.step, made.rule, made.rule_version, made.tags) == ("rule", "r1", 7, ("t",))
    assert made.faq is None


def test_f44_a_rules_reply_is_filled_in_from_a_fixed_list_of_names() -> None:
    known = knowledge(rules=[rule(reply="{first_name}: {0.__class__}{contact_name}%s")])
    assert decided("pix", known, contact_name="Ana {opening}").text == "Ana: %s"


def test_a_rule_may_offer_buttons() -> None:
    known = knowledge(rules=[rule(buttons=(RuleButton("Sim", "y"), RuleButton("Não", "n")))])
    assert [(b.title, b.payload) for b in decided("pix", known).buttons] == [
        ("Sim", "y"),
        ("Não", "n"),
    ]


def test_a_rule_may_escalate_with_its_own_words_unless_nobody_is_there() -> None:
    known = knowledge(
        rules=[rule(action="escalate", reply="Chamei o financeiro.")],
        opening_hours=WEEKDAYS_9_TO_18,
    )
    assert decided("pix", known).text == "Chamei o financeiro."
    assert decided("pix", known).action == "escalate"
    assert decided("pix", known, now=NIGHT).text.startswith("Nossa equipe não está")


@pytest.mark.parametrize(("reply", "action"), [("Até logo!", "reply"), ("", "silent")])
def test_a_rule_may_close_with_or_without_a_word(reply: str, action: str) -> None:
    made = decided("pix", knowledge(rules=[rule(action="close", reply=reply)]))
    assert (made.action, made.close, made.text) == (action, True, reply)


def test_a_rule_that_only_tags_lets_the_message_be_answered() -> None:
    known = knowledge(rules=[rule(action="tag", pattern="pedido", tags=("order",), reply="")])
    made = decided("onde está meu pedido?", known)
    assert (made.step, made.text, made.tags) == ("exact", ORDER.answer, ("order",))
    assert decided("onde está meu pedido?", known, owner="agent").tags == ()


def test_f50_a_message_without_text_escalates_unless_a_rule_says_otherwise() -> None:
    made = decided(has_attachments=True)
    assert (made.action, made.step, made.reason, made.text) == (
        "escalate",
        "miss",
        "no_text",
        PT.no_text,
    )
    known = knowledge(rules=[rule(trigger="no_text", pattern="", reply="Escreva, por favor.")])
    assert decided(has_attachments=True, known=known).text == "Escreva, por favor."


def test_f50_a_message_without_text_escalates_at_once() -> None:
    assert decided(known=knowledge(misses_before_escalation=3)).action == "escalate"

"""What a FAQ says to whom: language, channel, names filled in, buttons, files, feedback. Pure."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import feedback, snapshot
from bot.answers import answer_in, spoken
from bot.language import LANGUAGES
from bot.steps.say import answer
from bot.texts import DEFAULTS, NAMES, hours_phrase, unknown_names
from bot.types import Faq, FaqButton, Medium, OpeningHours, Option, OutButton
from tests.bot.library import FREIGHT, NOON, ORDER, WEEKDAYS_9_TO_18, decided, knowledge, turn
from tests.bot.library import rule as make_rule

CHAT = Medium("webchat", "Site", max_buttons=10, links=True)
SMS = Medium("sms", "Torpedo")
PT = DEFAULTS["pt-br"]


def asked(faq: Faq, text: str = "", medium: Medium = CHAT, **given: Any):
    """The answer of this FAQ; settings go to the knowledge, the rest to the turn."""
    settings = {name: given.pop(name) for name in ("feedback", "opening_hours") if name in given}
    known = knowledge([faq, FREIGHT], **settings)
    return answer(turn(text, known, medium=medium, now=NOON, **given), "faq", faq.id)


# --- language and channel ------------------------------------------------------------------------

SPOKEN = replace(
    ORDER,
    answers={"en": "See My orders."},
    overrides={
        "sms": {"pt-br": "App.", "en": "In the app."},
        "c1": {"pt-br": "Aqui no balcão."},
    },
)


@pytest.mark.parametrize(
    ("text", "language", "channel", "kind", "said", "tongue"),
    [
        ("onde está meu pedido", "", "", "webchat", "Veja em Meus pedidos.", "pt-br"),
        ("where is my order", "", "", "webchat", "See My orders.", "en"),
        ("", "en-GB", "", "webchat", "See My orders.", "en"),
        ("dónde está mi pedido", "", "", "webchat", "Veja em Meus pedidos.", "pt-br"),
        ("", "es", "", "sms", "App.", "pt-br"),
        ("", "en", "", "sms", "In the app.", "en"),
        ("", "pt", "c1", "sms", "Aqui no balcão.", "pt-br"),
        ("", "en", "c1", "sms", "In the app.", "en"),
        ("", "en", "c1", "webchat", "See My orders.", "en"),
        ("", "pt", "c2", "webchat", "Veja em Meus pedidos.", "pt-br"),
    ],
)
def test_the_language_comes_first_then_the_channel_then_its_kind(
    text: str, language: str, channel: str, kind: str, said: str, tongue: str
) -> None:
    made = asked(SPOKEN, text, Medium(kind), language=language, channel=channel)
    assert (made.text, made.language) == (said, tongue)


texts = st.text(min_size=1, max_size=5)
tongues = st.dictionaries(st.sampled_from(LANGUAGES), texts)


@given(
    st.sampled_from(LANGUAGES),
    tongues,
    st.dictionaries(st.sampled_from(["c1", "c2", "sms", "webchat"]), tongues),
    st.sampled_from(LANGUAGES),
    st.sampled_from(["c1", "c2", ""]),
    st.sampled_from(["sms", "webchat", ""]),
)
def test_something_of_the_faq_is_always_said_and_in_the_language_it_says(
    own: str, answers: Any, overrides: Any, wished: str, channel: str, kind: str
) -> None:
    faq = Faq("f", "q", "a", own, answers=answers, overrides=overrides)
    text, language = spoken(faq, wished, channel, Medium(kind))
    assert language in (wished, own)
    has = [answer_in(faq, wished), *(overrides.get(p, {}).get(wished) for p in (channel, kind))]
    assert (language == wished) == any(has)
    here = [overrides.get(place, {}).get(language) for place in (channel, kind)]
    assert text in (*here, answer_in(faq, language))


# --- names ---------------------------------------------------------------------------------------


def test_f44_every_name_of_the_list_is_filled_in_in_the_language_of_the_answer() -> None:
    text = " | ".join(f"{{{name}}}" for name in NAMES)
    faq = replace(ORDER, answers={"en": text})
    made = asked(
        faq,
        language="en",
        contact_name="Ana Lima",
        opening_hours=[{"weekday": 5, "start": "09:00", "end": "12:00"}],
    )
    assert made.text == (
        "Ana Lima | Ana | on Saturday at 09:00 | Saturday, 09:00–12:00 | Site | 11 March 2026 | 12:00"
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Oi {nome}, {first_name}! {nome} {último_nome}", ["{nome}", "{último_nome}"]),
        ('{"a": {"b": 1}, "c": [2]}', []),
        ("body { color: red } {0.__class__} {} {{ x }} %s ${HOME", []),
    ],
    ids=["misspelt", "json", "code"],
)
def test_f44_only_what_looks_like_a_misspelt_name_is_wrong(text: str, wrong: list[str]) -> None:
    assert unknown_names(text) == wrong


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{first_name}, é só ir.", "É só ir."),
        ("Olá, {first_name}! Pode vir.", "Olá! Pode vir."),
        ("Olá {name}, tudo bem?", "Olá, tudo bem?"),
        ("Oi.\n{first_name} - veja", "Oi.\nVeja"),
        ("Pedido de {name}.", "Pedido de."),
        ("{name}", ""),
    ],
)
def test_a_contact_without_a_name_leaves_no_hole_where_it_would_stand(text: str, said: str) -> None:
    assert asked(replace(ORDER, answer=text)).text == said
    assert asked(replace(ORDER, answer=text), contact_name="Ana").text == text.replace(
        "{first_name}", "Ana"
    ).replace("{name}", "Ana")


def test_the_week_is_said_in_runs_of_equal_days() -> None:
    week = [OpeningHours(day, 540, 1080) for day in range(5)]
    week += [OpeningHours(5, 540, 720), OpeningHours(5, 780, 1440)]
    assert hours_phrase(week, "pt-br") == (
        "segunda a sexta, 09:00–18:00; sábado, 09:00–12:00 e 13:00–24:00"
    )
    assert hours_phrase(week[:1], "es") == "lunes, 09:00–18:00"
    assert hours_phrase([], "en") == "every day, around the clock"


# --- buttons and files ---------------------------------------------------------------------------

BUTTONS = (
    FaqButton("Frete", "faq:freight", titles={"en": "Shipping"}),
    FaqButton("Fora", "faq:gone"),
    FaqButton("Loja", url="https://loja.example"),
)
RICH = replace(ORDER, buttons=BUTTONS, attachments=("a1",), answers={"en": "See My orders."})


def test_buttons_and_files_go_with_the_answer_and_a_button_to_a_faq_that_is_gone_does_not() -> None:
    made = asked(RICH)
    assert made.buttons == (
        OutButton("Frete", "faq:freight"),
        OutButton("Loja", url="https://loja.example"),
    )
    assert made.attachments == ("a1",)


def test_a_title_is_in_the_language_of_the_answer_if_there_is_one() -> None:
    assert [button.title for button in asked(RICH, language="en").buttons] == ["Shipping", "Loja"]


def test_a_channel_without_buttons_that_open_addresses_gets_them_as_text() -> None:
    made = asked(RICH, medium=SMS)
    assert made.text == "Veja em Meus pedidos.\n\nLoja: https://loja.example"
    assert made.buttons == (OutButton("Frete", "faq:freight"),)


def test_a_button_to_a_faq_of_other_channels_is_left_out() -> None:
    elsewhere = replace(FREIGHT, channels=frozenset({"c1"}))
    known = knowledge([RICH, elsewhere])
    assert len(answer(turn(known=known, channel="c1", medium=CHAT), "faq", "order").buttons) == 2
    assert len(answer(turn(known=known, channel="c2", medium=CHAT), "faq", "order").buttons) == 1


# --- feedback ------------------------------------------------------------------------------------

YES, NO = OutButton(PT.helpful, "yes:order"), OutButton(PT.not_helpful, "no:order")


def test_an_answer_asks_whether_it_helped_after_its_own_buttons() -> None:
    assert asked(RICH, feedback=True).buttons[-2:] == (YES, NO)
    assert asked(ORDER).buttons == ()


@pytest.mark.parametrize(("room", "asks"), [(0, False), (2, False), (3, False), (4, True)])
def test_it_does_not_ask_where_the_channel_has_no_room_for_it(room: int, asks: bool) -> None:
    made = asked(RICH, medium=Medium("x", max_buttons=room, links=True), feedback=True)
    assert (YES in made.buttons) is asks


def test_suggestions_greetings_and_escalations_do_not_ask() -> None:
    known = knowledge(feedback=True)
    for text in ("oi", "xyz blá", "quero falar com atendente"):
        assert not any(feedback.parse(b.payload) for b in decided(text, known, medium=CHAT).buttons)


def pressed(payload: str, rated: Any = "not_yet", **given: Any):
    return decided(given.pop("text", ""), payload=payload, rated=rated, medium=CHAT, **given)


def test_who_was_helped_is_thanked_and_counted() -> None:
    made = pressed("yes:order")
    assert (made.action, made.step, made.reason) == ("reply", "payload", "helpful")
    assert (made.text, made.faq, made.rating, made.is_miss) == (PT.glad, "order", "helpful", False)


@pytest.mark.parametrize(
    ("allowed", "action", "text"),
    [(1, "escalate", PT.escalation_notice), (2, "rephrase", PT.sorry)],
)
def test_an_answer_that_did_not_help_is_a_miss(allowed: int, action: str, text: str) -> None:
    made = pressed("no:order", known=knowledge(misses_before_escalation=allowed))
    assert (made.action, made.text, made.reason) == (action, text, "not_helpful")
    assert (made.faq, made.rating, made.is_miss) == ("order", "not_helpful", True)


@pytest.mark.parametrize(
    ("payload", "rating"), [("yes:order", "helpful"), ("no:order", "not_helpful")]
)
def test_pressed_again_the_button_says_and_counts_nothing(payload: str, rating: str) -> None:
    made = pressed(payload, rated=rating)
    assert (made.action, made.text, made.rating, made.is_miss) == ("silent", "", None, False)


@pytest.mark.parametrize("rated", [None, "helpful"])
def test_a_change_of_mind_or_an_old_button_is_answered_but_not_counted(rated: Any) -> None:
    made = pressed("no:order", rated=rated)
    assert (made.action, made.rating) == ("escalate", None)


@pytest.mark.parametrize("payload", ["yes:gone", "no:gone", "yes:0; drop"])
def test_a_press_is_never_read_as_text(payload: str) -> None:
    made = pressed(payload, text="onde está meu pedido?")
    assert made.step == "payload"
    assert (made.faq, made.rating) == (None, None)


def test_the_titles_may_be_typed_but_a_number_is_no_feedback() -> None:
    offered = (Option("Frete", "faq:freight"), *(Option(b.title, b.payload) for b in (YES, NO)))
    assert decided("sim, ajudou!", offered=offered, rated="not_yet").rating == "helpful"
    assert decided("1", offered=offered).faq == "freight"
    assert decided("2", offered=offered).step != "payload"


TITLES = [title for each in DEFAULTS.values() for title in (each.helpful, each.not_helpful)]


@pytest.mark.parametrize("now", [NOON, NOON.replace(hour=3)], ids=["open", "closed"])
@pytest.mark.parametrize("title", TITLES)
def test_a_typed_title_that_answers_no_button_any_more_says_and_counts_nothing(
    title: str, now: Any
) -> None:
    away = make_rule(trigger="out_of_hours", pattern="", action="escalate")
    known = knowledge(rules=[away], feedback=True, opening_hours=WEEKDAYS_9_TO_18)
    made = decided(f"{title.upper()}!", known, medium=CHAT, now=now)
    assert (made.action, made.step, made.reason) == ("silent", "payload", "rated_before")
    assert (made.rating, made.is_miss) == (None, False)


def test_a_typed_title_that_is_published_or_was_never_asked_for_is_ordinary_text() -> None:
    faq = replace(ORDER, alternatives=(PT.helpful,))
    rule = make_rule(trigger="keyword", pattern=PT.helpful, reply="Oba!")
    assert decided(PT.helpful, knowledge([faq], feedback=True), medium=CHAT).faq == "order"
    known = knowledge(rules=[rule], feedback=True)
    assert decided(PT.helpful, known, medium=CHAT).text == "Oba!"
    assert decided(PT.not_helpful, knowledge(), medium=CHAT).is_miss
    assert decided(PT.not_helpful, knowledge(feedback=True), medium=SMS).is_miss


@given(st.sampled_from(LANGUAGES), st.uuids())
def test_the_payloads_of_feedback_fit_every_kind_and_are_read_back(language: str, faq: Any) -> None:
    for button in feedback.buttons(DEFAULTS[language], str(faq)):
        assert len(button.payload.encode()) <= 40
        assert len(button.title) <= 20
        found = feedback.parse(button.payload)
        assert found is not None
        assert found.faq == str(faq)


# --- snapshots -----------------------------------------------------------------------------------


def test_what_goes_with_an_answer_survives_a_snapshot() -> None:
    faq = replace(RICH, overrides={"sms": {"pt-br": "App."}})
    assert knowledge([faq]).faqs["order"] == faq


def test_a_snapshot_of_the_first_format_is_read_and_says_what_it_said() -> None:
    content = snapshot.content_of([ORDER], [], {})
    for name in ("answers", "buttons", "attachments", "overrides"):
        del content["faqs"][0][name]
    old = knowledge([ORDER], opening_hours=WEEKDAYS_9_TO_18)
    raw = {"format": 1, "faqs": content["faqs"], "rules": [], "settings": _settings()}
    assert snapshot.compiled(1, raw).faqs == old.faqs
    with pytest.raises(snapshot.Unreadable):
        snapshot.compiled(1, raw | {"format": 3})


def _settings() -> dict[str, Any]:
    return {
        "accept": 0.6, "suggest": 0.2, "margin": 0.05, "min_informative": 3, "bands": {},
        "misses_before_escalation": 1, "default_language": "pt-br", "texts": {},
        "opening_hours": [], "time_zone": "America/Sao_Paulo",
    }  # fmt: skip

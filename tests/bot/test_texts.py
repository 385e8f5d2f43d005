"""The bot's own texts and the names filled into them."""

from dataclasses import fields
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import LANGUAGES, detect, supported
from bot.texts import DEFAULTS, fill, opening_phrase, with_overrides
from bot.types import Texts

ZONE = ZoneInfo("America/Sao_Paulo")


def test_every_language_has_every_text() -> None:
    assert set(DEFAULTS) == set(LANGUAGES)
    assert all(getattr(t, f.name).strip() for t in DEFAULTS.values() for f in fields(Texts))


def test_f44_only_the_fixed_names_are_filled_in(caplog: pytest.LogCaptureFixture) -> None:
    text = "Oi {first_name}! {0.__class__} {segredo} %s {{ x }} {name!r}"
    filled = fill(text, {"first_name": "Ana", "name": "Ana Lima"})
    assert filled == "Oi Ana!   %s {{ x }} {name!r}"
    assert "segredo" in caplog.text


def test_f44_what_is_filled_in_is_not_looked_at_again() -> None:
    assert fill("Oi {name}", {"name": "{opening} %s", "opening": "hoje"}) == "Oi {opening} %s"


@given(st.text(), st.text())
def test_f44_filling_in_never_raises(text: str, name: str) -> None:
    assert isinstance(fill(text, {"name": name}), str)


def test_an_installations_texts_replace_the_built_in_ones_but_blank_ones_do_not() -> None:
    texts = with_overrides({"en": {"greeting": "Hey!", "help": "  ", "no such": "x"}})
    assert texts["en"].greeting == "Hey!"
    assert texts["en"].help == DEFAULTS["en"].help
    assert texts["pt-br"] == DEFAULTS["pt-br"]


@pytest.mark.parametrize(
    ("opening", "language", "said"),
    [
        ("2026-03-11T14:00", "pt-br", "hoje às 14:00"),
        ("2026-03-12T09:00", "pt-br", "amanhã às 09:00"),
        ("2026-03-16T09:00", "pt-br", "segunda-feira às 09:00"),
        ("2026-03-16T09:00", "en", "on Monday at 09:00"),
        ("2026-03-14T10:30", "es", "el sábado a las 10:30"),
    ],
)
def test_an_opening_is_said_by_day_and_time(opening: str, language: str, said: str) -> None:
    now = datetime(2026, 3, 11, 12, 0, tzinfo=ZONE)
    when = datetime.fromisoformat(opening).replace(tzinfo=ZONE)
    assert opening_phrase(when, now, language) == said


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("onde está meu pedido?", "pt-br"),
        ("Quanto custa o frete para Salvador?", "pt-br"),
        ("where is my order", "en"),
        ("do you ship to Canada?", "en"),
        ("hola, quiero hablar con un agente", "es"),
        ("¿cuándo llega mi paquete?", "es"),
        ("xyz 123", None),
        ("", None),
    ],
)
def test_a_texts_language_is_told_by_its_small_words(text: str, language: str | None) -> None:
    assert detect(text) == language


def test_language_tags_of_platforms_become_ours() -> None:
    tags = ["pt-BR", "pt", "pt_PT", "en-US", "ES", "de", ""]
    assert [supported(tag) for tag in tags] == ["pt-br", "pt-br", "pt-br", "en", "es", None, None]

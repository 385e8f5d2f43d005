"""The page a visitor opens."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.staticfiles import finders
from django.test import Client

from messaging.webchat import texts
from tests import factories
from tests.messaging.webchat.helpers import make_chat

pytestmark = pytest.mark.django_db


def test_the_front_page_is_the_oldest_enabled_chat(client: Client) -> None:
    factories.make_channel("webchat", config={"session_secret": "x"}, enabled=False)
    first = make_chat(title="Loja Aurora")
    make_chat(title="Another")
    page = client.get("/").content.decode()
    assert str(first.id) in page
    assert "Loja Aurora" in page


def test_each_chat_has_its_own_address(client: Client) -> None:
    make_chat()
    second = make_chat(title="Second desk")
    answer = client.get(f"/chat/{second.id}/")
    assert answer.status_code == 200
    assert "Second desk" in answer.content.decode()


def test_without_any_chat_a_friendly_page_says_so(client: Client) -> None:
    factories.make_channel("mock")
    answer = client.get("/", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "This chat is not open yet" in answer.content.decode()


def test_f157_a_chat_whose_configuration_cannot_be_read_is_passed_by(
    client: Client, settings: Any
) -> None:
    ours = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    make_chat(title="Unreadable")
    settings.FIELD_ENCRYPTION_KEYS = ours
    good = make_chat(title="Works")
    assert str(good.id) in client.get("/").content.decode()


def test_an_unknown_switched_off_or_foreign_channel_has_no_page(client: Client) -> None:
    off = make_chat()
    off.enabled = False
    off.save()
    mock = factories.make_channel("mock")
    statuses = [client.get(f"/chat/{pk}/").status_code for pk in (off.id, mock.id)]
    assert statuses == [404, 404]


@pytest.mark.parametrize(
    ("accept", "language", "words"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt-BR", "Sua mensagem"),
        ("en-GB,en;q=0.9", "en", "Your message"),
        ("es-AR,es;q=0.9", "es", "Tu mensaje"),
        ("de-DE,de;q=0.9,es;q=0.4", "es", "Tu mensaje"),
        ("de", "pt-BR", "Sua mensagem"),
        ("\xff;;q=nonsense", "pt-BR", "Sua mensagem"),
        ("", "pt-BR", "Sua mensagem"),
    ],
)
def test_the_page_speaks_the_browsers_language(
    client: Client, accept: str, language: str, words: str
) -> None:
    make_chat()
    page = client.get("/", headers={"Accept-Language": accept}).content.decode()
    assert f'<html lang="{language}">' in page
    assert words in page


def test_the_three_languages_say_the_same_things() -> None:
    said = {language: words.as_dict() for language, words in texts.TEXTS.values()}
    assert set(said) == {"pt-BR", "en", "es"}
    for words in said.values():
        assert all(words.values())
        marks = {key: sorted(set(text.split("{")[1:])) for key, text in words.items()}
        assert {k for k, v in marks.items() if v} == {"too_long", "unread", "file"}


def test_f112_the_policy_allows_no_inline_script_and_the_page_has_none(client: Client) -> None:
    make_chat(title='"><img src=x onerror=alert(1)>')
    answer = client.get("/")
    policy = answer["Content-Security-Policy"]
    page = answer.content.decode()
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<img src=x" not in page
    assert "<style" not in page
    assert " style=" not in page
    scripts = page.split("<script")[1:]
    assert len(scripts) == 2
    assert all("src=" in s or 'type="application/json"' in s for s in scripts)


def test_f112_no_script_of_the_page_builds_markup_from_text() -> None:
    sources = [Path(finders.find(f"webchat/{name}.js")) for name in ("chat", "view", "api")]
    text = "".join(path.read_text() for path in sources)
    assert "textContent" in text
    forbidden = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")
    assert not [word for word in forbidden if word in text]


def test_everything_the_page_loads_is_there(client: Client) -> None:
    for name in ("chat.js", "api.js", "live.js", "outbox.js", "store.js", "view.js"):
        assert client.get(f"/static/webchat/{name}").status_code == 200
    assert client.get("/static/webchat/chat.css")["Content-Type"].startswith("text/css")
    assert client.get("/static/webchat/logo.svg")["Content-Type"] == "image/svg+xml"

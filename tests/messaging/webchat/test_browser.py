"""The web chat in a real browser, on a phone and on a desktop, against the running desk."""

import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.live import LiveDesk

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

PATIENCE = 15_000  # ms, on a machine busy with other tests
SIZES = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
        "device_scale_factor": 2,
    },
    "desktop": {"viewport": {"width": 1280, "height": 900}},
}
GREETING = "Olá! Pergunte sobre pedidos e entregas."
ANSWER = "Veja em Minha conta, ou em https://track.example.com/orders."
HOSTILE = (
    '<img src=x onerror="document.title=\'owned\'"> "><svg onload=alert(1)> javascript:alert(1)'
)

pytestmark = pytest.mark.browser

expect: Any = sync_api.expect


@pytest.fixture(scope="module")
def chat(live_desk: LiveDesk) -> str:
    """A web chat of the running desk and something the bot knows; its address."""
    created = live_desk.create_channel("webchat", title="Loja Aurora", greeting=GREETING)
    faq = {
        "question": "Onde está minha encomenda azul?",
        "alternatives": ["Cadê a encomenda azul", "Rastrear minha encomenda azul"],
        "answer": ANSWER,
        "language": "pt-br",
        "channels": [created["id"]],
    }
    rule = {
        "name": "Options of the chat under test",
        "trigger": "keyword",
        "pattern": "opções",
        "action": "reply",
        "reply": "Escolha:",
        "buttons": [{"title": "Falar com gente", "payload": "/human"}],
        "channels": [created["id"]],
    }
    with live_desk.sign_in() as api:
        for path, body in (("faqs/", faq), ("rules/", rule)):
            answer = api.post(path, json=body)
            assert answer.status_code == 201, answer.text
    time.sleep(2)  # the promise: live within 2 s in every process
    return f"{live_desk.base_url}/chat/{created['id']}/"


def rita(desk: LiveDesk) -> httpx.Client:
    """A human agent at work, signed in to the API."""
    username = f"rita-{uuid.uuid4().hex[:8]}"
    password = "a-long-word-for-rita-77"
    person = {"username": username, "name": "Rita Campos", "password": password}
    with desk.sign_in() as api:
        api.post("agents/", json={**person, "role": "agent"}).raise_for_status()
    return desk.sign_in(username, password)


Open = Callable[..., Any]


both_sizes = pytest.mark.parametrize("size", SIZES)


@pytest.fixture
def open_chat(browser: Any, chat: str) -> Iterator[Open]:
    """Opens the chat as a new visitor. Fails on an error in the page or a refusal by its policy."""
    problems: list[str] = []
    contexts: list[Any] = []

    def opened(size: str = "desktop", *, locale: str = "pt-BR", color_scheme: str = "light") -> Any:
        context = browser.new_context(locale=locale, color_scheme=color_scheme, **SIZES[size])
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda line: problems.append(line.text) if "Content Security" in line.text else None,
        )
        page.goto(chat)
        expect(page.locator("#log")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not problems


def say(page: Any, text: str) -> None:
    page.get_by_label(re.compile("mensagem|message|mensaje")).fill(text)
    page.get_by_role("button", name=re.compile("Enviar|Send")).click()


def bubbles(page: Any, side: str) -> Any:
    return page.locator(f".{side} .text")


@both_sizes
def test_a_person_asks_and_the_bot_answers(open_chat: Open, size: str) -> None:
    page = open_chat(size)
    expect(page).to_have_title("Loja Aurora")
    expect(bubbles(page, "theirs")).to_have_text([GREETING])
    say(page, "onde está minha encomenda azul?")
    expect(bubbles(page, "mine")).to_have_text(["onde está minha encomenda azul?"])
    expect(bubbles(page, "theirs")).to_have_text([GREETING, ANSWER], timeout=PATIENCE)
    expect(page.locator("#typing")).to_be_hidden()
    expect(page.locator(".mine .state")).to_have_text("Enviada")
    link = page.get_by_role("link", name="https://track.example.com/orders")
    assert link.get_attribute("href") == "https://track.example.com/orders"
    assert "noopener" in link.get_attribute("rel").split()


def test_the_conversation_is_there_after_a_reload_and_gone_after_leaving(open_chat: Open) -> None:
    page = open_chat()
    say(page, "onde está minha encomenda azul?")
    expect(bubbles(page, "theirs")).to_have_count(2, timeout=PATIENCE)
    page.reload()
    expect(bubbles(page, "mine")).to_have_text(["onde está minha encomenda azul?"])
    expect(bubbles(page, "theirs")).to_have_text([GREETING, ANSWER])
    page.get_by_role("button", name="Sair da conversa").click()
    page.get_by_role("dialog").get_by_role("button", name="Sair da conversa").click()
    expect(bubbles(page, "mine")).to_have_count(0)
    expect(bubbles(page, "theirs")).to_have_text([GREETING])


def test_a_second_window_of_the_same_visitor_hears_all_of_it_live(open_chat: Open) -> None:
    page = open_chat()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#log")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
    say(page, "onde está minha encomenda azul?")
    expect(bubbles(other, "mine")).to_have_count(1, timeout=PATIENCE)
    expect(bubbles(other, "theirs")).to_have_text([GREETING, ANSWER], timeout=PATIENCE)


def test_f112_what_a_person_writes_is_text_and_never_markup(open_chat: Open) -> None:
    page = open_chat()
    say(page, HOSTILE)
    expect(bubbles(page, "mine")).to_have_text([HOSTILE])
    expect(page.locator(".mine .state")).to_have_text("Enviada")
    page.reload()
    expect(bubbles(page, "mine")).to_have_text([HOSTILE])
    assert page.locator("#log img, #log svg, #log a[href^=javascript]").count() == 0
    assert page.title() == "Loja Aurora"


@both_sizes
def test_an_agent_takes_over_and_is_named(open_chat: Open, size: str, live_desk: LiveDesk) -> None:
    page = open_chat(size)
    text = f"quero falar com um atendente sobre {uuid.uuid4().hex}"
    say(page, text)
    expect(bubbles(page, "theirs")).to_have_count(2, timeout=PATIENCE)
    with rita(live_desk) as api:
        (said,) = api.get("messages/", params={"search": text}).json()["results"]
        api.post(f"conversations/{said['conversation']}/claim/").raise_for_status()
        sent = api.post(f"contacts/{said['contact']}/messages/", json={"text": "Oi, sou a Rita."})
        assert sent.status_code == 201, sent.text
        expect(bubbles(page, "agent")).to_have_text(["Oi, sou a Rita."], timeout=PATIENCE)
        expect(page.locator(".agent .name")).to_have_text("Rita Campos")
        for _ in range(100):
            status = api.get(f"messages/{sent.json()['id']}/").json()["status"]
            if status == "read":
                break
            page.wait_for_timeout(100)
        assert status == "read"


def test_a_message_that_finds_no_way_is_repeated_and_arrives_once(open_chat: Open) -> None:
    page = open_chat()
    tried: list[str] = []

    def door(route: Any) -> None:
        tried.append(route.request.post_data_json["id"])
        if len(tried) == 1:
            route.abort()  # never reached the desk
        elif len(tried) == 2:
            route.fetch()  # reached it, but the answer is lost
            route.abort()
        else:
            route.continue_()

    page.route("**/webhooks/**", door)
    say(page, "onde está minha encomenda azul?")
    expect(page.locator(".mine .state")).to_have_text("Enviada", timeout=PATIENCE)
    expect(bubbles(page, "theirs")).to_have_text([GREETING, ANSWER], timeout=PATIENCE)
    page.reload()
    expect(bubbles(page, "mine")).to_have_count(1)
    expect(bubbles(page, "theirs")).to_have_count(2)
    assert len(set(tried)) == 1


def test_the_bot_seems_to_type_for_some_seconds_at_most(open_chat: Open) -> None:
    page = open_chat()
    asked: list[str] = []

    def only_the_past(route: Any) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.continue_()
        else:
            route.abort()

    page.route("**/events", lambda route: route.abort())
    page.route("**/messages*", only_the_past)
    page.clock.install()
    page.reload()
    say(page, "onde está minha encomenda azul?")
    expect(page.locator("#typing")).to_be_visible(timeout=PATIENCE)
    page.clock.fast_forward(6_000)
    expect(page.locator("#typing")).to_be_hidden()


def test_nobody_seems_to_type_while_the_visitor_waits_for_a_person(open_chat: Open) -> None:
    page = open_chat()
    say(page, "quero falar com um atendente")
    expect(bubbles(page, "theirs")).to_have_count(2, timeout=PATIENCE)
    expect(page.locator("#typing")).to_be_hidden()
    page.evaluate(
        """() => {
            window.shown = 0;
            const typing = document.getElementById("typing");
            const look = () => { if (!typing.hidden) window.shown += 1; };
            new MutationObserver(look).observe(typing, { attributes: true });
        }"""
    )
    with page.expect_response("**/webhooks/**"):
        say(page, "tem alguém aí?")
    expect(page.locator(".mine .state").last).to_have_text("Enviada", timeout=PATIENCE)
    page.wait_for_timeout(1_000)
    assert page.evaluate("() => window.shown") == 0
    page.reload()
    expect(bubbles(page, "mine")).to_have_count(2)
    expect(page.locator("#typing")).to_be_hidden()


def test_a_message_that_was_refused_says_so_and_can_be_discarded(open_chat: Open) -> None:
    page = open_chat()
    page.route("**/webhooks/**", lambda route: route.fulfill(status=413, body="{}"))
    say(page, "olá")
    expect(page.locator(".mine .state")).to_have_text("Não pôde ser aceita.", timeout=PATIENCE)
    page.get_by_role("button", name="Descartar").click()
    expect(bubbles(page, "mine")).to_have_count(0)


def test_without_the_stream_the_page_asks_for_messages_instead(open_chat: Open) -> None:
    page = open_chat()
    page.context.route("**/events", lambda route: route.abort())
    page.reload()
    say(page, "onde está minha encomenda azul?")
    expect(bubbles(page, "theirs")).to_have_text([GREETING, ANSWER], timeout=PATIENCE)


@both_sizes
def test_offered_answers_are_buttons_that_answer(open_chat: Open, size: str) -> None:
    page = open_chat(size)
    say(page, "quais as opções?")
    button = page.get_by_role("button", name="Falar com gente")
    expect(button).to_be_visible(timeout=PATIENCE)
    button.click()
    expect(bubbles(page, "mine")).to_have_text(["quais as opções?", "Falar com gente"])
    expect(button).to_be_hidden()
    expect(bubbles(page, "theirs")).to_have_count(3, timeout=PATIENCE)


@both_sizes
def test_everything_fits_and_nothing_scrolls_sideways(open_chat: Open, size: str) -> None:
    page = open_chat(size, locale="es-MX", color_scheme="dark")
    expect(page.get_by_role("textbox", name="Tu mensaje")).to_be_visible()
    say(page, "palavra" * 60 + "\n" + "https://example.com/" + "a" * 300)
    expect(page.locator(".mine .state")).to_have_text("Enviado", timeout=PATIENCE)
    view = page.viewport_size
    for name in ("#title", "#text", "#send", ".mine .bubble"):
        box = page.locator(name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= view["width"]
    send = page.locator("#send").bounding_box()
    assert send["y"] + send["height"] <= view["height"]
    assert min(send["width"], send["height"]) >= 44
    assert page.evaluate("() => document.documentElement.scrollWidth") <= view["width"]


def test_it_can_be_used_with_the_keyboard_alone(open_chat: Open) -> None:
    page = open_chat()
    names = []
    for _ in range(3):
        page.keyboard.press("Tab")
        names.append(page.evaluate("() => document.activeElement.id"))
    assert names == ["forget", "scroll", "text"]
    page.keyboard.type("onde está minha")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("encomenda azul?")
    page.keyboard.press("Enter")
    expect(bubbles(page, "mine")).to_have_text(["onde está minha\nencomenda azul?"])
    expect(bubbles(page, "theirs")).to_have_count(2, timeout=PATIENCE)
    assert page.evaluate("() => document.activeElement.id") == "text"

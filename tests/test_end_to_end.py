"""The desk as a customer and an agent meet it: real processes, real HTTP, a stand-in for Telegram."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest

from tests.live import LiveDesk
from tests.stand_ins.telegram import Bot, TelegramStandIn

T = TypeVar("T")
TOKEN = "42:END-TO-END"


def eventually(look: Callable[[], T | None], patience: float = 15.0) -> T:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


@pytest.fixture(scope="module")
def api(live_desk: LiveDesk) -> httpx.Client:
    return live_desk.sign_in()


@pytest.fixture(scope="module")
def bot(live_desk: LiveDesk, telegram: TelegramStandIn) -> Bot:
    """A Telegram bot that is polled, as on a laptop without a public address."""
    return telegram.add_bot(TOKEN, bot_id=42, username="loja_bot")


def outbox(api: httpx.Client, channel: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = api.get(f"channels/{channel}/outbox/").json()
    return listed["results"] if isinstance(listed, dict) else listed


def queued(api: httpx.Client, channel: str) -> dict[str, Any]:
    """The conversation of this channel that waits, as soon as one does."""
    return eventually(
        lambda: next(
            (c for c in api.get("queue/").json()["results"] if c["channel"] == channel), None
        )
    )


def test_a_known_question_is_answered_within_the_second(
    live_desk: LiveDesk, api: httpx.Client
) -> None:
    channel = live_desk.create_channel("mock")["id"]
    hook = f"{live_desk.base_url}/webhooks/mock/{channel}"
    took = []
    for n in range(5):
        began = time.monotonic()
        body = {"id": f"q{n}", "from": f"ana-{n}", "text": "onde está meu pedido?"}
        assert httpx.post(hook, json=body).status_code == 200
        eventually(lambda n=n: len(outbox(api, channel)) > n)
        took.append(time.monotonic() - began)
    assert min(took) < 1.0, took
    assert outbox(api, channel)[0]["text"]


def test_telegram_by_polling_from_question_to_human_answer(
    live_desk: LiveDesk, bot: Bot, api: httpx.Client
) -> None:
    channel = live_desk.create_channel("telegram", token=TOKEN)["id"]
    bot.say("onde está meu pedido?", sender=501)
    assert eventually(lambda: bot.sent("sendMessage", chat=501))[0].text

    bot.say("quero falar com um atendente", sender=501)
    eventually(lambda: len(bot.sent("sendMessage", chat=501)) >= 2)

    row = queued(api, channel)
    claimed = api.post(f"conversations/{row['id']}/claim/")
    assert (claimed.status_code, claimed.json()["owner"]) == (200, "agent")
    answer = api.post(
        f"contacts/{row['contact']}/messages/",
        json={"text": "Olá, aqui é a Bia. Como posso ajudar?"},
    )
    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    eventually(lambda: "Bia" in bot.sent("sendMessage", chat=501)[-1].text)
    sent = eventually(
        lambda: (m := api.get(f"messages/{answer.json()['id']}/").json())["status"] == "sent" and m
    )
    assert sent["external_id"]
    assert sent["attempts"]

    bot.say("e o prazo de entrega?", sender=501)
    eventually(
        lambda: (
            api.get("messages/", params={"contact": row["contact"], "direction": "in"})
            .json()["results"][0]["text"]
            .startswith("e o prazo")
        )
    )
    time.sleep(1)
    assert "Bia" in bot.sent("sendMessage", chat=501)[-1].text, "the bot is silent now"

    assert api.post(f"conversations/{row['id']}/release/").json()["owner"] == "bot"
    before = len(bot.sent("sendMessage", chat=501))
    bot.say("qual o horário de funcionamento?", sender=501)
    eventually(lambda: len(bot.sent("sendMessage", chat=501)) > before)


def test_the_web_chat_answers_asks_for_a_human_and_shows_the_agents_reply(
    live_desk: LiveDesk, api: httpx.Client
) -> None:
    page = httpx.get(live_desk.base_url)
    assert page.status_code == 200
    channels = api.get("channels/").json()["results"]
    channel = next(c["id"] for c in channels if c["kind"] == "webchat")
    chat = f"{live_desk.base_url}/chat/{channel}"
    session = httpx.post(f"{chat}/session", json={}).json()
    token = {"Authorization": f"Bearer {session['token']}"}

    def say(key: str, text: str) -> None:
        body = {"token": session["token"], "id": key, "text": text}
        answer = httpx.post(f"{live_desk.base_url}/webhooks/webchat/{channel}", json=body)
        assert answer.status_code == 200, answer.text

    def texts() -> list[str]:
        listed = httpx.get(f"{chat}/messages", headers=token).json()
        rows = listed.get("messages", listed.get("results"))
        return [m["text"] for m in rows if m["direction"] == "out"]

    say("1", "how can I pay?")
    assert eventually(texts)
    say("2", "I want to talk to a human")
    row = queued(api, channel)
    api.post(f"contacts/{row['contact']}/messages/", json={"text": "Hello, this is Bia."})
    assert eventually(lambda: "Hello, this is Bia." in texts())


def test_an_edit_is_live_in_every_process_within_two_seconds(
    live_desk: LiveDesk, api: httpx.Client
) -> None:
    channel = live_desk.create_channel("mock")["id"]
    hook = f"{live_desk.base_url}/webhooks/mock/{channel}"
    question = "Vocês entregam balões em Marte?"
    made = api.post(
        "faqs/",
        json={"question": question, "answer": "Ainda não.", "language": "pt-br"},
    )
    assert made.status_code == 201, made.text
    for n, answer in enumerate(["Ainda não.", "Sim, às terças."]):
        if n:
            api.patch(f"faqs/{made.json()['id']}/", json={"answer": answer})
        time.sleep(2)
        for process in range(4):
            body = {"id": f"{n}-{process}", "from": f"m-{n}-{process}", "text": question}
            httpx.post(hook, json=body)
            said = eventually(
                lambda n=n, process=process: (
                    next(
                        (m["text"] for m in outbox(api, channel) if f"m-{n}-{process}" in str(m)),
                        None,
                    )
                    or (
                        len(outbox(api, channel)) > n * 4 + process
                        and outbox(api, channel)[0]["text"]
                    )
                )
            )
            assert said == answer


def test_ask_answers_from_the_shell(live_desk: LiveDesk) -> None:
    said = live_desk.manage("ask", "onde está meu pedido?", "--json")
    assert '"decision": "reply"' in said

"""Pages of other sites: listed ones may use the whole chat, the others get nothing a browser would let them see."""

import asyncio
import json
import uuid
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connections
from django.test import Client

from channels.types import WebhookReply, WebhookRequest
from channels.webchat import issue_token
from messaging import webhooks
from messaging.models import Channel, Delivery
from messaging.webchat.stream import HUB, Opened, StreamRefused, open_stream
from tests import factories
from tests.messaging.webchat.helpers import SECRET, bearer, make_chat, make_visitor

pytestmark = pytest.mark.django_db

ANA = "visitor-ana-01"
SHOP, STRANGER, OURS = "https://www.example.com", "https://evil.example", "http://testserver"
TOKEN = issue_token(ANA, SECRET)
CALLS = ["session", "messages", "read", "attachment"]


def marks(headers: Any) -> dict[str, str]:
    """What an answer says to the browser about other origins."""
    return {k.lower(): v for k, v in headers.items() if k.lower().startswith("access-control-")}


def for_shop(headers: Any) -> bool:
    """Whether a browser would show this answer to the listed page, and to no other."""
    named = {k.lower(): v for k, v in headers.items()}
    return (
        named.get("access-control-allow-origin") == SHOP
        and "Origin" in named["vary"]
        and "access-control-allow-credentials" not in named
    )


def is_preflight_answer(status: int, headers: Any) -> bool:
    said = marks(headers)
    allowed = set(said["access-control-allow-headers"].lower().split(", "))
    return (
        status == 204
        and for_shop(headers)
        and {"GET", "POST"} <= set(said["access-control-allow-methods"].split(", "))
        and allowed == {"authorization", "content-type", "last-event-id"}
        and int(said["access-control-max-age"]) > 0
    )


@pytest.fixture
def chat() -> Channel:
    return make_chat(allowed_origins=[SHOP])


Call = tuple[str, str, Any]  # method, address, body


def calls(chat: Channel) -> dict[str, Call]:
    """The interface's calls, for a visitor with one answer and a file in it."""
    answer = factories.make_message(make_visitor(chat, ANA), direction="out")
    file = factories.make_attachment(answer, file=ContentFile(b"%PDF", "invoice.pdf"))
    base = f"/chat/{chat.id}"
    return {
        "session": ("POST", f"{base}/session", {}),
        "messages": ("GET", f"{base}/messages", None),
        "read": ("POST", f"{base}/read", {"up_to": str(answer.id)}),
        "attachment": ("GET", f"{base}/attachments/{file.id}", None),
    }


def ask(client: Client, call: Call, origin: str, *, method: str = "") -> Any:
    """The call as a page of `origin` makes it; `method` for another than its own."""
    own, url, body = call
    headers = {**bearer(ANA), **({"Origin": origin} if origin else {})}
    content = json.dumps(body) if body is not None else ""
    return client.generic(method or own, url, content, "application/json", headers=headers)


@pytest.mark.parametrize("what", CALLS)
def test_a_listed_page_may_read_every_answer(client: Client, chat: Channel, what: str) -> None:
    answer = ask(client, calls(chat)[what], SHOP)
    assert answer.status_code in (200, 204)
    assert for_shop(answer.headers)


@pytest.mark.parametrize("what", CALLS)
def test_a_listed_page_is_answered_before_it_asks(client: Client, chat: Channel, what: str) -> None:
    answer = ask(client, calls(chat)[what], SHOP, method="OPTIONS")
    assert is_preflight_answer(answer.status_code, answer.headers)


@pytest.mark.parametrize("origin", [STRANGER, "null", SHOP + ".evil.example", "http://[", ""])
@pytest.mark.parametrize("what", CALLS)
def test_f111_others_are_told_nothing(
    client: Client, chat: Channel, what: str, origin: str
) -> None:
    listed, none_listed = calls(chat)[what], calls(make_chat())[what]
    answers = [
        ask(client, listed, origin),
        ask(client, listed, origin, method="OPTIONS"),
        ask(client, none_listed, origin),
        ask(client, none_listed, SHOP, method="OPTIONS"),
    ]
    assert [marks(answer.headers) for answer in answers] == [{}, {}, {}, {}]
    assert [answers[1].status_code, answers[3].status_code] == [405, 405]


def test_a_listed_page_may_read_why_it_was_refused(client: Client, chat: Channel) -> None:
    answer = client.get(f"/chat/{chat.id}/messages", headers={"Origin": SHOP})
    assert answer.status_code == 401
    assert for_shop(answer.headers)


def test_a_chat_that_is_switched_off_knows_no_listed_pages(client: Client, chat: Channel) -> None:
    Channel.objects.filter(id=chat.id).update(enabled=False)
    answer = client.options(f"/chat/{chat.id}/messages", headers={"Origin": SHOP})
    assert (answer.status_code, marks(answer.headers)) == (405, {})


# --- the webhook door


def knock(chat: Channel, origin: str, method: str = "POST", token: str = TOKEN) -> WebhookReply:
    headers = {"host": "testserver", "content-type": "application/json"}
    headers |= {"origin": origin} if origin else {}
    body = json.dumps({"token": token, "id": uuid.uuid4().hex, "text": "oi"}).encode()
    return webhooks.accept("webchat", str(chat.id), WebhookRequest(method, headers, {}, body))


def test_a_listed_page_sends_and_reads_the_answer(chat: Channel) -> None:
    before = knock(chat, SHOP, "OPTIONS")
    assert is_preflight_answer(before.status, before.headers)
    assert not Delivery.objects.exists()
    sent = knock(chat, SHOP)
    assert (sent.status, for_shop(sent.headers)) == (200, True)
    assert Delivery.objects.count() == 1


def test_a_listed_page_with_a_bad_token_may_read_that(chat: Channel) -> None:
    reply = knock(chat, SHOP, token="forged.token")
    assert (reply.status, for_shop(reply.headers)) == (403, True)


@pytest.mark.parametrize("listed", [[], [SHOP]])
@pytest.mark.parametrize("origin", [STRANGER, "null"])
def test_a_page_that_is_not_listed_can_send_nothing(listed: list[str], origin: str) -> None:
    chat = make_chat(allowed_origins=listed)
    replies = [knock(chat, origin, "OPTIONS"), knock(chat, origin)]
    assert [(reply.status, marks(reply.headers)) for reply in replies] == [(405, {}), (403, {})]
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("listed", [[], [SHOP]])
def test_our_own_page_always_sends(listed: list[str]) -> None:
    assert knock(make_chat(allowed_origins=listed), OURS).status == 200


def test_the_door_says_what_it_takes(chat: Channel) -> None:
    assert knock(chat, SHOP, "GET").headers["Allow"] == "POST, OPTIONS"
    assert knock(chat, STRANGER, "GET").headers["Allow"] == "POST"


# --- the event stream


def stream(chat: Channel, origin: str, *, method: str = "GET", token: str = TOKEN) -> Opened:
    headers = {"authorization": f"Bearer {token}", "origin": origin}
    scope = {
        "type": "http",
        "method": method,
        "path": f"/chat/{chat.id}/events",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }

    async def run() -> Opened:
        try:
            return await open_stream(scope)
        finally:
            await HUB.call(connections.close_all)

    return asyncio.run(run())


@pytest.mark.django_db(transaction=True)
def test_a_listed_page_opens_the_stream(chat: Channel) -> None:
    opened = stream(chat, SHOP)
    assert opened.events is not None
    assert for_shop(opened.headers)
    before = stream(chat, SHOP, method="OPTIONS")
    assert before.events is None
    assert is_preflight_answer(204, before.headers)
    with pytest.raises(StreamRefused) as refused:
        stream(chat, SHOP, token="forged.token")
    assert (refused.value.status, for_shop(refused.value.headers)) == (403, True)


@pytest.mark.django_db(transaction=True)
def test_f111_the_stream_tells_others_nothing(chat: Channel) -> None:
    assert marks(stream(chat, STRANGER).headers) == {}
    with pytest.raises(StreamRefused) as refused:
        stream(chat, STRANGER, method="OPTIONS")
    assert (refused.value.status, dict(refused.value.headers)) == (405, {"Allow": "GET"})

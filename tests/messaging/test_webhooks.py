"""The door: proven, stored, answered; nothing lost and nothing twice."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection

from channels.types import WebhookReply, WebhookRequest
from messaging import webhooks
from messaging.models import Channel, Delivery
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forget_channels() -> Iterator[None]:
    webhooks._doors.clear()
    webhooks._refused_at.clear()
    yield
    webhooks._doors.clear()


def post(
    channel: Channel, body: bytes | dict[str, Any], *, kind: str | None = None, **headers: str
) -> WebhookReply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {
        "content-type": "application/json",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    return webhooks.accept(
        kind or channel.kind, str(channel.pk), WebhookRequest("POST", sent, {}, raw)
    )


MESSAGE = {"id": "m1", "from": "ana", "text": "oi"}


def test_a_message_is_stored_raw_and_answered_200() -> None:
    channel = make.make_channel()
    assert post(channel, MESSAGE).status == 200
    delivery = Delivery.objects.get()
    assert json.loads(bytes(delivery.body)) == MESSAGE
    assert (delivery.state, delivery.platform_key) == ("pending", "m1")


def test_f20_a_repetition_is_answered_like_the_first_and_stored_once() -> None:
    channel = make.make_channel()
    assert [post(channel, MESSAGE).status for _ in range(10)] == [200] * 10
    assert Delivery.objects.count() == 1


def test_f22_two_channels_may_use_the_same_id() -> None:
    one, two = make.make_channel(), make.make_channel()
    post(one, MESSAGE)
    post(two, MESSAGE)
    assert Delivery.objects.count() == 2


def test_f06_unknown_deleted_and_mistyped_channels_look_the_same() -> None:
    channel = make.make_channel()
    gone = make.make_channel(deleted_at="2026-01-01T00:00Z")
    replies = [
        webhooks.accept("mock", str(uuid4()), WebhookRequest("POST", {}, {}, b"{}")),
        webhooks.accept("mock", "not-a-uuid", WebhookRequest("POST", {}, {}, b"{}")),
        post(gone, MESSAGE),
        post(channel, MESSAGE, kind="telegram"),
        post(channel, MESSAGE, kind="fax"),
    ]
    assert [r.status for r in replies] == [404] * 5
    bodies = {json.dumps({**json.loads(r.body), "request_id": ""}) for r in replies}
    assert len(bodies) == 1
    assert not Delivery.objects.exists()


def test_f06_a_disabled_channel_answers_200_and_keeps_it_as_ignored() -> None:
    channel = make.make_channel(enabled=False)
    assert post(channel, MESSAGE).status == 200
    assert Delivery.objects.get().state == "ignored"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"[]",
        b'"x"',
        b"null",
        b"1",
        b'{"id": ',
        b"[" * 100_000,
        b'{"a":' * 3000,
        b'{"id": 1e999}',
        b'{"id": NaN}',
        b'{"id": ' + b"9" * 5000 + b"}",
        b"\xff\xfe{}",
        "{}".encode("utf-16"),
        b'{"id": {"a": 1}}',
        b'{"id": true}',
        b'{"id": "q\\u0000x", "from": "ana", "text": "oi"}',
        b'{"id": "1", "from": "ana\\ud800", "text": "oi"}',
    ],
)
def test_f12_to_f18_unreadable_bodies_are_400_and_leave_nothing(body: bytes) -> None:
    assert post(make.make_channel(), body).status == 400
    assert not Delivery.objects.exists()


def test_f15_a_byte_order_mark_is_accepted() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(MESSAGE).encode()
    assert post(make.make_channel(), body).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/xml"},
        {"content_type": "application/json; charset=utf-7"},
        {"content_encoding": "gzip"},
    ],
)
def test_f37_other_content_is_415(headers: dict[str, str]) -> None:
    assert post(make.make_channel(), MESSAGE, **headers).status == 415
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_f37_other_methods_are_405(method: str) -> None:
    channel = make.make_channel()
    reply = webhooks.accept("mock", str(channel.pk), WebhookRequest(method, {}, {}, b""))
    assert reply.status == 405
    assert reply.headers == {"Allow": "POST"}


def test_f11_more_than_four_megabytes_is_413() -> None:
    body = json.dumps({**MESSAGE, "text": "x" * 4_000_001}).encode()
    assert post(make.make_channel(), body).status == 413
    assert not Delivery.objects.exists()


def test_f08_what_cannot_be_stored_is_503_with_a_time_to_come_back() -> None:
    channel = make.make_channel()

    def broken(execute: Any, sql: str, *rest: Any) -> Any:
        if "INSERT" in sql:
            raise DatabaseError("connection refused by host db.internal")
        return execute(sql, *rest)

    with connection.execute_wrapper(broken):
        reply = post(channel, MESSAGE)
    assert (reply.status, reply.retry_after) == (503, 5)
    assert "db.internal" not in reply.body
    assert set(json.loads(reply.body)) == {"detail", "code", "request_id"}

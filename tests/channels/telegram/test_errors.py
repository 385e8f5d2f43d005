"""What each answer of the Bot API means for the message that was sent."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import (
    AccountProblem,
    Permanent,
    RateLimited,
    RecipientGone,
    RecipientMoved,
    SendError,
    Transient,
    Uncertain,
)
from channels.registry import get
from channels.types import OutboundMessage, RawResponse, Receipt
from tests.channels.telegram.samples import CONFIG

TELEGRAM = get("telegram")
(CALL,) = TELEGRAM.build(OutboundMessage("t", "7", "segredo do contato"), CONFIG)
(TO_GROUP,) = TELEGRAM.build(OutboundMessage("t", "-1005550009", "oi"), CONFIG)
HTML = b"<html>Bad Gateway</html>"


def read(status=200, body=b"", *, headers=None, complete=True, call=CALL):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return TELEGRAM.read(call, RawResponse(status, headers or {}, raw, complete))


def refusal(code, description="", **parameters):
    body = {"ok": False, "error_code": code, "description": description}
    return body | ({"parameters": parameters} if parameters else {})


def failure(*args, **kw):
    with pytest.raises(SendError) as caught:
        read(*args, **kw)
    return caught.value


def test_the_platforms_message_id_is_the_receipt():
    assert read(200, {"ok": True, "result": {"message_id": 501}}) == Receipt("501")


def test_calls_that_send_nothing_need_no_message_id():
    for call in (*TELEGRAM.acknowledge("q", CONFIG), *TELEGRAM.typing("7", CONFIG)):
        assert read(200, {"ok": True, "result": True}, call=call) == Receipt("")


@pytest.mark.parametrize(
    ("code", "description", "error"),
    [
        (403, "Forbidden: bot was blocked by the user", RecipientGone),
        (403, "Forbidden: user is deactivated", RecipientGone),
        (403, "Forbidden: bot was kicked from the supergroup chat", RecipientGone),
        (403, "Forbidden: bot can't initiate conversation with a user", RecipientGone),
        (403, "Forbidden: something new", Permanent),
        (400, "Bad Request: chat not found", Permanent),
        (400, "Bad Request: message text is empty", Permanent),
        (400, "Bad Request: message is too long", Permanent),
        (400, "Bad Request: can't parse entities: …", Permanent),
        (400, "Bad Request: BUTTON_DATA_INVALID", Permanent),
        (401, "Unauthorized", AccountProblem),
        (404, "Not Found", AccountProblem),
        (409, "Conflict: terminated by other getUpdates request", AccountProblem),
        (413, "Request Entity Too Large", Permanent),
        (500, "Internal Server Error", Transient),
        (503, "Service Unavailable", Transient),
        (502, "Bad Gateway", Uncertain),
        (504, "Gateway Timeout", Uncertain),
    ],
)
def test_f63_f64_a_refusal_has_the_class_of_its_code(code, description, error):
    for status in (code, 200):  # F-65: the code in the body counts, also under a 200
        found = failure(status, refusal(code, description))
        assert type(found) is error
        assert found.provider_code == str(code)


def test_f71_a_chat_that_moved_says_where():
    found = failure(400, refusal(400, "group chat was upgraded", migrate_to_chat_id=-1005550003))
    assert isinstance(found, RecipientMoved)
    assert found.new_address == "-1005550003"


@pytest.mark.parametrize(
    ("retry_after", "headers", "seconds"),
    [
        (7, {}, 7),
        ("30", {}, 30),
        (10**9, {}, 3600),
        (10**400, {}, 3600),
        (-5, {}, 1),
        (0, {}, 1),
        (None, {}, 5),
        (True, {}, 5),
        ([], {"retry-after": "12"}, 12),
        (None, {"retry-after": "-3"}, 1),
        (None, {"retry-after": "nan"}, 5),
        (None, {"retry-after": "Thu, 01 Jan 2026 00:01:00 GMT", "date": "Thu, 01 Jan 2026 00:00:20 GMT"}, 40),
        (None, {"retry-after": "Thu, 01 Jan 2026 00:01:00 GMT"}, 5),
        (None, {"retry-after": "soon"}, 5),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_f62_the_wait_is_honoured_within_reason(retry_after, headers, seconds):
    found = failure(429, refusal(429, "Too Many", retry_after=retry_after), headers=headers)
    assert isinstance(found, RateLimited)
    assert found.retry_after == seconds


def test_f62_a_limit_without_a_readable_body_is_a_limit():
    found = failure(429, HTML, headers={"retry-after": "9"})
    assert isinstance(found, RateLimited)
    assert found.retry_after == 9


def test_f62_a_groups_own_limit_stops_only_the_group():
    body = refusal(429, "Too Many", retry_after=3)
    assert failure(429, body).scope == "channel"
    assert failure(429, body, call=TO_GROUP).scope == "recipient"


@pytest.mark.parametrize(
    "body",
    [b"", HTML, b"{}", b"[]", b'{"ok": true}', b'{"ok": false}', b'{"ok": true, "result": true}',
     b'{"ok": true, "result": {"message_id": "5"}}', b'{"ok": true, "result": {}}', b'{"ok": tr',
     b"\xff\xfe", b'{"ok": true, "result": {"message_id": 1e999}}', b"[" * 100_000],
    ids=lambda body: repr(body[:30]),
)  # fmt: skip
def test_f65_a_200_that_does_not_say_what_was_sent_is_uncertain(body):
    assert type(failure(200, body)) is Uncertain


def test_f65_a_truncated_answer_is_uncertain():
    whole = {"ok": True, "result": {"message_id": 501}}
    assert type(failure(200, whole, complete=False)) is Uncertain


def test_f75_a_redirect_means_that_nothing_was_sent():
    assert type(failure(302, b"", headers={"location": "https://example.com"})) is Transient


@pytest.mark.parametrize("status", [400, 403, 418])
def test_a_refusal_by_something_in_between_may_be_tried_again(status):
    assert type(failure(status, HTML)) is Transient


def test_what_the_platform_quotes_is_not_kept():
    description = "Bad Request: can't use \"segredo\" for chat -1001234567 or 'segredo'"
    found = failure(400, refusal(400, description))
    assert "segredo" not in str(found)
    assert "1234567" not in str(found)
    assert str(found).startswith("Bad Request")


@given(
    st.integers(100, 599),
    st.binary(max_size=40)
    | st.dictionaries(
        st.sampled_from(["ok", "result", "error_code", "description", "parameters"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(st.sampled_from(["message_id", "retry_after"]), inner)
            ),
        ),
    ),
)
def test_any_answer_is_a_receipt_or_a_send_error(status, body):
    outcome: Receipt | SendError
    try:
        outcome = read(status, body)
    except SendError as error:
        outcome = error
    if isinstance(outcome, Receipt):
        assert outcome.external_id
        assert status < 300
    else:
        assert "TEST-token" not in str(outcome)

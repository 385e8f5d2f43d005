"""The web chat's adapter: who may speak, what is understood, what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.errors import BadPayload, ConfigError, WebhookRejected
from channels.types import (
    InboundMessage,
    LocalCall,
    OutboundMessage,
    RawResponse,
    Rejected,
    WebhookRequest,
)
from channels.webchat import Webchat, issue_token, new_visitor_id, visitor_of

CONFIG = {"session_secret": "a-secret-made-for-tests"}
VISITOR = "visitor-0001"
TOKEN = issue_token(VISITOR, CONFIG)
CHAT = Webchat()


def request(body: Any, **headers: str) -> WebhookRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest("POST", {"host": "desk.example.com", **headers}, {}, raw)


def said(**fields: Any) -> WebhookRequest:
    return request({"token": TOKEN, "id": "m-1", "text": "Olá", **fields})


def only_event(inbound: WebhookRequest) -> Any:
    (event,) = CHAT.parse(inbound, CONFIG)
    return event


# --- visitors


def test_a_token_names_its_visitor_and_no_other() -> None:
    other = new_visitor_id()
    assert visitor_of(TOKEN, CONFIG) == VISITOR
    assert visitor_of(issue_token(other, CONFIG), CONFIG) == other != new_visitor_id()
    assert visitor_of(f"{other}.{TOKEN.partition('.')[2]}", CONFIG) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        VISITOR,
        f"{VISITOR}.",
        TOKEN[:-1],
        TOKEN + "0",
        TOKEN.upper(),
        f"{VISITOR}.é",
        "\ud800.\ud800",
    ],
)
def test_f02_a_forged_token_is_nobody_whatever_its_letters(token: str) -> None:
    assert visitor_of(token, CONFIG) is None


@pytest.mark.parametrize("config", [{}, {"session_secret": ""}, {"session_secret": None}])
def test_f01_without_a_secret_every_token_is_refused(config: dict[str, Any]) -> None:
    assert visitor_of(TOKEN, config) is None
    with pytest.raises(ValueError, match="secret"):
        issue_token(VISITOR, config)
    with pytest.raises(WebhookRejected):
        CHAT.verify(said(), config)


def test_a_token_of_another_chat_is_refused() -> None:
    assert visitor_of(TOKEN, {"session_secret": "another"}) is None


# --- the door


@pytest.mark.parametrize(
    "body",
    [{"id": "1", "text": "x"}, {"token": 1}, {"token": None}, {"token": f"{VISITOR}.ffff"}],
)
def test_f01_a_message_without_a_good_token_is_rejected(body: dict[str, Any]) -> None:
    with pytest.raises(WebhookRejected):
        CHAT.verify(request(body), CONFIG)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"[]",
        b'"x"',
        b"null",
        b"1",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 3_000,
        b'{"token": 1e999}',
        b'{"id": ' + b"9" * 5_000 + b"}",
        b'{"id": NaN}',
        "é".encode("utf-16"),
    ],
    ids=range(13),
)
def test_f12_to_f15_a_body_that_cannot_be_read_is_a_bad_payload(body: bytes) -> None:
    with pytest.raises(BadPayload):
        CHAT.verify(request(body), CONFIG)


@given(st.binary(max_size=200))
def test_no_bytes_get_past_the_door_without_a_token(body: bytes) -> None:
    with pytest.raises((BadPayload, WebhookRejected)):
        CHAT.verify(request(body), CONFIG)


LISTED = {**CONFIG, "allowed_origins": ["https://www.example.com"]}


@pytest.mark.parametrize(
    ("origin", "host", "good"),
    [
        ("https://www.example.com", "desk.example.com", True),
        ("https://WWW.example.com:443", "desk.example.com", True),
        ("https://desk.example.com", "desk.example.com", True),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://desk.example.com", "desk.example.com:443", True),
        ("http://www.example.com", "desk.example.com", False),
        ("https://www.example.com.evil.example", "desk.example.com", False),
        ("https://evil.example", "desk.example.com", False),
        ("http://127.0.0.1:9000", "127.0.0.1:8000", False),
        ("null", "desk.example.com", False),
        ("", "desk.example.com", False),
        ("", "", False),
        ("https://desk.example.com:notaport", "desk.example.com", False),
    ],
)
def test_with_listed_origins_only_those_pages_and_our_own_may_speak(
    origin: str, host: str, good: bool
) -> None:
    inbound = request({"token": TOKEN}, origin=origin, host=host)
    if good:
        CHAT.verify(inbound, LISTED)
    else:
        with pytest.raises(WebhookRejected):
            CHAT.verify(inbound, LISTED)


@pytest.mark.parametrize(
    ("origin", "good"),
    [
        ("https://desk.example.com", True),
        ("", True),  # no browser: the token is enough
        ("https://www.example.com", False),
        ("null", False),
    ],
)
def test_with_none_listed_only_our_own_pages_may_speak(origin: str, good: bool) -> None:
    inbound = request({"token": TOKEN}, **({"origin": origin} if origin else {}))
    if good:
        CHAT.verify(inbound, CONFIG)
    else:
        with pytest.raises(WebhookRejected):
            CHAT.verify(inbound, CONFIG)
    assert CHAT.cross_origin_headers(inbound, CONFIG) == {}


@given(st.text())
def test_f111_only_the_listed_origin_itself_is_ever_named(origin: str) -> None:
    said = CHAT.cross_origin_headers(request({}, origin=origin), LISTED)
    assert said.get("Access-Control-Allow-Origin", "https://www.example.com") == (
        "https://www.example.com"
    )
    exact = CHAT.cross_origin_headers(request({}, origin="https://www.example.com"), LISTED)
    assert exact["Access-Control-Allow-Origin"] == "https://www.example.com"
    assert "*" not in "".join(exact.values())


# --- what is understood


def test_a_message_becomes_the_visitors_words() -> None:
    event = only_event(said(text="Olá!", name=" Ana  Lima ", language="pt-BR", reply_to="abc"))
    assert event == InboundMessage(
        dedupe_key=f"{VISITOR}:m-1",
        external_id=f"{VISITOR}:m-1",
        sender=event.sender,
        text="Olá!",
        reply_to="abc",
    )
    assert (event.sender.external_id, event.sender.name) == (VISITOR, "Ana Lima")
    assert event.sender.language == "pt-BR"


def test_a_pressed_button_brings_its_payload_even_without_a_text() -> None:
    event = only_event(said(text="", payload="faq:1"))
    assert (event.text, event.payload) == ("", "faq:1")


def test_the_delivery_key_is_the_visitors_own_so_two_visitors_may_use_one_id() -> None:
    other = issue_token(new_visitor_id(), CONFIG)
    assert CHAT.delivery_key(said()) == f"{VISITOR}:m-1"
    assert CHAT.delivery_key(said(token=other)) != CHAT.delivery_key(said())


@pytest.mark.parametrize(
    "fields",
    [
        {"text": ["a"]},
        {"text": {"a": 1}},
        {"text": 1},
        {"text": True},
        {"text": None},
        {"text": ""},
        {"text": "  \n"},
        {"text": "x" * 4097},
        {"payload": 1},
        {"payload": "x" * 257},
        {"reply_to": ["a"]},
        {"name": 5},
        {"name": "n" * 201},
        {"language": 1},
        {"id": True},
        {"id": 1.5},
        {"id": 2**70},
        {"id": ""},
        {"id": "a b"},
        {"id": "x" * 65},
        {"id": None},
    ],
)
def test_f18_a_field_of_the_wrong_type_is_rejected_with_a_reason(fields: dict[str, Any]) -> None:
    event = only_event(said(**fields))
    assert isinstance(event, Rejected)
    assert event.reason
    CHAT.verify(said(**fields), CONFIG)  # it is stored, so the door lets it in


@pytest.mark.parametrize("wrong", [1, "", "a b", None])
def test_f18_a_message_without_a_usable_id_has_no_delivery_key(wrong: Any) -> None:
    assert CHAT.delivery_key(said(id=wrong)) is None


def test_f16_f17_nul_and_lone_surrogates_never_reach_storage() -> None:
    raw = json.dumps({"token": TOKEN, "id": "m-1", "name": "A\ud800", "text": "a\u0000b\ud800"})
    event = only_event(request(raw.encode()))
    assert (event.text, event.sender.name) == ("ab\ufffd", "A\ufffd")


def test_f16_an_id_that_would_have_to_be_cleaned_is_refused() -> None:
    raw = json.dumps({"token": TOKEN, "id": "m\u0000-1", "text": "a"})
    with pytest.raises(BadPayload):
        CHAT.delivery_key(request(raw.encode()))


def test_f15_a_byte_order_mark_is_accepted() -> None:
    assert only_event(request(b"\xef\xbb\xbf" + said().body)).text == "Olá"


@pytest.mark.parametrize("language", ["klingon-speech", "<b>", "pt_BR"])
def test_an_odd_language_is_left_out_without_losing_the_message(language: str) -> None:
    event = only_event(said(language=language))
    assert (event.sender.language, event.text) == ("", "Olá")


@settings(max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from(["id", "text", "payload", "reply_to", "name", "language", "more"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        ),
    )
)
def test_any_body_of_a_known_visitor_gives_one_event(fields: dict[str, Any]) -> None:
    inbound = request({**fields, "token": TOKEN})
    event = only_event(inbound)
    assert isinstance(event, InboundMessage | Rejected)
    assert (CHAT.delivery_key(inbound) is not None) or isinstance(event, Rejected)


# --- what is sent, and the configuration


def test_an_answer_is_published_under_our_own_tag() -> None:
    (call,) = CHAT.build(OutboundMessage(tag="tag-1", destination=VISITOR, text="Oi"), CONFIG)
    assert call == LocalCall(label="publish", external_id="tag-1")
    assert CHAT.read(call, RawResponse(200, {}, b"")).external_id == "tag-1"


def test_origins_are_kept_in_one_spelling() -> None:
    cleaned = CHAT.clean_config(
        {"allowed_origins": ["https://WWW.Example.com/", "https://www.example.com:443"]}
    )
    assert cleaned == {"allowed_origins": ["https://www.example.com"]}


@pytest.mark.parametrize(
    "origin", ["www.example.com", "ftp://example.com", "https://example.com/path", "*", "https://"]
)
def test_what_is_no_web_origin_is_refused(origin: str) -> None:
    with pytest.raises(ConfigError) as caught:
        CHAT.clean_config({"allowed_origins": [origin]})
    assert "allowed_origins" in caught.value.fields


def test_a_chat_needs_no_configuration_at_all() -> None:
    assert CHAT.clean_config({}) == {}

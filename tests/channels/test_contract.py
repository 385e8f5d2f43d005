"""What every kind of channel keeps to, whichever it is. A new kind is covered by registering it.

It brings `tests/channels/<kind>/samples.py` with CONFIG, `proven(body)`, `unproven()`, `text_message()` and
`accepted(call)`; see docs/adding-a-channel.md.
"""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import Channel, json_schema
from channels.errors import BadPayload, ConfigError, Permanent, WebhookRejected
from channels.pollers import POLLERS
from channels.polling import Poller
from channels.registry import CHANNELS, choices, get
from channels.splitting import size
from channels.types import (
    ApiCall,
    Button,
    InboundEvent,
    InboundMessage,
    LocalCall,
    OutboundMessage,
    Rejected,
    Unsupported,
    WebhookRequest,
)

ROOT = Path(__file__).parents[2]
NOTHING_SAID = (Rejected, Unsupported)

HOSTILE = {
    "empty": b"",
    "white space": b" \n\t ",
    "an empty object": b"{}",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "a number": b"1",
    "truncated": b'{"id": 1, "message": ',
    "not JSON": b"id=1&text=x",
    "infinity": b'{"id": 1e999}',
    "NaN": b'{"id": NaN}',
    "a number of 5000 digits": b'{"id": ' + b"9" * 5000 + b"}",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 3000 + b"1" + b"}" * 3000,
    "deep inside": b'{"message": ' + b"[" * 500 + b"]" * 500 + b"}",
    "invalid UTF-8": b'{"text": "\xff\xfe"}',
    "UTF-16": '{"text": "x"}'.encode("utf-16"),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "wrong types": b'{"id": {}, "update_id": 1, "message": [], "from": [1], "text": {"a": 1}}',
    "negative": b'{"id": -1, "update_id": -1, "message": {"message_id": -5, "date": -1}}',
}


@pytest.fixture(params=sorted(CHANNELS))
def kind(request: pytest.FixtureRequest) -> Channel:
    return get(request.param)


@pytest.fixture
def samples(kind: Channel) -> ModuleType:
    return importlib.import_module(f"tests.channels.{kind.kind}.samples")


def events_of(
    kind: Channel, request: WebhookRequest, config: dict[str, object]
) -> list[InboundEvent]:
    """What comes of a request at the door and behind it; nothing when it is refused there."""
    try:
        kind.verify(request, config)
        key = kind.delivery_key(request)
        assert key is None or (isinstance(key, str) and key)
        return kind.parse(request, config)
    except (BadPayload, WebhookRejected):
        return []


# --- inbound


@pytest.mark.parametrize("name", HOSTILE)
def test_f12_f18_a_hostile_body_never_does_more_than_be_refused(kind, samples, name):
    request = samples.proven(HOSTILE[name])
    assert all(isinstance(e, NOTHING_SAID) for e in events_of(kind, request, samples.CONFIG))
    try:  # behind the door too: what is stored is parsed without another proof
        events = kind.parse(request, samples.CONFIG)
    except BadPayload:
        events = []
    assert all(isinstance(event, NOTHING_SAID) for event in events)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_f18_a_message_with_anything_changed_is_read_or_refused(kind, samples, data):
    body = bytearray(samples.text_message().body)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.integers(0, 255))
    for event in events_of(kind, samples.proven(bytes(body)), samples.CONFIG):
        assert isinstance(event, InboundEvent)


def test_a_plain_text_message_is_understood(kind, samples):
    (event,) = events_of(kind, samples.text_message(), samples.CONFIG)
    assert isinstance(event, InboundMessage)
    assert event.text == "Olá"
    assert event.sender.external_id
    assert 0 < len(event.dedupe_key) <= 255
    assert 0 < len(event.external_id) <= 255


def test_f05_the_same_delivery_has_the_same_keys(kind, samples):
    first, again = samples.text_message(), samples.text_message()
    assert kind.delivery_key(first) == kind.delivery_key(again)
    keys = {event.dedupe_key for r in (first, again) for event in kind.parse(r, samples.CONFIG)}
    assert len(keys) == 1


def test_f16_f17_what_no_database_can_keep_is_cleaned(kind, samples):
    body = samples.text_message().body.decode().replace("Ol\\u00e1", "a\\u0000b\\ud800c")
    (event,) = kind.parse(samples.proven(body.encode()), samples.CONFIG)
    assert event.text == "ab\ufffdc"


def test_f15_a_byte_order_mark_is_no_obstacle(kind, samples):
    body = b"\xef\xbb\xbf" + samples.text_message().body
    (event,) = kind.parse(samples.proven(body), samples.CONFIG)
    assert event.text == "Olá"


def test_f01_f02_what_does_not_prove_its_origin_is_refused(kind, samples):
    unproven = samples.unproven()
    # Without a secret there is nothing to prove; `check --deploy` warns of such kinds.
    assert bool(unproven) == any(field.secret for field in kind.fields)
    for request in unproven:
        with pytest.raises((WebhookRejected, BadPayload)):
            kind.verify(request, samples.CONFIG)


def test_f01_an_unset_secret_refuses_everything(kind, samples):
    secrets = [field.name for field in kind.fields if field.secret and field.generated]
    for name in secrets:
        for unset in ({}, {name: ""}, {name: None}):
            config = {k: v for k, v in samples.CONFIG.items() if k != name} | unset
            with pytest.raises(WebhookRejected):
                kind.verify(samples.text_message(), config)


def test_f07_a_get_is_answered_only_by_kinds_that_shake_hands(kind, samples):
    request = WebhookRequest("GET", {}, {"hub.challenge": "<script>"}, b"")
    reply = kind.handshake(request, samples.CONFIG)
    assert reply is None or (reply.status == 403 and "<script>" not in reply.body)


# --- outbound


def message(samples: ModuleType, kind: Channel, **fields: object) -> OutboundMessage:
    (event,) = kind.parse(samples.text_message(), samples.CONFIG)
    destination = event.destination or event.sender.external_id
    return OutboundMessage(tag="0192-tag", destination=destination, **fields)


def test_a_message_is_built_and_its_answer_read_back(kind, samples):
    calls = kind.build(message(samples, kind, text="Olá"), samples.CONFIG)
    assert calls
    for call in calls:
        assert isinstance(call, ApiCall | LocalCall)
        assert kind.read(call, samples.accepted(call)).external_id


def test_the_label_of_a_call_tells_no_secret(kind, samples):
    secrets = {samples.CONFIG[f.name] for f in kind.fields if f.secret and f.name in samples.CONFIG}
    for call in kind.build(message(samples, kind, text="Olá"), samples.CONFIG):
        assert call.label.isidentifier()
        assert call.label not in secrets


def test_building_is_pure(kind, samples):
    text = message(samples, kind, text="palavra " * 3000)
    assert list(kind.build(text, samples.CONFIG)) == list(kind.build(text, samples.CONFIG))


def test_f67_as_many_buttons_as_the_kind_can_are_taken(kind, samples):
    can = kind.capabilities
    payload = "x" * can.max_button_payload
    buttons = tuple(Button("T" * can.max_button_title, payload) for _ in range(can.max_buttons))
    assert kind.build(message(samples, kind, text="Qual?", buttons=buttons), samples.CONFIG)


def test_a_kind_whose_buttons_open_addresses_takes_such_a_one(kind, samples):
    buttons = (Button("Loja", url="https://loja.example/a"), Button("Sim", "yes"))
    if kind.capabilities.link_buttons:
        assert kind.build(message(samples, kind, text="Veja", buttons=buttons), samples.CONFIG)


def test_calls_around_a_message_do_not_need_a_message_id(kind, samples):
    destination = message(samples, kind).destination
    around = [*kind.acknowledge("1", samples.CONFIG), *kind.typing(destination, samples.CONFIG)]
    for call in around:
        answer = samples.accepted(call)
        kind.read(call, answer)
    if not kind.capabilities.typing:
        assert not kind.typing(destination, samples.CONFIG)


def test_an_impossible_destination_is_permanent_or_local(kind, samples):
    wrong = OutboundMessage(tag="t", destination="../\r\nX: y", text="oi")
    try:
        calls = kind.build(wrong, samples.CONFIG)
    except Permanent:
        return
    assert all(isinstance(call, LocalCall) for call in calls)


# --- what a kind says of itself


def test_its_name_is_its_key_and_its_folder(kind):
    assert CHANNELS[kind.kind] is kind
    assert (kind.kind, kind.label) in choices()
    assert (ROOT / "channels" / kind.kind / "__init__.py").exists()


def test_its_page_is_written(kind):
    page = (ROOT / "docs" / "channels" / f"{kind.kind}.md").read_text()
    for field in kind.fields:
        assert field.generated or f"`{field.name}`" in page, f"{field.name} is not explained"


def test_its_capabilities_fit_together(kind):
    can = kind.capabilities
    assert can.max_text >= 100
    assert size("é", can.text_unit) in (1, 2)
    assert (can.max_buttons > 0) == (can.max_button_title > 0) == (can.max_button_payload > 0)
    # The longest payload of our own is "faq:" and a UUID.
    assert not can.max_buttons or can.max_button_payload >= 40
    assert can.max_buttons or not can.link_buttons
    assert bool(can.attachments) == (can.max_attachment > 0)
    assert can.receipts <= {"delivered", "read"}


def test_its_sample_configuration_is_right_and_an_unknown_key_is_not(kind, samples):
    names = {field.name for field in kind.fields}
    own = {key: value for key, value in samples.CONFIG.items() if key in names}
    assert kind.clean_config(own) == own
    with pytest.raises(ConfigError):
        kind.clean_config(own | {"surprise": "1"})
    for field in kind.fields:
        if field.required and not field.generated:
            with pytest.raises(ConfigError) as caught:
                kind.clean_config({k: v for k, v in own.items() if k != field.name})
            assert field.name in caught.value.fields


def test_its_schema_asks_for_no_generated_value_and_marks_secrets(kind):
    schema = json_schema(kind.fields)
    for field in kind.fields:
        assert (field.name in schema["properties"]) != field.generated
        if field.secret and not field.generated:
            assert schema["properties"][field.name]["writeOnly"] is True


def test_a_kind_that_polls_has_a_poller(kind, samples):
    if any(kind.polls(samples.CONFIG, url) for url in ("", "https://desk.example.com")):
        assert isinstance(POLLERS[kind.kind](samples.CONFIG), Poller)
    else:
        assert kind.kind not in POLLERS

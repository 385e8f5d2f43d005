"""Every update gives the events it should, whatever its shape; one file in payloads/ is one case."""

import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import telegram
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import constants

from channels.errors import BadPayload
from channels.registry import get
from channels.telegram import parse as parsing
from channels.types import InboundMessage, Rejected, Unsupported
from tests.channels.telegram.samples import CONFIG, request

TELEGRAM = get("telegram")
PAYLOADS = Path(__file__).parent / "payloads"
CASES = {path.stem: json.loads(path.read_text()) for path in sorted(PAYLOADS.glob("*.json"))}


def plain(value: Any) -> Any:
    """An event as JSON would hold it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value


def told(event: Any, expected: Any) -> Any:
    """Of `event` only what `expected` names, so that a case lists what it is about."""
    if isinstance(expected, dict) and isinstance(event, dict):
        return {key: told(event.get(key), wanted) for key, wanted in expected.items()}
    if isinstance(expected, list) and isinstance(event, list) and len(event) == len(expected):
        return [told(one, wanted) for one, wanted in zip(event, expected, strict=True)]
    return event


@pytest.mark.parametrize("name", CASES)
def test_an_update_gives_its_events(name):
    case = CASES[name]
    events = TELEGRAM.parse(request(case["update"]), CONFIG)
    shown = [{"event": type(event).__name__} | plain(dataclasses.asdict(event)) for event in events]
    assert told(shown, case["events"]) == case["events"], case["about"]


@pytest.mark.parametrize("name", [n for n in CASES if not n.startswith(("hostile", "odd"))])
def test_the_library_reads_the_same_out_of_it(name):
    """An oracle: python-telegram-bot's own reading of updates that are as they should be."""
    update = CASES[name]["update"]
    (event,) = TELEGRAM.parse(request(update), CONFIG)
    theirs = telegram.Update.de_json(update, None)
    assert TELEGRAM.delivery_key(request(update)) == str(theirs.update_id)
    if not isinstance(event, InboundMessage):
        return
    said = theirs.message or theirs.callback_query
    if theirs.message:
        assert event.external_id == str(said.message_id)
        assert event.sent_at == said.date
        assert event.destination.split(":")[0] == str(said.chat.id)
        assert bool(event.attachments) == (
            theirs.message.effective_attachment is not None and name not in ("poll", "story")
        )
    else:
        assert (event.payload, event.interaction_id) == (said.data, said.id)
    if not said.from_user.is_bot:
        assert event.sender.name == said.from_user.full_name


def test_our_constants_are_the_librarys():
    assert parsing.ANONYMOUS_ADMIN == constants.ChatID.ANONYMOUS_ADMIN
    assert parsing.FAKE_CHANNEL == constants.ChatID.FAKE_CHANNEL
    assert parsing.SERVICE_CHAT == constants.ChatID.SERVICE_CHAT
    assert set(parsing.UPDATES) <= set(constants.UpdateType)


def test_a_group_without_the_bots_name_known_is_not_answered_by_guess():
    facts = {key: value for key, value in CONFIG.items() if key not in ("username", "bot_id")}
    for name in ("group_mention_after_emoji", "group_reply_to_bot", "command_for_us_in_group"):
        (event,) = TELEGRAM.parse(request(CASES[name]["update"]), facts)
        assert isinstance(event, InboundMessage)
        assert not event.addressed


def test_f16_f17_text_is_as_every_database_can_keep_it():
    body = json.dumps(CASES["text"]["update"]).replace("Onde", "a\\u0000b\\ud800c").encode()
    (event,) = TELEGRAM.parse(request(body), CONFIG)
    assert event.text.startswith("ab\ufffdc")


@pytest.mark.parametrize(
    "number", ["x", None, True, 1.5, 2**63, [], {}], ids=lambda number: repr(number)[:20]
)
def test_f18_an_update_without_a_number_is_unreadable(number):
    update = {**CASES["text"]["update"], "update_id": number}
    with pytest.raises(BadPayload):
        TELEGRAM.delivery_key(request(update))
    with pytest.raises(BadPayload):
        TELEGRAM.parse(request(update), CONFIG)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["private", "group", "supergroup", "kicked", "member", "/start@x y"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every value inside `value` is."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            found += paths(entry, (*path, key))
    return found


@settings(max_examples=400)
@given(data=st.data())
def test_f18_any_value_of_any_type_anywhere_never_breaks_the_parser(data):
    update = json.loads(json.dumps(CASES[data.draw(st.sampled_from(sorted(CASES)))]["update"]))
    *way, last = data.draw(st.sampled_from(paths(update)))
    place = update
    for step in way:
        place = place[step]
    if data.draw(st.booleans()):
        place[last] = data.draw(json_values)
    else:
        del place[last]
    try:
        events = TELEGRAM.parse(request(update), CONFIG)
    except BadPayload:
        return
    for event in events:
        assert isinstance(event, Unsupported | Rejected) or plain(dataclasses.asdict(event))
        if isinstance(event, InboundMessage):
            assert isinstance(event.text, str)
            assert len(event.dedupe_key) <= 255
            assert len(event.external_id) <= 255
            assert len(event.thread_key) <= 255
            assert all(len(a.platform_id) <= 500 for a in event.attachments)
            assert all(a.size is None or 0 <= a.size < 2**63 for a in event.attachments)

"""The recorded payloads that are kept beside the repository, where they are there, give what they promise."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from channels.errors import BadPayload, WebhookRejected
from channels.registry import get
from channels.types import (
    ContactReachability,
    InboundEvent,
    InboundMessage,
    MessageEdited,
    StatusUpdate,
    WebhookRequest,
)
from tests.channels.telegram.samples import CONFIG, SECRET

TELEGRAM = get("telegram")
FOLDER = Path(__file__).parents[4] / "shared" / "payloads" / "telegram"
FILES = sorted(FOLDER.glob("*.json"))

pytestmark = pytest.mark.skipif(not FILES, reason="the recorded payloads are not on this machine")


def requests(case: dict[str, Any]) -> Iterator[WebhookRequest]:
    headers = {
        name.lower(): value.replace("{{TELEGRAM_SECRET}}", SECRET)
        for name, value in case["headers"].items()
    }
    for delivery in case.get("sequence", [case]):
        if "raw_body_b64" in delivery:
            body = base64.b64decode(delivery["raw_body_b64"])
        elif "raw_body" in delivery:
            body = delivery["raw_body"].encode()
        else:
            body = json.dumps(delivery["body"]).encode()
        yield WebhookRequest("POST", headers, {}, body)


def receive(case: dict[str, Any]) -> tuple[set[int], list[InboundEvent]]:
    """The answers of the door and the events of the file, each delivery and each item once."""
    statuses, events, seen = set(), [], set()
    for request in requests(case):
        try:
            TELEGRAM.verify(request, CONFIG)
            key = TELEGRAM.delivery_key(request)
        except WebhookRejected:
            statuses.add(403)
            continue
        except BadPayload:
            statuses.add(400)
            continue
        statuses.add(200)
        if key not in seen:
            seen.add(key)
            events += TELEGRAM.parse(request, CONFIG)
    return statuses, events


def shown(event: InboundEvent) -> dict[str, Any] | None:
    """An event in the words of the payloads' README; None when nothing for the bot or a contact comes of it."""
    if isinstance(event, InboundMessage):
        at = event.sent_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if event.sent_at else None
        return {
            "kind": "message",
            "external_id": event.external_id,
            "contact_external_id": event.sender.external_id,
            "contact_name": event.sender.name,
            "text": event.text,
            "reply_to": event.reply_to,
            "timestamp": at,
            "status": None,
            "conversation": event.destination,
            "payload": event.payload,
            "command": event.command,
            "command_args": event.command_args,
            "forwarded": event.forwarded,
        }
    if isinstance(event, MessageEdited):
        return {
            "kind": "event",
            "event": "message_edited",
            "external_id": event.external_id,
            "contact_external_id": event.sender.external_id,
            "text": event.text,
        }
    if isinstance(event, ContactReachability):
        return {
            "kind": "event",
            "event": "contact_unblocked" if event.reachable else "contact_blocked",
            "contact_external_id": event.sender.external_id,
        }
    assert not isinstance(event, StatusUpdate), "the platform has no receipts"
    return None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recorded_payload_gives_its_expected_result(path):
    case = json.loads(path.read_text())
    expected = case["expected"]
    statuses, events = receive(case)
    assert statuses <= set(expected["http_status"])

    ours = [entry for entry in map(shown, events) if entry]
    theirs = [entry for entry in expected["events"] if entry["kind"] != "ignored"]
    assert len(ours) == len(theirs)
    for mine, wanted in zip(ours, theirs, strict=True):
        prescribed = {
            k: v for k, v in wanted.items() if k in mine and (k != "text" or v is not None)
        }
        assert {key: mine[key] for key in prescribed} == prescribed

    attached = [
        a for event in events if isinstance(event, InboundMessage) for a in event.attachments
    ]
    wanted_attached = [a for entry in theirs for a in entry.get("attachments", [])]
    assert len(attached) == len(wanted_attached)
    for mine_attached, wanted in zip(attached, wanted_attached, strict=True):
        facts = dict(mine_attached.data) | {
            "type": mine_attached.type,
            "id": mine_attached.platform_id,
            "mime": mine_attached.mime,
            "name": mine_attached.name,
            "size": mine_attached.size,
        }
        assert {key: facts[key] for key in wanted} == wanted

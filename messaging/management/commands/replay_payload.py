"""Feeds a recorded webhook through the real path, as if the platform had just sent it."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

import channels.registry
from channels.errors import BadPayload
from channels.types import WebhookRequest
from messaging.models import Channel, Delivery
from messaging.services import inbound, turns
from messaging.webhooks import store


class Command(BaseCommand):
    help = "Feed a recorded payload (a webhook body, or a recorded case with `body`) through the real path."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=sorted(channels.registry.CHANNELS))
        parser.add_argument("file", type=Path)
        parser.add_argument("--channel", type=UUID, help="which one, when several are connected")

    def handle(self, *args: Any, **options: Any) -> None:
        channel = self._channel(options["kind"], options["channel"])
        for body in _bodies(options["file"]):
            request = WebhookRequest("POST", {"content-type": "application/json"}, {}, body)
            try:
                key = channel.adapter.delivery_key(request)
            except BadPayload as error:
                raise CommandError(f"unreadable: {error}") from None
            before = set(channel.deliveries.values_list("pk", flat=True))
            store(channel.pk, key, body)
            inbound.ingest_pending()
            handled = turns.handle_pending()
            new = Delivery.objects.filter(channel=channel).exclude(pk__in=before).first()
            state = f"{new.state} {new.reason}".strip() if new else "seen before"
            self.stdout.write(f"{state}; {handled} messages handled")

    def _channel(self, kind: str, pk: UUID | None) -> Channel:
        rows = Channel.connected.filter(kind=kind)
        if pk:
            rows = rows.filter(pk=pk)
        channel = rows.first()
        if channel is None:
            raise CommandError(f"no {kind} channel is connected: see createchannel")
        return channel


def _bodies(file: Path) -> list[bytes]:
    """The body or bodies of a recorded case; any other file is one body as it is."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    try:
        case = json.loads(raw)
    except ValueError:
        return [raw]
    if not isinstance(case, dict):
        return [raw]
    steps = case.get("sequence", [case])
    if not all(isinstance(step, dict) and {"body", "raw_body"} & set(step) for step in steps):
        return [raw]
    return [
        step["raw_body"].encode() if "raw_body" in step else json.dumps(step["body"]).encode()
        for step in steps
    ]

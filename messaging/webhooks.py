"""The door every webhook comes in by: prove who it is, store it, answer. Nothing is thought about here.

Stored before it is answered (2xx means committed); a repetition is answered like the first.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection

import channels.registry
from bot.ids import new_id
from channels.base import Channel as Kind
from channels.errors import BadPayload, WebhookRejected
from channels.types import WebhookReply, WebhookRequest
from messaging import requestid
from messaging.models import Channel, Delivery
from messaging.nudges import nudge_inbound
from messaging.services.counters import count

log = logging.getLogger(__name__)

MAX_BODY = 4_000_000  # bytes; Meta sends up to 3 MB (F-11)
# By hand: this is the busiest statement of the web process, and Django's way to it costs three times as much.
_INSERT = (
    "INSERT INTO messaging_delivery (id, channel_id, platform_key, headers, body, state, reason) "
    "VALUES (%s, %s, %s, '{}', %s, %s, %s) ON CONFLICT DO NOTHING"
)
_CACHE_SECONDS = 1.0  # how long a change of a channel may go unnoticed at the door


@dataclass(frozen=True, slots=True)
class _Door:
    """What the door needs to know of a channel."""

    id: UUID
    adapter: Kind
    enabled: bool
    config: dict[str, Any]


_doors: dict[UUID, tuple[float, _Door | None]] = {}
_doors_lock = threading.Lock()


def accept(kind: str, channel_id: str, request: WebhookRequest) -> WebhookReply:
    """Store one webhook and answer it. Never raises.

    200 stored (or seen before, or the channel is switched off); 204 a browser's preflight; 400 unreadable;
    403 not proven; 404 no such channel; 405, 413, 415 not a webhook; 503 it could not be stored: send it again.
    """
    shared: Mapping[str, str] = {}
    try:
        door = _door(kind, channel_id)
        if door is None:
            return _error(404, "not_found", "Not found.")
        shared = door.adapter.cross_origin_headers(request, door.config)
        reply = _through(door, request, preflight=bool(shared))
    except WebhookRejected as error:
        _count_refused(channel_id, str(error))
        reply = _error(403, "forbidden", "This request could not be verified.")
    except BadPayload as error:
        reply = _error(400, "bad_payload", str(error))
    except DatabaseError as error:
        log.error("webhook_not_stored", extra={"error": type(error).__name__})  # noqa: TRY400
        reply = _error(503, "unavailable", "Try again later.", retry_after=5)
    return replace(reply, headers={**reply.headers, **shared}) if shared else reply


def _through(door: _Door, request: WebhookRequest, *, preflight: bool) -> WebhookReply:
    if request.method == "OPTIONS" and preflight:
        return WebhookReply(status=204)
    if request.method == "GET":
        reply = door.adapter.handshake(request, door.config)
        return reply or _not_allowed(preflight)
    if request.method != "POST":
        return _not_allowed(preflight)
    if len(request.body) > MAX_BODY:
        return _error(413, "too_large", "The body is too large.")
    if not _content_type_ok(request, door.adapter):
        return _error(415, "unsupported_media_type", "Send UTF-8 JSON.")
    door.adapter.verify(request, door.config)
    key = door.adapter.delivery_key(request)
    store(door.id, key, request.body, enabled=door.enabled)
    return WebhookReply()


def store(channel: UUID, platform_key: str | None, body: bytes, *, enabled: bool = True) -> None:
    """Commit one raw delivery; one with a known `platform_key` is left as it is."""
    state = Delivery.State.PENDING if enabled else Delivery.State.IGNORED
    native = connection.features.has_native_uuid_field
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            (
                new_id() if native else new_id().hex,
                channel if native else channel.hex,
                platform_key[:255] if platform_key else None,
                body,
                state.value,
                "" if enabled else "channel disabled",
            ),
        )
    if enabled:
        nudge_inbound()


def _door(kind: str, channel_id: str) -> _Door | None:
    try:
        pk = UUID(channel_id)
    except ValueError:
        return None
    now = time.monotonic()
    known = _doors.get(pk)
    if known is None or known[0] < now:
        known = (now + _CACHE_SECONDS, _load(pk))
        with _doors_lock:
            if len(_doors) > 1000:  # a scan of random ids must not fill the memory
                _doors.clear()
            _doors[pk] = known
    door = known[1]
    return door if door and door.adapter.kind == kind else None


def _load(pk: UUID) -> _Door | None:
    row = Channel.connected.filter(pk=pk).first()
    if row is None or row.kind not in channels.registry.CHANNELS:
        return None
    return _Door(row.pk, row.adapter, row.enabled, row.runtime_config())


def _content_type_ok(request: WebhookRequest, adapter: Kind) -> bool:
    media_type, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip(' "')
    return (
        media_type.strip() in ("", *adapter.content_types)
        and charset in ("", "utf-8", "utf8")
        and request.headers.get("content-encoding", "identity").lower() in ("", "identity")
    )


_refused_at: dict[str, float] = {}


def _count_refused(channel_id: str, reason: str) -> None:
    """Count at most once a second for each channel: a flood of forgeries must not become a flood of writes."""
    now = time.monotonic()
    if now - _refused_at.get(channel_id, 0.0) < 1.0:
        return
    _refused_at[channel_id] = now
    log.warning("webhook_refused", extra={"channel": channel_id, "reason": reason})
    try:
        count("webhooks_refused", channel_id)
    except DatabaseError:
        log.warning("webhook_refused_not_counted", extra={"channel": channel_id})


def _not_allowed(preflight: bool) -> WebhookReply:
    allow = {"Allow": "POST, OPTIONS" if preflight else "POST"}
    return replace(_error(405, "method_not_allowed", "Use POST."), headers=allow)


def _error(status: int, code: str, detail: str, *, retry_after: int | None = None) -> WebhookReply:
    body = {"detail": detail, "code": code, "request_id": requestid.current()}
    return WebhookReply(
        status=status,
        body=json.dumps(body),
        content_type="application/json",
        retry_after=retry_after,
    )

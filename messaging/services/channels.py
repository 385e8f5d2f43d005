"""Connecting, changing, checking and removing channels."""

import logging
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

import channels.registry
from channels.base import Channel as Kind
from channels.base import Setup
from channels.errors import AccountProblem, ConfigError, SendError
from messaging.models import Channel, MessageStatus
from messaging.services.errors import Invalid, NotVisible

log = logging.getLogger(__name__)

_RECHECK = timedelta(minutes=1)


def create(*, kind: str, name: str, config: dict[str, Any], enabled: bool = True) -> Channel:
    """Connect a channel: check its configuration, tell the platform where to deliver.

    Raises Invalid when a value is wrong or the platform refuses the credentials; a platform that cannot be
    reached leaves the channel `unreachable`, and it is tried again.
    """
    if kind not in channels.registry.CHANNELS:
        raise Invalid({"kind": "There is no such kind of channel."})
    if not name.strip():
        raise Invalid({"name": "A channel needs a name."})
    adapter = channels.registry.get(kind)
    channel = Channel(kind=kind, name=name.strip(), enabled=enabled)
    channel.config = _cleaned(adapter, config)
    for field in adapter.fields:
        if field.generated and field.secret:
            channel.config[field.name] = secrets.token_urlsafe(32)
    channel.save()
    try:
        _connect(channel)
    except AccountProblem as error:
        channel.delete()
        raise Invalid({"config": f"The platform refused it: {error.detail}"}) from None
    return channel


def update(
    *,
    channel: UUID,
    name: str | None = None,
    config: dict[str, Any] | None = None,
    enabled: bool | None = None,
) -> Channel:
    """Change a channel; keys that are not in `config` keep their value. Raises Invalid, NotVisible."""
    row = _get(channel)
    if name is not None:
        if not name.strip():
            raise Invalid({"name": "A channel needs a name."})
        row.name = name.strip()
    if enabled is not None:
        row.enabled = enabled
    if config is not None:
        generated = {f.name for f in row.adapter.fields if f.generated}
        kept = {k: v for k, v in (row.config or {}).items() if k in generated}
        asked = {k: v for k, v in (row.config or {}).items() if k not in generated} | config
        row.config = _cleaned(row.adapter, asked) | kept
        row.paused_until, row.pause_reason = None, ""
        try:
            _connect(row, save=False)
        except AccountProblem as error:
            raise Invalid({"config": f"The platform refused it: {error.detail}"}) from None
    row.save()
    return row


def check(*, channel: UUID) -> Channel:
    """Verify the credentials with the platform again; the channel's health says how it went."""
    row = _get(channel)
    try:
        _connect(row)
    except AccountProblem as error:
        row.health, row.health_detail = Channel.Health.REFUSED, error.detail[:300]
        row.checked_at = timezone.now()
        row.save()
    return row


def delete(*, channel: UUID) -> None:
    """Take a channel off its platform. Its conversations stay readable; its secrets go."""
    row = _get(channel)
    try:
        row.adapter.disconnect(row.runtime_config())
    except SendError as error:
        log.warning("disconnect_failed", extra={"channel": str(row.pk), "error": error.code})
    with transaction.atomic():
        row.messages.filter(status__in=(MessageStatus.QUEUED, MessageStatus.RETRY_WAIT)).update(
            status=MessageStatus.CANCELLED
        )
        row.deleted_at = timezone.now()
        row.enabled = False
        row.config = {}
        row.save()


def pause(channel: UUID, seconds: float, reason: str) -> None:
    """Send nothing on a channel for a while (F-62); an earlier pause is never shortened."""
    until = Now() + timedelta(seconds=seconds)
    shorter = Q(paused_until=None) | Q(paused_until__lt=until)
    Channel.objects.filter(shorter, pk=channel).update(
        paused_until=until, pause_reason=reason[:100]
    )
    log.warning(
        "channel_paused", extra={"channel": str(channel), "seconds": seconds, "reason": reason}
    )


def refused(channel: UUID, detail: str) -> None:
    """The platform refused our account while sending: stop the channel until it is checked (F-64)."""
    Channel.objects.filter(pk=channel).update(
        health=Channel.Health.REFUSED, health_detail=detail[:300], checked_at=timezone.now()
    )
    pause(channel, 3600, "account")


def retry_unreachable() -> int:
    """Connect the channels again whose platform could not be reached; answers how many were tried."""
    rows = Channel.connected.filter(enabled=True, health=Channel.Health.UNREACHABLE).filter(
        Q(checked_at=None) | Q(checked_at__lt=timezone.now() - _RECHECK)
    )
    tried = 0
    for pk in list(rows.values_list("pk", flat=True)):
        check(channel=pk)
        tried += 1
    return tried


def _connect(row: Channel, *, save: bool = True) -> None:
    """Let the kind register itself; raises AccountProblem, notes everything else in the health."""
    try:
        facts = row.adapter.connect(row.runtime_config(), Setup(webhook_url=row.webhook_url()))
    except AccountProblem:
        raise
    except SendError as error:
        row.health, row.health_detail = Channel.Health.UNREACHABLE, error.detail[:300]
    else:
        row.facts = facts
        row.health, row.health_detail = Channel.Health.OK, ""
        row.paused_until, row.pause_reason = None, ""
    row.checked_at = timezone.now()
    if save:
        row.save()


def _cleaned(adapter: Kind, config: dict[str, Any]) -> dict[str, Any]:
    known = {f.name for f in adapter.fields if f.generated}
    generated = sorted(known & set(config))
    if generated:
        raise Invalid({f"config.{key}": "is made by Balcão" for key in generated})
    try:
        return adapter.clean_config(config)
    except ConfigError as error:
        raise Invalid({f"config.{key}": why for key, why in error.fields.items()}) from None


def _get(pk: UUID) -> Channel:
    row = Channel.connected.filter(pk=pk).first()
    if row is None:
        raise NotVisible
    return row

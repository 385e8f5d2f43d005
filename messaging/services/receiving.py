"""The database's side of polling: which channels, from where, what came, how it goes."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

import channels.registry
from channels.errors import AccountProblem, SendError
from channels.polling import Batch
from messaging.models import Channel, Delivery
from messaging.nudges import nudge_inbound
from messaging.services.contention import atomically

log = logging.getLogger(__name__)

# After a quiet week the platform's numbers start anywhere, and an old confirmation would swallow new
# messages; it keeps nothing for more than a day, so after a day there is nothing left to confirm.
CONFIRMATION_IS_OLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Source:
    """A channel to be polled. Two are equal when nothing that matters for polling has changed."""

    channel: UUID
    kind: str
    config: dict[str, Any] = field(repr=False)


def sources() -> list[Source]:
    """The channels that are to be polled now."""
    found = []
    for row in Channel.connected.filter(enabled=True).order_by("pk"):
        if row.kind not in channels.registry.CHANNELS or not row.config_readable:
            continue
        # Without the facts: learning them is no reason to begin anew.
        config = {**settings.CHANNEL_DEFAULTS.get(row.kind, {}), **row.config}
        if row.adapter.polls(config, settings.PUBLIC_URL):
            found.append(Source(row.pk, row.kind, config))
    return found


def to_confirm(channel: UUID) -> int | None:
    """What the next poll should confirm; None when that is so old that it means nothing any more."""
    recent = Delivery.objects.filter(
        channel_id=channel, received_at__gt=Now() - CONFIRMATION_IS_OLD
    )
    if not recent.exists():
        return None
    return Channel.objects.filter(pk=channel).values_list("poll_offset", flat=True).first()


def keep(channel: UUID, batch: Batch) -> int:
    """Commit a batch, and with it what may be confirmed; answers how many of it were new."""

    def store() -> int:
        keys = [item.key for item in batch.items]
        known = Delivery.objects.filter(channel_id=channel, platform_key__in=keys).count()
        Delivery.objects.bulk_create(
            [
                Delivery(channel_id=channel, platform_key=item.key, body=item.body)
                for item in batch.items
            ],
            ignore_conflicts=True,
        )
        Channel.objects.filter(pk=channel).update(poll_offset=batch.confirm)
        nudge_inbound()
        return len(keys) - known

    return atomically(store)


def polling_works(channel: UUID, facts: dict[str, Any]) -> None:
    """The platform let us in; `facts` are what it told about the account."""
    changed = Channel.objects.filter(pk=channel).update(
        facts=facts, health=Channel.Health.OK, health_detail="", checked_at=timezone.now()
    )
    if changed:
        log.info("polling", extra={"channel": str(channel)})


def polling_failed(channel: UUID, error: SendError) -> None:
    """The platform refused us or could not be reached; the channel says so until it works again."""
    refused = isinstance(error, AccountProblem)
    health = Channel.Health.REFUSED if refused else Channel.Health.UNREACHABLE
    row = Channel.objects.filter(pk=channel)
    if not row.filter(health=health, health_detail=error.detail[:300]).exists():
        log.warning("polling_failed", extra={"channel": str(channel), "reason": error.detail})
    row.update(health=health, health_detail=error.detail[:300], checked_at=timezone.now())

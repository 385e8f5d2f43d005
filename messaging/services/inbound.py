"""From raw deliveries to contacts, conversations and messages. The bot comes after: `messaging.services.turns`.

One ingester a channel at a time, deliveries in the order they came: that alone keeps the order of a
conversation, whatever the shape of the batches. Each delivery is a savepoint, so that a broken one takes no
other down with it.
"""

import logging
from collections import Counter
from collections.abc import Collection
from typing import assert_never
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from channels.errors import BadPayload
from channels.types import (
    AddressChanged,
    ContactReachability,
    HumanEcho,
    InboundEvent,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Rejected,
    StatusUpdate,
    Unsupported,
    WebhookRequest,
)
from messaging.models import Channel, Delivery
from messaging.nudges import nudge_inbound
from messaging.services import arrivals, courtesy, receipts
from messaging.services.contention import DATABASE_TROUBLE, atomically
from messaging.services.counters import count_all

log = logging.getLogger(__name__)

_BATCH = 100
_State = Delivery.State


def ingest_pending() -> int:
    """Store what waits on all channels; answers how many deliveries were settled."""
    waiting = Delivery.objects.filter(state=_State.PENDING).order_by()
    return sum(_drain(pk) for pk in waiting.values_list("channel", flat=True).distinct())


def replay(deliveries: Collection[UUID]) -> int:
    """Handle these deliveries once more, after a mend; what they already brought is not doubled."""
    with transaction.atomic():
        again = Delivery.objects.filter(pk__in=deliveries).exclude(state=_State.PENDING)
        n = again.update(state=_State.PENDING, reason="")
        nudge_inbound()
    return n


def _drain(channel: UUID) -> int:
    settled = 0
    while True:
        batch = _ingest_batch(channel)
        settled += batch
        if batch < _BATCH:
            return settled


def _ingest_batch(channel_id: UUID) -> int:
    """Up to a batch of one channel in one transaction; 0 when another process is at it."""
    settled, manners, channel = atomically(lambda: _ingest_locked(channel_id))
    if channel is not None:
        manners.show(channel)
    return settled


def _ingest_locked(channel_id: UUID) -> tuple[int, courtesy.Manners, Channel | None]:
    manners = courtesy.Manners()
    channel = _lock_channel(channel_id)
    if channel is None:
        return 0, manners, None
    rows = list(_pending(channel_id)[:_BATCH])
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        _settle(channel, row, counts, manners)
    Delivery.objects.bulk_update(rows, ["state", "reason"])
    count_all(counts)
    if rows:
        nudge_inbound()
    return len(rows), manners, channel


def _pending(channel_id: UUID) -> QuerySet[Delivery]:
    return Delivery.objects.filter(channel=channel_id, state=_State.PENDING).order_by("id")


def _lock_channel(pk: UUID) -> Channel | None:
    """The channel, locked against a second ingester but not against new deliveries.

    SQLite has one writer at a time anyway.
    """
    rows = Channel.objects.filter(pk=pk)
    if connection.features.has_select_for_no_key_update:
        rows = rows.select_for_update(skip_locked=True, no_key=True)
    return rows.first()


def _settle(
    channel: Channel, row: Delivery, counts: Counter[tuple[str, str]], manners: courtesy.Manners
) -> None:
    """Give one delivery its final state."""
    try:
        with transaction.atomic():
            row.state, row.reason = _ingest(channel, row, counts, manners)
    except BadPayload as error:
        row.state, row.reason = _State.REJECTED, str(error)[:300]
    except DATABASE_TROUBLE:
        raise  # not the delivery's fault: all of the batch is done again
    except Exception as error:
        # A field the parser did not expect: kept for a replay after the mend (F-39).
        log.exception("delivery_failed", extra={"delivery": str(row.pk)})
        row.state, row.reason = _State.ERROR, type(error).__name__


def _ingest(
    channel: Channel, row: Delivery, counts: Counter[tuple[str, str]], manners: courtesy.Manners
) -> tuple[str, str]:
    request = WebhookRequest("POST", row.headers, {}, bytes(row.body))
    events = channel.adapter.parse(request, channel.runtime_config())
    rejected = [event.reason for event in events if isinstance(event, Rejected)]
    ignored = [event.kind for event in events if isinstance(event, Unsupported)]
    for event in events:
        _apply(channel, event, counts, manners)
    if len(rejected) + len(ignored) < len(events):
        return _State.HANDLED, "; ".join(rejected)[:300]
    if rejected:
        return _State.REJECTED, "; ".join(rejected)[:300]
    return _State.IGNORED, ", ".join(ignored)[:300] or "nothing in it"


def _apply(
    channel: Channel,
    event: InboundEvent,
    counts: Counter[tuple[str, str]],
    manners: courtesy.Manners,
) -> None:
    match event:
        case InboundMessage():
            if event.interaction_id:
                manners.acknowledge(event.interaction_id)
            stored = arrivals.store_message(channel, event)
            if stored:
                counts["messages_in", str(channel.pk)] += 1
                if stored.conversation.owner == "bot" and event.addressed and not event.automatic:
                    manners.typing(stored.conversation.destination)
        case MessageEdited():
            arrivals.edit_message(channel, event)
        case MessageDeleted():
            arrivals.delete_message(channel, event)
        case StatusUpdate():
            receipts.receive(channel=channel.pk, update=event)
        case ContactReachability():
            arrivals.set_reachability(channel, event)
        case AddressChanged():
            arrivals.change_address(channel, event.old, event.new)
        case HumanEcho():
            arrivals.store_echo(channel, event)
        case Unsupported() | Rejected():
            pass
        case _:
            assert_never(event)

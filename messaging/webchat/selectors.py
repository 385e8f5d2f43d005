"""What a visitor may see: the messages of the own conversations on this channel, and nothing else.

Notes and events are other rows and never come here. An answer shows when the sender has let it go,
so that one which was cancelled while it waited is never seen.

A visitor reads on from a *cursor*: the id of any message seen. Ids carry the time they were made,
but rows are committed out of order and an answer shows later than it was made. So a little more
than asked for is read again, and the reader drops by id what it has.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from messaging.models import Attachment, Channel, Direction, Message, MessageStatus

KIND = "webchat"
SHOWN = (
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.READ,
    # Its sender died between two commits. Showing it is what settles it, and shows it once.
    MessageStatus.UNCERTAIN,
)
UNDELIVERED = (MessageStatus.SENT, MessageStatus.UNCERTAIN)
WINDOW = timedelta(seconds=15)  # read again before a cursor
LIVE_AGE = timedelta(days=2)  # a stream looks for nothing made earlier
PAGE = 200  # messages in one answer

VisitorKey = tuple[UUID, str]  # channel, visitor id


def enabled_channel(channel_id: UUID | None = None) -> Channel | None:
    """The web chat with this id, or the oldest one; None when there is none that works."""
    rows = Channel.connected.filter(kind=KIND, enabled=True).order_by("id")
    if channel_id is not None:
        rows = rows.filter(id=channel_id)
    return next((row for row in rows if row.config_readable), None)


def messages_of(visitor: VisitorKey, *, after: UUID | None = None) -> list[Message]:
    """The visitor's latest messages, oldest first; with a cursor those that came after it."""
    rows = _visible([visitor])
    if after is not None:
        since = time_of(after) - WINDOW
        rows = rows.filter(_shown_since(since)).exclude(id=after)
    return sorted(rows.order_by("-id")[:PAGE], key=lambda row: row.id)


def live_messages(
    visitors: Collection[VisitorKey], now: datetime
) -> list[tuple[VisitorKey, Message]]:
    """What became visible to any of these visitors just now, each message with its reader."""
    rows = (
        _visible(visitors)
        .filter(_shown_since(now - WINDOW), id__gt=first_id(now - LIVE_AGE))
        .annotate(visitor=F("contact__addresses__external_id"))
        .order_by("id")
    )
    return [((row.channel_id, row.visitor), row) for row in rows]


def undelivered(rows: Iterable[Message]) -> list[UUID]:
    """Those answers among `rows` that nobody has been seen to receive."""
    return [row.id for row in rows if row.status in UNDELIVERED]


def unread(visitor: VisitorKey, *, up_to: UUID) -> list[UUID]:
    """The newest answers up to this one that the visitor has not read."""
    rows = _visible([visitor]).filter(direction=Direction.OUT, id__lte=up_to)
    rows = rows.exclude(status=MessageStatus.READ)
    return list(rows.order_by("-id").values_list("id", flat=True)[:PAGE])


def attachment_of(visitor: VisitorKey, attachment_id: UUID) -> Attachment | None:
    """A stored file of a message the visitor can see."""
    return Attachment.objects.filter(
        id=attachment_id, state=Attachment.State.STORED, message__in=_visible([visitor])
    ).first()


def present(row: Message) -> dict[str, Any]:
    """A message as the page gets it. Of colleagues it says a name, and whether it is their turn (`owner`)."""
    return {
        "id": str(row.id),
        "external_id": row.external_id or None,
        "direction": row.direction,
        "sender": row.sender,
        "agent": row.agent.name if row.agent else None,
        "text": row.text,
        "buttons": [
            {key: button[key] for key in ("title", "payload", "url") if key in button}
            for button in row.buttons
        ],
        "attachments": [
            {
                "id": str(file.id),
                "type": file.type,
                "name": file.name,
                "mime": file.mime,
                "size": file.size,
            }
            for file in row.attachments.all()
        ],
        "reply_to": str(row.reply_to_id) if row.reply_to_id else None,
        "status": row.status,
        "owner": row.conversation.owner,
        "created_at": row.created_at.astimezone(UTC).isoformat(),
    }


def time_of(cursor: UUID) -> datetime:
    """When the message with this id was made. Raises ValueError for an id that is not ours."""
    if cursor.version != 7:
        raise ValueError("not a cursor")
    return datetime.fromtimestamp((cursor.int >> 80) / 1000, UTC)


def first_id(moment: datetime) -> UUID:
    """The lowest id a message made at this time can have."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _visible(visitors: Collection[VisitorKey]) -> QuerySet[Message]:
    """The messages these visitors may see."""
    return (
        Message.objects.filter(
            Q(direction=Direction.IN) | Q(status__in=SHOWN),
            channel__in={channel for channel, _ in visitors},
            contact__addresses__channel=F("channel"),
            contact__addresses__external_id__in={visitor for _, visitor in visitors},
        )
        .annotate(shown_at=Coalesce("sent_at", "created_at"))
        .select_related("agent", "conversation")
        .prefetch_related("attachments")
    )


def _shown_since(moment: datetime) -> Q:
    """Came into view after `moment`, or was never seen to arrive."""
    return Q(status__in=UNDELIVERED) | Q(shown_at__gt=moment)

"""What the platforms report of messages we sent. Statuses only rise (SEMANTICS A8)."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from channels.types import StatusUpdate
from messaging.models import Direction, Message, MessageStatus, PendingReceipt

log = logging.getLogger(__name__)

_S = MessageStatus

# What a receipt may raise a message from. "sent" proves less than the answer of the send call.
_ALLOWED: dict[str, frozenset[str]] = {
    _S.SENT: frozenset({_S.SENDING, _S.UNCERTAIN}),
    _S.DELIVERED: frozenset(
        {_S.QUEUED, _S.SENDING, _S.SENT, _S.RETRY_WAIT, _S.UNCERTAIN, _S.FAILED}
    ),
    _S.READ: frozenset(
        {_S.QUEUED, _S.SENDING, _S.SENT, _S.RETRY_WAIT, _S.UNCERTAIN, _S.FAILED, _S.DELIVERED}
    ),
    _S.FAILED: frozenset({_S.QUEUED, _S.SENDING, _S.SENT, _S.UNCERTAIN}),
}

_KEPT = timedelta(minutes=15)


def apply_status(
    *, message: UUID, status: str, code: str = "", detail: str = "", at: datetime | None = None
) -> bool:
    """Raise one outbound message to `status` if the table allows it; answers whether it did.

    Idempotent. A late bounce (delivered → failed) is the e-mail channel's own case and not allowed here.
    """
    changes: dict[str, object] = {"status": status}
    if status == _S.FAILED:
        changes |= {"error_code": code[:60], "error_detail": detail[:300]}
    else:
        changes |= {"error_code": "", "error_detail": ""}
    allowed = Message.objects.filter(
        pk=message, direction=Direction.OUT, status__in=_ALLOWED[status]
    )
    raised = allowed.update(**changes)
    Message.objects.filter(pk=message, sent_at=None).exclude(status=_S.FAILED).update(
        sent_at=at or timezone.now()
    )
    if not raised:
        log.info("receipt_ignored", extra={"message_id": str(message), "status": status})
    return bool(raised)


def receive(*, channel: UUID, update: StatusUpdate) -> None:
    """Apply a receipt, or keep it for 15 minutes when its message is not known yet (F-33)."""
    found = _find(channel, update.external_id, update.tag)
    if found is None:
        if update.external_id:
            PendingReceipt.objects.create(
                channel_id=channel,
                external_id=update.external_id,
                status=update.status,
                error_code=update.error_code[:60],
                error_detail=update.error_detail[:300],
            )
        return
    apply_status(
        message=found,
        status=update.status,
        code=update.error_code,
        detail=update.error_detail,
        at=update.at,
    )


def match_pending() -> int:
    """Try the kept receipts again and forget those that are too old; answers how many were applied."""
    applied = 0
    for row in PendingReceipt.objects.order_by("id")[:500]:
        found = _find(row.channel_id, row.external_id, "")
        if found is None:
            continue
        with transaction.atomic():
            apply_status(
                message=found, status=row.status, code=row.error_code, detail=row.error_detail
            )
            row.delete()
        applied += 1
    PendingReceipt.objects.filter(created_at__lt=Now() - _KEPT).delete()
    return applied


def _find(channel: UUID, external_id: str, tag: str) -> UUID | None:
    """The outbound message a receipt is for: by our own tag, else by the platform's id of it or of a part."""
    if tag:
        try:
            wanted = Q(pk=UUID(tag))
        except ValueError:
            return None
    elif external_id:
        wanted = Q(external_id=external_id)
    else:
        return None
    outbound = Message.objects.filter(channel=channel, direction=Direction.OUT)
    found = outbound.filter(wanted).values_list("pk", flat=True).first()
    if found is None and external_id:
        by_part = outbound.filter(attempts__external_id=external_id)
        found = by_part.values_list("pk", flat=True).first()
    return found

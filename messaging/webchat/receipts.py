"""What a visitor's page tells us by what it fetches: our answers arrived, and were read."""

from collections.abc import Iterable
from uuid import UUID

from messaging.models import MessageStatus
from messaging.services.receipts import apply_status


def mark_delivered(ids: Iterable[UUID]) -> None:
    """These answers reached a visitor's page. Statuses only rise."""
    for message_id in ids:
        apply_status(message=message_id, status=MessageStatus.DELIVERED)


def mark_read(ids: Iterable[UUID]) -> None:
    """These answers stood on the screen of a visitor."""
    for message_id in ids:
        apply_status(message=message_id, status=MessageStatus.READ)

"""Statuses only rise: the table of SEMANTICS A8."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.types import StatusUpdate
from messaging.models import Attempt, Message, MessageStatus, PendingReceipt
from messaging.services import receipts
from tests import factories as make

pytestmark = pytest.mark.django_db

S = MessageStatus
UP = {
    "sent": {S.SENDING, S.UNCERTAIN},
    "delivered": {S.QUEUED, S.SENDING, S.SENT, S.RETRY_WAIT, S.UNCERTAIN, S.FAILED},
    "read": {S.QUEUED, S.SENDING, S.SENT, S.RETRY_WAIT, S.UNCERTAIN, S.FAILED, S.DELIVERED},
    "failed": {S.QUEUED, S.SENDING, S.SENT, S.UNCERTAIN},
}
OUTBOUND = [s for s in S if s != S.RECEIVED]


@pytest.mark.parametrize("receipt", list(UP))
@pytest.mark.parametrize("before", OUTBOUND)
def test_f32_a_receipt_changes_only_what_the_table_allows(before: str, receipt: str) -> None:
    message = make.make_message(direction="out", status=before)
    receipts.receive(
        channel=message.channel_id,
        update=StatusUpdate(status=receipt, external_id=message.external_id, error_code="131026"),
    )
    message.refresh_from_db()
    if before in UP[receipt]:
        assert message.status == receipt
        assert message.error_code == ("131026" if receipt == "failed" else "")
    else:
        assert message.status == before


def test_a_receipt_may_name_our_own_tag_or_one_part_of_the_message() -> None:
    by_tag = make.make_message(direction="out", status=S.UNCERTAIN, external_id="")
    receipts.receive(
        channel=by_tag.channel_id, update=StatusUpdate(status="delivered", tag=str(by_tag.pk))
    )
    by_part = make.make_message(direction="out", status=S.SENT)
    Attempt.objects.create(message=by_part, number=1, call="send", outcome="ok", external_id="p1")
    receipts.receive(
        channel=by_part.channel_id, update=StatusUpdate(status="read", external_id="p1")
    )
    by_tag.refresh_from_db()
    by_part.refresh_from_db()
    assert (by_tag.status, by_part.status) == (S.DELIVERED, S.READ)


def test_a_receipt_never_crosses_channels() -> None:
    message = make.make_message(direction="out", status=S.SENT, external_id="same")
    receipts.receive(
        channel=make.make_channel().pk, update=StatusUpdate(status="read", external_id="same")
    )
    message.refresh_from_db()
    assert message.status == S.SENT


def test_f33_a_receipt_that_comes_first_is_applied_when_the_message_is_known() -> None:
    channel = make.make_channel()
    receipts.receive(
        channel=channel.pk, update=StatusUpdate(status="delivered", external_id="soon")
    )
    assert receipts.match_pending() == 0
    row = make.make_conversation(channel=channel)
    message = make.make_message(row, direction="out", status=S.SENT, external_id="soon")
    assert receipts.match_pending() == 1
    message.refresh_from_db()
    assert message.status == S.DELIVERED
    assert not PendingReceipt.objects.exists()


def test_f33_a_receipt_for_nothing_is_forgotten_after_fifteen_minutes() -> None:
    channel = make.make_channel()
    receipts.receive(channel=channel.pk, update=StatusUpdate(status="read", external_id="never"))
    receipts.match_pending()
    assert PendingReceipt.objects.count() == 1
    PendingReceipt.objects.update(created_at=timezone.now() - timedelta(minutes=16))
    receipts.match_pending()
    assert not PendingReceipt.objects.exists()
    assert not Message.objects.exists()

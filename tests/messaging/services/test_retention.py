"""The purge: exactly what is too old goes, with all that hangs on it."""

import os
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from messaging.models import (
    Attachment,
    Attempt,
    Conversation,
    ConversationEvent,
    DailyCounter,
    Decision,
    DedupeKey,
    Delivery,
    Escalation,
    IdempotentRequest,
    Message,
    MessageStatus,
    PeriodicJob,
)
from messaging.services import counters, jobs, retention
from tests import factories as make

pytestmark = pytest.mark.django_db


def aged(message: Message, days: float) -> Message:
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(days=days))
    return message


def test_messages_older_than_the_retention_go_and_younger_stay() -> None:
    row = make.make_conversation()
    old = aged(make.make_message(row), 31)
    young = aged(make.make_message(row), 29)
    report = retention.purge()
    assert report.messages == 1
    assert set(Message.objects.values_list("pk", flat=True)) == {young.pk}
    assert not Message.objects.filter(pk=old.pk).exists()


def test_what_hangs_on_a_message_goes_with_it_and_counters_stay() -> None:
    row = make.make_conversation()
    inbound = aged(make.make_message(row), 40)
    reply = aged(
        make.make_message(row, direction="out", answers=inbound, answer_index=0, reply_to=inbound),
        20,
    )
    Decision.objects.create(message=inbound, action="reply", step="faq")
    Attempt.objects.create(message=inbound, number=1, call="x", outcome="ok")
    upload = make.make_attachment(inbound)
    upload.file.save("a.pdf", ContentFile(b"%PDF-"))
    path = upload.file.path
    counters.count("messages_in", row.channel_id, 3)

    retention.purge()

    reply.refresh_from_db()
    assert (reply.answers, reply.reply_to) == (None, None)
    assert not Decision.objects.exists()
    assert not Attempt.objects.exists()
    assert not Attachment.objects.exists()
    assert not os.path.exists(path)  # noqa: PTH110
    assert DailyCounter.objects.get().value == 3


@pytest.mark.parametrize("status", ["queued", "sending", "retry_wait", "uncertain"])
def test_f152_unsettled_messages_stay_until_they_are_settled(status: str) -> None:
    message = aged(make.make_message(direction="out", status=status), 99)
    retention.purge()
    assert Message.objects.filter(pk=message.pk).exists()
    Message.objects.update(status=MessageStatus.FAILED)
    retention.purge()
    assert not Message.objects.exists()


def test_f152_old_text_of_an_open_conversation_goes_and_its_shell_stays() -> None:
    row = make.make_conversation(owner="queue")
    Escalation.objects.create(conversation=row, reason="miss", summary="what they wrote")
    Escalation.objects.update(created_at=timezone.now() - timedelta(days=31))
    aged(make.make_message(row), 31)
    retention.purge()
    assert not Message.objects.exists()
    assert Conversation.objects.get() == row
    assert Escalation.objects.get().summary == ""


def test_a_channel_may_keep_longer_shorter_or_for_ever() -> None:
    short = make.make_conversation(channel=make.make_channel(retention_days=5))
    long = make.make_conversation(channel=make.make_channel(retention_days=90))
    for_ever = make.make_conversation(channel=make.make_channel(keep_messages=True))
    for row in (short, long, for_ever):
        aged(make.make_message(row), 45)
    assert retention.purge().messages == 1
    kept = set(Message.objects.values_list("conversation", flat=True))
    assert kept == {long.pk, for_ever.pk}


def test_f153_copies_go_too_and_closed_conversations_without_messages() -> None:
    long_ago = timezone.now() - timedelta(days=60)
    row = make.make_conversation(status="closed", closed_at=long_ago)
    ConversationEvent.objects.create(conversation=row, kind="note", note="private")
    handled = Delivery.objects.create(channel=row.channel, body=b"{}", state="handled")
    waiting = Delivery.objects.create(channel=row.channel, body=b"{}")
    Delivery.objects.update(received_at=long_ago)
    DedupeKey.objects.create(channel=row.channel, direction="in", key_hash="a")
    DedupeKey.objects.update(created_at=timezone.now() - timedelta(days=36))
    user = make.make_user()
    IdempotentRequest.objects.create(user=user, key="k", request_hash="h")
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    unused = make.make_attachment()
    Attachment.objects.filter(pk=unused.pk).update(created_at=timezone.now() - timedelta(hours=25))

    retention.purge()

    assert not Conversation.objects.exists()
    assert not ConversationEvent.objects.exists()
    assert list(Delivery.objects.all()) == [waiting]
    assert handled.pk not in Delivery.objects.values_list("pk", flat=True)
    assert DedupeKey.objects.count() == 1, "keys outlive messages"
    assert not IdempotentRequest.objects.exists()
    assert not Attachment.objects.exists()
    DedupeKey.objects.update(created_at=timezone.now() - timedelta(days=41))
    retention.purge()
    assert not DedupeKey.objects.exists()


def test_a_dry_run_counts_and_deletes_nothing() -> None:
    aged(make.make_message(), 31)
    out = StringIO()
    call_command("purge", "--dry-run", stdout=out)
    assert "1 messages would be deleted" in out.getvalue()
    assert Message.objects.count() == 1


def test_f151_more_than_half_of_many_is_refused_unless_forced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "_MANY", 3)
    row = make.make_conversation()
    for days in (40, 40, 40, 1):
        aged(make.make_message(row), days)
    with pytest.raises(CommandError, match="3 of 4 messages would go"):
        call_command("purge")
    assert Message.objects.count() == 4
    call_command("purge", "--force", stdout=StringIO(), stderr=StringIO())
    assert Message.objects.count() == 1


def test_f151_a_clock_that_jumped_inside_the_process_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aged(make.make_message(), 40)
    monkeypatch.setattr(retention._clock, "_wall", retention._clock._wall - 7200)
    with pytest.raises(retention.PurgeRefused, match="clock"):
        retention.purge()
    assert Message.objects.count() == 1


def test_f151_a_purge_that_was_killed_is_simply_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_batch_size", lambda: 2)
    row = make.make_conversation()
    for _ in range(5):
        aged(make.make_message(row), 40)

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        retention.purge(keep_alive=die)
    assert Message.objects.count() == 3
    monkeypatch.setattr(retention, "_MANY", 1)
    assert retention.purge().messages == 3, "an unfinished purge is no mistake"


def test_f89_the_nightly_purge_runs_once_a_night_and_once_after_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not jobs.run_nightly(), "the first night begins when the desk is installed"
    PeriodicJob.objects.filter(name="purge").update(last_period="2026-01-01")
    aged(make.make_message(), 40)
    assert jobs.run_nightly()
    assert not Message.objects.exists()
    assert not jobs.run_nightly()

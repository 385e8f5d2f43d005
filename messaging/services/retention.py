"""The nightly purge: what is older than the retention goes, with everything that hangs on it.

Batched raw deletes in short transactions: Django's cascade would load a million rows. Safe to kill and to
run again at any point, because each batch is complete in itself. Daily counters stay.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from messaging.models import (
    Attachment,
    Attempt,
    Channel,
    Conversation,
    ConversationEvent,
    Decision,
    DedupeKey,
    Delivery,
    Escalation,
    IdempotentRequest,
    Message,
    Miss,
    PeriodicJob,
    Status,
)
from messaging.models.messages import MessageStatus
from messaging.services import unanswered
from messaging.services.attachments import needed

log = logging.getLogger(__name__)

DEDUPE_DAYS = 40  # platforms redeliver for up to 7 days; at least 35 are promised
REQUEST_HOURS = 24
UPLOAD_HOURS = 24  # an upload that no message took

_KEPT_STATUSES = (
    MessageStatus.QUEUED,
    MessageStatus.SENDING,
    MessageStatus.RETRY_WAIT,
    MessageStatus.UNCERTAIN,
)
_MANY = 10_000
_JUMP = timedelta(hours=1)
_UNFINISHED = "unfinished"  # in the job's progress: a purge that was killed may simply be run again


class PurgeRefused(Exception):
    """The purge looks like a mistake. `manage.py purge --force` runs it all the same."""


@dataclass(slots=True)
class Report:
    """How many rows went, or would go."""

    counts: dict[str, int] = field(default_factory=dict)

    @property
    def messages(self) -> int:
        return self.counts.get("messages", 0)


class _Clock:
    """Notices when the wall clock jumps while this process runs."""

    def __init__(self) -> None:
        self._wall = time.time()
        self._steady = time.monotonic()

    def jumped(self) -> bool:
        drift = (time.time() - self._wall) - (time.monotonic() - self._steady)
        return abs(drift) > _JUMP.total_seconds()


_clock = _Clock()


def expired_messages(now: datetime | None = None) -> QuerySet[Message]:
    """The messages that the retention no longer covers and nothing still needs."""
    now = now or timezone.now()
    default = Q(
        channel__retention_days=None, created_at__lt=now - timedelta(days=settings.RETENTION_DAYS)
    )
    own = Q()
    for days in (
        Channel.objects.exclude(retention_days=None)
        .values_list("retention_days", flat=True)
        .distinct()
    ):
        own |= Q(channel__retention_days=days, created_at__lt=now - timedelta(days=days or 0))
    return (
        Message.objects.filter(default | own if own else default)
        .filter(channel__keep_messages=False)
        .exclude(status__in=_KEPT_STATUSES)
        .exclude(bot_state=Message.BotState.PENDING)
        .order_by()
    )


def purge(
    *,
    dry_run: bool = False,
    force: bool = False,
    keep_alive: Callable[[], object] = lambda: None,
    progress: Callable[[str, int], None] | None = None,
) -> Report:
    """Delete what the retention no longer covers; answers the numbers. `dry_run` only counts.

    Raises PurgeRefused when the clock jumped inside this process, or when more than half of more than 10 000
    messages would go (F-151), unless `force`. `keep_alive` is called between batches.
    """
    report = Report()
    expired = expired_messages()
    if dry_run:
        report.counts["messages"] = expired.count()
        return report
    if not force:
        _refuse_mistakes(expired)
    PeriodicJob.objects.update_or_create(
        name="purge", defaults={"started_at": timezone.now(), "progress": {_UNFINISHED: True}}
    )
    for name, step in _steps(expired):
        for n in step:
            report.counts[name] = report.counts.get(name, 0) + n
            _note_progress(name, report, progress)
            keep_alive()
            _pause()
    PeriodicJob.objects.filter(name="purge").update(progress=report.counts)
    log.info("purge_done", extra={"deleted": report.counts})
    return report


def _refuse_mistakes(expired: QuerySet[Message]) -> None:
    if _clock.jumped():
        raise PurgeRefused("the clock jumped while this process was running")
    total = Message.objects.count()
    if total <= _MANY:
        return
    going = expired.count()
    last = PeriodicJob.objects.filter(name="purge").first()
    resumed = last is not None and last.progress.get(_UNFINISHED)
    if going * 2 > total and not resumed:
        raise PurgeRefused(f"{going} of {total} messages would go")


def _steps(expired: QuerySet[Message]) -> Iterator[tuple[str, Iterator[int]]]:
    """Each kind of row with the batches that delete it, in an order that keeps foreign keys whole."""
    day = timedelta(days=1)
    retention = settings.RETENTION_DAYS * day
    yield "messages", _purge_messages(expired)
    yield "unanswered questions", _purge_questions()
    yield "deliveries", _delete(_old(Delivery, "received_at", retention).exclude(state="pending"))
    old_conversations = Conversation.objects.filter(
        status=Status.CLOSED, messages=None, closed_at__lt=Now() - retention
    ).filter(channel__keep_messages=False)
    yield "conversations", _purge_conversations(old_conversations)
    yield "events", _delete(_old(ConversationEvent, "created_at", retention))
    yield "summaries", _blank_summaries(retention)
    yield "dedupe keys", _delete(_old(DedupeKey, "created_at", DEDUPE_DAYS * day))
    yield "requests", _delete(_old(IdempotentRequest, "created_at", timedelta(hours=REQUEST_HOURS)))
    yield "uploads", _purge_uploads()
    yield "tokens", _purge_tokens()


def _old(model: type[models.Model], column: str, age: timedelta) -> QuerySet[Any]:
    return model._default_manager.filter(**{f"{column}__lt": Now() - age}).order_by()


def _purge_messages(expired: QuerySet[Message]) -> Iterator[int]:
    for ids in _batches(expired):
        files = list(
            Attachment.objects.filter(message__in=ids)
            .exclude(file="")
            .values_list("file", flat=True)
        )
        with transaction.atomic():
            Message.objects.filter(answers__in=ids).update(answers=None, answer_index=None)
            Message.objects.filter(reply_to__in=ids).update(reply_to=None)
            for child in (Attempt, Decision, Miss, Attachment):
                _raw_delete(child._default_manager.filter(message__in=ids))
            n = _raw_delete(Message.objects.filter(pk__in=ids))
        _delete_files(files)
        yield n


def _purge_questions() -> Iterator[int]:
    """The work list goes with the messages it points at."""
    if gone := unanswered.forget_empty():
        yield gone


def _purge_conversations(rows: QuerySet[Conversation]) -> Iterator[int]:
    for ids in _batches(rows):
        with transaction.atomic():
            Conversation.objects.filter(previous__in=ids).update(previous=None)
            _raw_delete(ConversationEvent.objects.filter(conversation__in=ids))
            _raw_delete(Escalation.objects.filter(conversation__in=ids))
            n = _raw_delete(Conversation.objects.filter(pk__in=ids))
        yield n


def _purge_uploads() -> Iterator[int]:
    unused = Attachment.objects.filter(
        message=None, created_at__lt=Now() - timedelta(hours=UPLOAD_HOURS)
    ).order_by()
    unused = unused.exclude(pk__in=needed(unused.values_list("pk", flat=True)))
    for ids in _batches(unused):
        rows = Attachment.objects.filter(pk__in=ids, message=None)
        files = list(rows.exclude(file="").values_list("file", flat=True))
        n = _raw_delete(rows)
        _delete_files(files)
        yield n


def _purge_tokens() -> Iterator[int]:
    """Refresh tokens that have expired prove nothing any more."""
    expired = OutstandingToken.objects.filter(expires_at__lt=Now()).order_by()
    for ids in _batches(expired):
        yield OutstandingToken.objects.filter(pk__in=ids).delete()[0]


def _blank_summaries(age: timedelta) -> Iterator[int]:
    """An escalation quotes its message; the quotation goes when the message does."""
    rows = Escalation.objects.filter(created_at__lt=Now() - age).exclude(summary="").order_by()
    for ids in _batches(rows):
        yield Escalation.objects.filter(pk__in=ids).update(summary="")


def _delete(rows: QuerySet[Any]) -> Iterator[int]:
    for ids in _batches(rows):
        yield _raw_delete(rows.model._default_manager.filter(pk__in=ids))


def _batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Primary keys of what is left of `rows`, a batch at a time, until nothing is."""
    size = _batch_size()
    while ids := list(rows.values_list("pk", flat=True)[:size]):
        yield ids


def _batch_size() -> int:
    # SQLite has one writer: small batches with pauses keep the others' p95 low.
    return 100 if connection.vendor == "sqlite" else 1000


def _pause() -> None:
    time.sleep(0.02 if connection.vendor == "sqlite" else 0.005)


def _raw_delete(rows: QuerySet[Any]) -> int:
    """DELETE without loading a row and without cascades; the caller has removed what points here."""
    return int(rows._raw_delete(rows.db))


def _delete_files(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _note_progress(name: str, report: Report, progress: Callable[[str, int], None] | None) -> None:
    done = report.counts[name]
    PeriodicJob.objects.filter(name="purge").update(progress=report.counts | {_UNFINISHED: True})
    if progress:
        progress(name, done)
    log.info("purge_progress", extra={"rows": name, "deleted": done})

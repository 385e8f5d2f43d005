"""Sending what is in the outbox.

One dispatcher thread a process owns the database: it claims the due head of each conversation (compare-
and-set to `sending`, committed before the call), hands the calls to a pool of threads that touch no
database, and writes down how each ended. A kill leaves at most as many `uncertain` messages as there are slots.
"""

import logging
import os
import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from channels.base import Channel as Kind
from channels.errors import ChannelError, Permanent, SendError
from channels.transport import deliver
from channels.types import (
    Button,
    Call,
    LocalCall,
    OutboundAttachment,
    OutboundMessage,
    Receipt,
)
from messaging.models import Attachment, Direction, Message, MessageStatus, Owner
from messaging.models.messages import UNSETTLED
from messaging.services import settling

log = logging.getLogger(__name__)

_S = MessageStatus
_DUE = (_S.QUEUED, _S.RETRY_WAIT)
_CALL_SECONDS = 15.0  # total deadline of one call (F-66)
_LEASE_SLACK = 15.0


@dataclass(slots=True)
class Job:
    """One claimed message: its calls, and what came of each."""

    message: UUID
    channel: UUID
    epoch: int
    adapter: Kind
    config: dict[str, Any] = field(repr=False)
    calls: Sequence[Call] = field(repr=False)
    first_part: int
    results: list[settling.PartResult] = field(default_factory=list)


class Sender:
    """Sends until it is closed. `wake` it when there may be work; with `poll` it also looks by itself."""

    def __init__(self, *, slots: int = 8, per_channel: int = 4, poll: float | None = None) -> None:
        """`slots` calls at once, at most `per_channel` of them on one channel over all processes; `poll` in seconds."""
        self._slots = slots
        self._per_channel = per_channel
        self._poll = poll
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="send")
        self._inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._running: Counter[UUID] = Counter()
        self._next_start: dict[UUID, float] = {}
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for due messages now."""
        self._inbox.put(None)

    def close(self, timeout: float = 20.0) -> None:
        """Start nothing more, finish and write down what was started."""
        self._closing = True
        self.wake()
        self._thread.join(timeout)

    # --- the dispatcher

    def _run(self) -> None:
        while not (self._closing and not self._running.total()):
            self._step()
        close_old_connections()

    def _step(self) -> None:
        wait = self._next_wait()
        try:
            finished = [self._inbox.get(timeout=wait)]
        except queue.Empty:
            finished = []
        while not self._inbox.empty():
            finished.append(self._inbox.get())
        close_old_connections()
        for job in finished:
            if job is not None:
                self._finish(job)
        try:
            while not self._closing and self._claim():
                pass
        except DatabaseError as error:
            log.warning("sender_database", extra={"error": type(error).__name__})
            time.sleep(1.0)

    def _next_wait(self) -> float | None:
        """Seconds until the dispatcher has to look again: a poll, or a channel's pace."""
        paced = min(self._next_start.values(), default=None)
        until_pace = max(paced - time.monotonic(), 0.01) if paced is not None else None
        waits = [w for w in (self._poll, until_pace) if w is not None]
        return min(waits, default=None)

    def _finish(self, job: Job) -> None:
        """Write down how a job ended, however long the database takes to come back."""
        self._running[job.channel] -= 1
        while True:
            try:
                settling.settle(job.message, job.epoch, job.results)
            except DatabaseError as error:
                log.warning("settle_waits", extra={"error": type(error).__name__})
                if self._closing:
                    return  # the lease ends and the message becomes uncertain
                time.sleep(1.0)
                close_old_connections()
            else:
                return

    def _claim(self) -> bool:
        """Claim what the free slots can start now and start it; answers whether anything was done."""
        free = self._slots - self._running.total()
        now = time.monotonic()
        self._next_start = {c: at for c, at in self._next_start.items() if at > now}
        if free <= 0 or not _due_heads(exclude=list(self._next_start)).exists():
            return False  # looked at without a transaction, which on SQLite would lock out every writer
        jobs: list[Job] = []
        acted = False
        with transaction.atomic():
            room = _room(self._per_channel)
            full = [channel for channel, left in room.items() if left <= 0]
            for message in _due_heads(exclude=[*self._next_start, *full])[:free]:
                if room[message.channel_id] <= 0 or message.channel_id in self._next_start:
                    continue  # this batch filled it
                job = _prepare(message)
                acted = True
                if job is not None:
                    jobs.append(job)
                    room[message.channel_id] -= 1
                    self._pace(message)
        for job in jobs:
            self._running[job.channel] += 1
            self._pool.submit(self._work, job)
        return acted

    def _pace(self, message: Message) -> None:
        rate = message.channel.adapter.capabilities.max_per_second
        if rate:
            self._next_start[message.channel_id] = time.monotonic() + 1.0 / rate

    def _work(self, job: Job) -> None:
        """Make the calls of one job; runs in the pool, without a database."""
        try:
            job.results = make_calls(job.adapter, job.calls, first_part=job.first_part)
        finally:
            self._inbox.put(job)


def make_calls(
    adapter: Kind, calls: Sequence[Call], *, first_part: int = 0
) -> list[settling.PartResult]:
    """Make the calls in order until one fails. No database, never raises a SendError."""
    results: list[settling.PartResult] = []
    for part, call in enumerate(calls[first_part:], start=first_part):
        began = time.monotonic()
        outcome = _make_call(adapter, call)
        ms = int((time.monotonic() - began) * 1000)
        last = part == len(calls) - 1
        results.append(settling.PartResult(part, call.label, outcome, ms, last))
        if isinstance(outcome, SendError):
            break
    return results


def _make_call(adapter: Kind, call: Call) -> Receipt | SendError:
    try:
        response = deliver(call, timeout_s=_CALL_SECONDS)
        try:
            return adapter.read(call, response)
        except Permanent:
            plainer = adapter.fallback(call, response)
            if plainer is None:
                raise
            return adapter.read(plainer, deliver(plainer, timeout_s=_CALL_SECONDS))
    except SendError as error:
        return error
    except Exception as error:
        # Something nobody classified, after the request may have left: a bug, and not to be repeated blindly.
        log.exception("send_failed", extra={"call": call.label})
        return settling.unclassified(error)


# --- claiming; inside one transaction -------------------------------------------------------------


def _room(per_channel: int) -> Counter[UUID]:
    """How many more calls each channel may have at once, over all processes; a channel not named has all."""
    busy = Counter(Message.objects.filter(status=_S.SENDING).values_list("channel", flat=True))
    return _Room(per_channel, busy)


class _Room(Counter[UUID]):
    """Counts down from the same number for every channel."""

    def __init__(self, limit: int, busy: Counter[UUID]) -> None:
        super().__init__({channel: limit - n for channel, n in busy.items()})
        self._limit = limit

    def __missing__(self, key: UUID) -> int:
        return self._limit


def _due_heads(exclude: list[UUID]) -> QuerySet[Message]:
    """Due messages with nothing unsettled before them in their conversation, replies before bulk."""
    before = Message.objects.filter(
        conversation=OuterRef("conversation"),
        direction=Direction.OUT,
        status__in=UNSETTLED,
        position__lt=OuterRef("position"),
    )
    return (
        Message.objects.filter(status__in=_DUE, next_attempt_at__lte=Now())
        .filter(channel__enabled=True)
        .filter(Q(channel__paused_until=None) | Q(channel__paused_until__lte=Now()))
        .exclude(channel__in=exclude)
        .exclude(Exists(before))
        .select_related("channel", "conversation", "reply_to")
        .order_by("lane", "next_attempt_at", "position")
    )


def _prepare(message: Message) -> Job | None:
    """Claim one message; None when it is not to be sent (any more) or needed no call."""
    refusal = _refusal(message)
    if refusal:
        settling.end_unsent(message, *refusal)
        return None
    adapter, config = message.channel.adapter, message.channel.runtime_config()
    try:
        calls = list(adapter.build(_outbound(message), config))
    except ChannelError as error:
        settling.end_unsent(message, _S.FAILED, getattr(error, "code", "permanent"), str(error))
        return None
    lease = timedelta(seconds=_LEASE_SLACK + (_CALL_SECONDS + 1) * len(calls))
    claimed = Message.objects.filter(pk=message.pk, status__in=_DUE, epoch=message.epoch).update(
        status=_S.SENDING,
        epoch=F("epoch") + 1,
        tries=F("tries") + 1,
        leased_until=Now() + lease,
    )
    if not claimed:
        return None
    epoch = message.epoch + 1
    if all(isinstance(call, LocalCall) for call in calls):
        # Nothing leaves the machine, so there is nothing to wait for: claimed and settled in one commit.
        settling.settle(message.pk, epoch, make_calls(adapter, calls))
        return None
    return Job(message.pk, message.channel_id, epoch, adapter, config, calls, message.parts_sent)


def _refusal(message: Message) -> tuple[str, str, str] | None:
    """(status, code, detail) when a message must not be sent after all."""
    by_bot = message.sender == Message.SenderKind.BOT
    if by_bot and message.conversation.owner == Owner.AGENT:
        return _S.CANCELLED, "taken_over", "A human has the conversation."
    if message.expires_at and Message.objects.filter(pk=message.pk, expires_at__lte=Now()).exists():
        return _S.EXPIRED, "expired", "It could not be sent in time."
    if by_bot and _blocked(message):
        return _S.FAILED, "recipient_gone", "The contact has blocked this channel."
    return None


def _blocked(message: Message) -> bool:
    return (
        message.contact.addresses.filter(channel=message.channel_id)
        .exclude(unreachable_since=None)
        .exists()
    )


def _outbound(message: Message) -> OutboundMessage:
    row = message.conversation
    return OutboundMessage(
        tag=str(message.pk),
        destination=row.destination,
        text=message.text,
        buttons=tuple(Button(b["title"], b["payload"], b.get("url", "")) for b in message.buttons),
        attachments=tuple(_file(a) for a in message.attachments.all()),
        reply_to=message.reply_to.external_id or None if message.reply_to else None,
    )


def _file(attachment: Attachment) -> OutboundAttachment:
    return OutboundAttachment(
        type=attachment.type,  # type: ignore[arg-type]
        path=attachment.file.path,
        name=attachment.name,
        mime=attachment.mime,
        size=attachment.size or 0,
    )


# --- the sender of a worker process --------------------------------------------------------------

_worker_sender: tuple[int, Sender] | None = None
_worker_lock = threading.Lock()


def wake_sender() -> None:
    """Wake this process' sender, started with the first call; a forked child starts its own."""
    global _worker_sender  # noqa: PLW0603 - one a process is the point
    with _worker_lock:
        if _worker_sender is None or _worker_sender[0] != os.getpid():
            _worker_sender = (os.getpid(), Sender())
        sender = _worker_sender[1]
    sender.wake()


def close_sender(timeout: float = 20.0) -> None:
    """Let this process' sender finish what it started; call before the process ends."""
    with _worker_lock:
        if _worker_sender is not None and _worker_sender[0] == os.getpid():
            _worker_sender[1].close(timeout)

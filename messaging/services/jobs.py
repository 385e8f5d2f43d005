"""Periodic work: once for each period over all processes, and once, not many times, after a pause (F-89)."""

import logging
import os
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from messaging.models import PeriodicJob
from messaging.services import (
    channels,
    conversations,
    grouping,
    leases,
    library,
    receipts,
    retention,
    settling,
)

log = logging.getLogger(__name__)

_NIGHT_BEGINS = timedelta(hours=3)  # local time
_LEASE_SECONDS = 60

_GROUPING = "group_misses"
_GROUPING_SECONDS = 60  # of its lease; a batch takes less than one
_GROUPING_BATCHES = 5  # in one run: the other jobs wait for it


def group_misses() -> int:
    """Group what the bot had no answer for; answers how many messages. A failure is only logged:
    the jobs after this one go on.
    """
    if not grouping.has_work():
        return 0
    epoch = leases.acquire(_GROUPING, holder(), _GROUPING_SECONDS)
    if epoch is None:
        return 0
    still_mine = partial(leases.renew, _GROUPING, epoch, _GROUPING_SECONDS)
    done = 0
    try:
        for _ in range(_GROUPING_BATCHES):
            grouped = grouping.group_batch(still_mine)
            done += grouped
            if grouped < grouping.BATCH:
                break
    except Exception:
        log.exception("grouping_failed")
    finally:
        leases.release(_GROUPING, epoch)
    return done


_TICKS: tuple[tuple[str, float, Callable[[], object]], ...] = (
    # name, seconds between runs, what to do
    ("expire_leases", 5, settling.expire_leases),
    ("match_receipts", 10, receipts.match_pending),
    ("wake_snoozed", 10, conversations.wake_snoozed),
    ("retry_channels", 60, channels.retry_unreachable),
    ("group_misses", 5, group_misses),
    ("check_library", 2, lambda: library.start_check(holder())),
)

_last: dict[str, float] = {}


def tick() -> None:
    """Run the small jobs that are due in this process, and the nightly one if its night was missed.

    All are safe to run in several processes at once.
    """
    now = time.monotonic()
    for name, every, job in _TICKS:
        if now - _last.get(name, -every) >= every:
            _last[name] = now
            job()
    if now - _last.get("nightly", 0.0) >= 60:
        _last["nightly"] = now
        run_nightly()


def run_nightly() -> bool:
    """Purge for the current night unless it was done; answers whether it was done now."""
    period = _night(timezone.localtime())
    job, _ = PeriodicJob.objects.get_or_create(name="purge", defaults={"last_period": period})
    if job.last_period == period:
        return False
    epoch = leases.acquire("purge", holder(), _LEASE_SECONDS)
    if epoch is None:
        return False
    try:
        retention.purge(keep_alive=lambda: leases.renew("purge", epoch, _LEASE_SECONDS))
        PeriodicJob.objects.filter(name="purge").update(
            last_period=period, finished_at=timezone.now()
        )
    except retention.PurgeRefused as error:
        log.error("purge_refused", extra={"reason": str(error)})  # noqa: TRY400 - not a bug
        PeriodicJob.objects.filter(name="purge").update(last_period=period)
        return False
    finally:
        leases.release("purge", epoch)
    return True


def holder() -> str:
    """A name for this process in a lease."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def _night(now: datetime) -> str:
    """The night that `now` belongs to: it begins at three in the morning, local time."""
    return (now - _NIGHT_BEGINS).date().isoformat()

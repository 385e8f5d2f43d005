"""Notices a Celery worker that is alive but takes no work any more, and ends it (F-83).

After a restart of its broker a worker can stay connected and never receive a task again. The worker sends itself
a canary through the broker, on its own queue; one that does not come back means that it has to be started anew.
"""

import logging
import os
import threading
import time
from typing import Any

import celery.worker.state
from celery import Celery
from celery.signals import task_received
from celery.utils import worker_direct

CANARY = "project.canary"
PERIOD = 30.0  # seconds between canaries, and until one counts as lost
LAST_RESORT = 20.0  # seconds a worker that was told to stop gets
EXIT_CODE = 70

log = logging.getLogger(__name__)


class Watchdog:
    """One for each worker, in its main process."""

    def __init__(self, app: Celery, *, hostname: str, period: float = PERIOD) -> None:
        self._app = app
        self._queue = worker_direct(hostname)
        self._period = period
        self._received_at = time.monotonic()
        self._sent_at: float | None = None

    def start(self) -> None:
        """Watch until the process ends."""
        task_received.connect(self.received, weak=False)
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def received(self, **_: Any) -> None:
        """Any task that arrives shows that the worker still takes work."""
        self._received_at = time.monotonic()

    def lost(self, now: float) -> bool:
        """Whether a canary is overdue while the worker has nothing else to do."""
        if self._sent_at is None or self._received_at >= self._sent_at:
            return False
        # Busy children keep a prefetching worker from receiving more; the time limits end them.
        return now - self._sent_at >= self._period and not celery.worker.state.active_requests

    def send(self) -> None:
        """Publish a canary; a broker that is away is not the worker's fault and not counted."""
        if self._sent_at is not None and self._received_at < self._sent_at:
            return
        now = time.monotonic()
        try:
            self._app.send_task(
                CANARY,
                exchange=self._queue.exchange.name,
                routing_key=self._queue.routing_key,
                expires=2 * self._period,
            )
        except Exception as error:  # noqa: BLE001 - each broker's client has errors of its own
            log.warning("canary not sent: %s", type(error).__name__)
            self._sent_at = None
        else:
            self._sent_at = now

    def _watch(self) -> None:
        while not self.lost(time.monotonic()):
            self.send()
            time.sleep(self._period)
        log.error("the worker takes no work any more: ending it so that it is started again")
        setattr(celery.worker.state, "should_stop", EXIT_CODE)  # noqa: B010 - typed as None only
        time.sleep(LAST_RESORT)
        os._exit(EXIT_CODE)

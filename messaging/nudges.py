"""Telling the workers that there is work. A nudge may be lost: the pump finds the rows anyway.

One thread in each process publishes, so that a slow or dead broker never holds a request; nudges that come
while one is being published are one nudge.
"""

import logging
import os
import threading
import time

from celery import current_app
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

INBOUND = "messaging.tasks.handle_inbound"
OUTBOUND = "messaging.tasks.send_due"

_GATHER_SECONDS = 0.01  # nudges of one burst become one
_BREAKER_SECONDS = 5.0  # how long a broker that failed is left alone


def nudge_inbound() -> None:
    """After the commit: deliveries or messages wait to be handled."""
    transaction.on_commit(lambda: _publisher().ask(INBOUND))


def nudge_outbound() -> None:
    """After the commit: messages wait to be sent."""
    transaction.on_commit(lambda: _publisher().ask(OUTBOUND))


class Publisher:
    """Publishes the tasks that were asked for, each once a burst, from a thread of its own."""

    def __init__(self) -> None:
        self.failures = 0
        self._wanted: set[str] = set()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="nudges", daemon=True).start()

    def ask(self, task: str) -> None:
        """Have `task` published soon. Never blocks, never raises."""
        with self._changed:
            self._wanted.add(task)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._wanted:
                    self._changed.wait()
            time.sleep(_GATHER_SECONDS)
            with self._changed:
                wanted, self._wanted = self._wanted, set()
            for task in sorted(wanted):
                if not self._publish(task):
                    time.sleep(_BREAKER_SECONDS)
                    break

    def _publish(self, task: str) -> bool:
        try:
            current_app.send_task(task, ignore_result=True, expires=60)
        except Exception as error:  # noqa: BLE001 - whatever the broker does, the rows are safe
            self.failures += 1
            log.warning("nudge_failed", extra={"task": task, "error": type(error).__name__})
            return False
        return True


class _Silent:
    """Without a broker there is nobody to tell."""

    failures = 0

    def ask(self, task: str) -> None:
        """Do nothing: the pump polls."""


_current: tuple[int, Publisher | _Silent] | None = None
_lock = threading.Lock()


def _publisher() -> Publisher | _Silent:
    """The publisher of this process; a forked child makes its own."""
    global _current  # noqa: PLW0603 - one publisher a process is the point
    with _lock:
        if _current is None or _current[0] != os.getpid():
            made = Publisher() if settings.CELERY_BROKER_URL else _Silent()
            _current = (os.getpid(), made)
        return _current[1]

"""Does all the work that waits in the database, with nothing but the database: the safety net below Celery."""

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from messaging.services import inbound, jobs, turns
from messaging.services.sending import Sender

log = logging.getLogger(__name__)

_PERIOD = 1.0  # seconds; F-82 allows 5
_PERIOD_ALONE = 0.2  # without a broker nobody else is quicker


class Command(BaseCommand):
    help = "Handle, send and tidy up whatever is due, without a broker. Any number may run."

    def handle(self, *args: Any, **options: Any) -> None:
        period = _PERIOD if settings.CELERY_BROKER_URL else _PERIOD_ALONE
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        sender = Sender(poll=period)
        # In a thread of its own: a long purge or a slow platform must not hold up the messages.
        threading.Thread(target=_repeat, args=(jobs.tick, period, stop), daemon=True).start()
        _repeat(_handle, period, stop)
        sender.close()


def _handle() -> None:
    turns.warm_up()
    inbound.ingest_pending()
    turns.handle_pending(budget_s=5.0)


def _repeat(work: Callable[[], None], period: float, stop: threading.Event) -> None:
    """Do `work` every `period` seconds until `stop`, whatever the database does meanwhile."""
    while not stop.wait(period):
        try:
            close_old_connections()
            work()
        except DatabaseError as error:
            log.warning("pump_database", extra={"error": type(error).__name__})
        except Exception:
            log.exception("pump_failed")

"""The Celery application: nudges only. What has to be done stands in the database; a task says "look now"."""

import contextlib
import os
from typing import Any

from celery import Celery
from celery.signals import (
    setup_logging,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
)
from django.db import DatabaseError, close_old_connections
from django.utils.module_loading import import_string

from project.watchdog import CANARY, Watchdog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("balcao")
app.config_from_object("project.celery_config")
app.autodiscover_tasks()


@app.task(name=CANARY, acks_late=False)
def canary() -> None:
    """Arrive: that is all the watchdog wants to see."""


@setup_logging.connect(weak=False)
def _keep_our_logs(**_: Any) -> None:
    """Leave the logging as Django's settings made it; a connected receiver is what Celery looks for."""


@worker_ready.connect(weak=False)
def _watch(sender: Any, **_: Any) -> None:
    Watchdog(app, hostname=sender.hostname).start()


@worker_process_init.connect(weak=False)
def _warm_up(**_: Any) -> None:
    """The first message shall not wait for the bot's knowledge to be built."""
    with contextlib.suppress(DatabaseError):
        import_string("messaging.services.turns.warm_up")()
        close_old_connections()


@worker_process_shutdown.connect(weak=False)
def _drain(**_: Any) -> None:
    """Let the sends of this process end before it does."""
    import_string("messaging.services.sending.close_sender")()

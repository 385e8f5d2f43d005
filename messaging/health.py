"""Is the process alive, and can it work? Answered in half a second even when a dependency hangs.

Only the database makes the desk not ready: without Redis or the broker, replies go on through the pump.
"""

import importlib
import pkgutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from kombu import Connection

WAIT_SECONDS = 0.35  # for all checks together
KEEP_SECONDS = 1.0  # an answer is good for so long: probes cannot become load
ABANDON_SECONDS = 30.0  # a check that hangs for longer is left to itself and made anew

NEEDED = ("database", "migrations")

Report = tuple[int, dict[str, Any]]  # HTTP status, JSON body


def live() -> Report:
    """The process runs. Touches no dependency."""
    return 200, {"status": "ok"}


def ready() -> Report:
    """What works and what does not, by dependency, without any detail of where it is.

    503 when the database is away or not migrated; 200 "degraded" when only something else is.
    """
    checks = {probe.name: probe.begin() for probe in PROBES}
    wait(checks.values(), timeout=WAIT_SECONDS)
    found = {name: _state(future) for name, future in checks.items()}
    if all(state == "ok" for state in found.values()):
        status = "ok"
    else:
        status = "down" if any(found[name] != "ok" for name in NEEDED) else "degraded"
    return (503 if status == "down" else 200), {"status": status, "checks": found}


@dataclass(slots=True)
class Probe:
    """One dependency and the check of it: at most one runs at a time, in a thread of its own.

    The check answers "ok" or what is wrong in a few words; an exception means "down".
    """

    name: str
    check: Callable[[], str]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _future: "Future[str] | None" = None
    _began: float = 0.0

    def begin(self) -> "Future[str]":
        """The check under way, the last one while it is fresh, or a new one."""
        with self._lock:
            age = time.monotonic() - self._began
            future = self._future
            if future is None or age > (KEEP_SECONDS if future.done() else ABANDON_SECONDS):
                future = self._future = Future()
                self._began = time.monotonic()
                # A daemon: a check that hangs must not keep the process from ending.
                threading.Thread(target=self._run, args=(future,), daemon=True).start()
            return future

    def _run(self, future: "Future[str]") -> None:
        try:
            future.set_result(self.check())
        except Exception as error:  # noqa: BLE001 - whatever it is, the dependency does not work
            future.set_exception(error)
        finally:
            connection.close()


def _state(future: "Future[str]") -> str:
    if not future.done():
        return "no answer"
    return "down" if future.exception() else future.result()


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return "ok"


_migrated = threading.Event()  # migrations are never taken back while a process runs


def _migrations() -> str:
    if not _migrated.is_set():
        missing = _known_migrations() - set(MigrationRecorder(connection).applied_migrations())
        if missing:
            return "pending"
        _migrated.set()
    return "ok"


def _known_migrations() -> set[tuple[str, str]]:
    """Those the code has: read from file names, because importing all of them takes too long here."""
    known = set()
    for app in apps.get_app_configs():
        name, explicit = MigrationLoader.migrations_module(app.label)
        if name is None:
            continue
        try:
            package = importlib.import_module(name)
        except ModuleNotFoundError:
            if explicit:
                raise
            continue
        for module in pkgutil.iter_modules(package.__path__):
            if not module.ispkg and module.name[0] not in "_~":
                known.add((app.label, module.name))
    return known


def _cache() -> str:
    cache.get("readyz")
    return "ok"


def _broker() -> str:
    if not settings.CELERY_BROKER_URL:
        return "ok"  # there is none to be had: the pump does the work
    options = {"socket_connect_timeout": 1, "socket_timeout": 1}
    with Connection(
        settings.CELERY_BROKER_URL, connect_timeout=1, transport_options=options
    ) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    return "ok"


PROBES = (
    Probe("database", _database),
    Probe("migrations", _migrations),
    Probe("cache", _cache),
    Probe("broker", _broker),
)

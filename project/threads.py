"""Thread pools for blocking work behind the event loop, and the database connections of their threads."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections

from project.incoming import Refused

P = ParamSpec("P")
T = TypeVar("T")

_LOOK_EVERY = 1.0  # seconds between two looks at the age and health of a thread's connections


class Pool:
    """A few threads, and how many jobs may be with them: the running ones and those that wait."""

    def __init__(self, name: str, *, threads: int, jobs: int) -> None:
        self.jobs = 0
        self._limit = jobs
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def admit(self) -> None:
        """Raise Refused 503 when as many jobs wait as may."""
        if self.jobs >= self._limit:
            raise Refused(
                503, "busy", "Too many requests at once.", headers=((b"retry-after", b"1"),)
            )

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` in a thread, in a copy of this context (request id, log values)."""
        context = copy_context()
        self.jobs += 1
        try:
            job = self._executor.submit(lambda: context.run(call, *args, **kwargs))
            return await asyncio.wrap_future(job)
        finally:
            self.jobs -= 1

    async def close(self) -> None:
        """End the threads when the jobs they have are done."""
        await asyncio.to_thread(self._executor.shutdown)


class _Looked(threading.local):
    at = 0.0


_looked = _Looked()


def with_database(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `call` outside of Django's request cycle with connections that are fit for use.

    Django looks at age and health before each request, which costs a round trip. Here that happens once
    a second for each thread, and at once after an error.
    """
    now = time.monotonic()
    if now - _looked.at > _LOOK_EVERY:
        _looked.at = now
        close_old_connections()
    try:
        return call(*args, **kwargs)
    finally:
        for connection in connections.all(initialized_only=True):
            if connection.errors_occurred:
                connection.close_if_unusable_or_obsolete()

"""Polls every channel that is polled: one task each, on one event loop, under a database lease.

Two pollers of one account cut each other off, so any number of receivers may run, and one of them polls a
channel. Whatever comes is committed before the platform is told that it may forget it.
"""

import asyncio
import concurrent.futures
import logging
import os
import random
import socket
import time
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db import DatabaseError, close_old_connections

from channels.errors import RateLimited, SendError
from channels.pollers import POLLERS
from channels.polling import Poller
from messaging.services import leases, receiving
from messaging.services.receiving import Source

log = logging.getLogger(__name__)

T = TypeVar("T")

_BACKOFF_FIRST_S, _BACKOFF_LONGEST_S = 1.0, 60.0
_PAUSE_S = 1.0  # when a poll brings nothing new and did not wait: a server that cannot long-poll


class Receiver:
    """All the polling of one process."""

    def __init__(
        self, *, rescan_s: float = 3.0, wait_s: float = 25.0, lease_s: float = 60.0
    ) -> None:
        """`rescan_s`: how soon a new or changed channel is noticed; `wait_s`: the length of a long poll;
        `lease_s`: how long a dead receiver's channels rest. `lease_s` is well above `wait_s`."""
        self._rescan_s, self._wait_s, self._lease_s = rescan_s, wait_s, lease_s
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{random.getrandbits(32):08x}"
        self._tasks: dict[UUID, tuple[Source, asyncio.Task[None]]] = {}
        # Few: each thread has a connection to the database.
        self._threads = concurrent.futures.ThreadPoolExecutor(4, "receiver")

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set, then give the leases back."""
        try:
            while not stop.is_set():
                await self._rescan()
                try:
                    await asyncio.wait_for(stop.wait(), self._rescan_s)
                except TimeoutError:
                    continue
        finally:
            await self._end([task for _, task in self._tasks.values()])
            self._threads.shutdown()

    async def _rescan(self) -> None:
        """Begin what is new or changed, end what is gone."""
        try:
            wanted = {source.channel: source for source in await self._db(receiving.sources)}
        except DatabaseError as error:
            log.warning("receiver_database", extra={"error": type(error).__name__})
            return
        gone = [pk for pk, (source, _) in self._tasks.items() if wanted.get(pk) != source]
        await self._end([self._tasks.pop(pk)[1] for pk in gone])
        for pk, source in wanted.items():
            if pk not in self._tasks:
                self._tasks[pk] = (source, asyncio.create_task(self._receive(source)))

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _receive(self, source: Source) -> None:
        """Poll one channel for ever, whatever happens to the platform, the lease or the database."""
        waits = Backoff()
        while True:
            try:
                await self._under_lease(source, waits)
                await asyncio.sleep(self._rescan_s)  # somebody else has it, or took it
                continue
            except RateLimited as error:
                await asyncio.sleep(error.retry_after)
                continue
            except SendError as error:
                await self._tell(source, error)
            except DatabaseError as error:
                log.warning("receiver_database", extra={"error": type(error).__name__})
            except Exception:
                log.exception("receiver_failed", extra={"channel": str(source.channel)})
            await asyncio.sleep(waits.next())

    async def _tell(self, source: Source, error: SendError) -> None:
        try:
            await self._db(receiving.polling_failed, source.channel, error)
        except DatabaseError as trouble:
            log.warning("receiver_database", extra={"error": type(trouble).__name__})

    async def _under_lease(self, source: Source, waits: "Backoff") -> None:
        """Poll while the lease is ours; returns when it is not, raises what ends the polling."""
        name = f"receive:{source.channel}"
        epoch = await self._db(leases.acquire, name, self._holder, self._lease_s)
        if epoch is None:
            return
        poller = POLLERS[source.kind](source.config)
        try:
            await self._poll(source, poller, name, epoch, waits)
        finally:
            await poller.close()
            await self._db(leases.release, name, epoch)

    async def _poll(
        self, source: Source, poller: Poller, lease: str, epoch: int, waits: "Backoff"
    ) -> None:
        facts = await poller.open()
        confirm = await self._db(receiving.to_confirm, source.channel)
        last_news = time.monotonic()
        wait_s = 0.0  # the first poll only shows whether polling works
        while await self._db(leases.renew, lease, epoch, self._lease_s):
            if time.monotonic() - last_news > receiving.CONFIRMATION_IS_OLD.total_seconds():
                confirm = None
            started = time.monotonic()
            batch = await poller.poll(confirm, wait_s)
            if not wait_s:
                await self._db(receiving.polling_works, source.channel, facts)
                waits.reset()
            fresh = 0
            if batch.items:
                fresh = await self._db(receiving.keep, source.channel, batch)
                confirm, last_news = batch.confirm, time.monotonic()
            if wait_s and not fresh and time.monotonic() - started < _PAUSE_S:
                await asyncio.sleep(_PAUSE_S)
            wait_s = self._wait_s

    async def _db(self, act: Callable[..., T], *args: Any) -> T:
        """Run a database function in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _with_fresh_connection, act, args)


class Backoff:
    """How long to wait after each failure in a row: 1 s, doubling to a minute, ± 20 %."""

    def __init__(self) -> None:
        self._wait = _BACKOFF_FIRST_S

    def next(self) -> float:
        wait, self._wait = self._wait, min(self._wait * 2, _BACKOFF_LONGEST_S)
        return wait * random.uniform(0.8, 1.2)  # noqa: S311

    def reset(self) -> None:
        self._wait = _BACKOFF_FIRST_S


def _with_fresh_connection(act: Callable[..., T], args: tuple[Any, ...]) -> T:
    close_old_connections()
    try:
        return act(*args)
    finally:
        close_old_connections()

"""Live messages for open chat pages, as Server-Sent Events.

One poller a process looks for new messages of all open streams together, and rests while none is
open. The edge calls `open_stream` and writes the events it gives; it must close their generator when
the client has gone.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db import Error, close_old_connections
from django.utils import timezone

from messaging.models import Message
from messaging.webchat import cors, selectors, sessions
from messaging.webchat.receipts import mark_delivered
from messaging.webchat.selectors import VisitorKey

log = logging.getLogger(__name__)

POLL_EVERY = 0.3  # seconds
HEARTBEAT_EVERY = 15.0  # seconds
RECONNECT_AFTER = 2000  # milliseconds, told to the client
MAX_STREAMS = 500  # open at once in one process
MAX_WAITING = 200  # messages a slow client may lag behind before it is dropped

_PATH = re.compile(r"/chat/([0-9a-fA-F-]{36})/events/?")
T = TypeVar("T")


class StreamRefused(Exception):
    """No stream is opened: answer with this HTTP status and these headers instead."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Opened:
    """What to answer: further headers and endless events, or no body (204) where there are none."""

    events: AsyncGenerator[bytes, None] | None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Event:
    """A message ready to be written. `undelivered`: nobody has been seen to receive it."""

    id: UUID
    data: bytes
    undelivered: bool


@dataclass(eq=False, slots=True)
class _Stream:
    """One open page."""

    visitor: VisitorKey
    queue: asyncio.Queue[_Event] = field(default_factory=lambda: asyncio.Queue(MAX_WAITING))
    seen: set[UUID] = field(default_factory=set)
    dropped: bool = False

    def offer(self, event: _Event) -> None:
        """Queue what this page has not had; a page that lags too far is dropped and comes back."""
        if event.id in self.seen or self.dropped:
            return
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped = True
        else:
            self.seen.add(event.id)


class Hub:
    """All streams of this process, and the one poller that feeds them."""

    def __init__(self) -> None:
        self.streams: set[_Stream] = set()
        self.delivered: set[UUID] = set()  # written to a page, not yet told to the database
        self.queries = 0
        self._poller: asyncio.Task[None] | None = None
        # One thread, so one database connection however many pages are open.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="webchat-streams")

    @property
    def full(self) -> bool:
        return len(self.streams) >= MAX_STREAMS

    @property
    def resting(self) -> bool:
        """Whether nobody asks the database."""
        return self._poller is None or self._poller.done()

    def join(self, stream: _Stream) -> None:
        self.streams.add(stream)
        if self.resting:
            self._poller = asyncio.get_running_loop().create_task(self._poll())

    def leave(self, stream: _Stream) -> None:
        self.streams.discard(stream)

    async def call(self, work: Callable[[], T]) -> T:
        """Run `work` in the hub's database thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _fresh, work)

    async def _poll(self) -> None:
        while self.streams or self.delivered:
            try:
                await self._settle()
                await self._feed()
            except Error as error:
                # The database is away. Pages keep their streams: what nobody received yet is
                # found by its status when it is back, however long that took.
                log.warning("webchat_streams_wait", extra={"error": type(error).__name__})
                await asyncio.sleep(1)
            except Exception:
                # One poller feeds every page: it must outlive whatever went wrong once.
                log.exception("webchat_streams_failed")
                await asyncio.sleep(1)
            await asyncio.sleep(POLL_EVERY)

    async def _feed(self) -> None:
        visitors = {stream.visitor for stream in self.streams}
        if not visitors:
            return
        self.queries += 1
        found = await self.call(lambda: _events(visitors))
        for visitor, event in found:
            for stream in self.streams:
                if stream.visitor == visitor:
                    stream.offer(event)

    async def _settle(self) -> None:
        """Tell the database what pages have received since the last look."""
        ids, self.delivered = self.delivered, set()
        if not ids:
            return
        try:
            await self.call(lambda: mark_delivered(sorted(ids)))
        except Error:
            self.delivered |= ids
            raise


HUB = Hub()


async def open_stream(scope: MutableMapping[str, Any]) -> Opened:
    """The answer to `GET /chat/{channel}/events`, or to a browser's preflight of it, for an ASGI scope.

    The visitor's token comes as `Authorization: Bearer`, so that none stands in an address.
    `Last-Event-ID` (the id of any message) makes it begin with what came after that; without it,
    with the latest messages. A message may come again after a reconnect: the reader knows it by
    its id. Raises StreamRefused before anything is written.
    """
    given = {name.lower().decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]}
    channel = _channel_id(scope["path"])
    headers: dict[str, str] = {}
    try:
        if "origin" in given:
            headers = await HUB.call(lambda: cors.headers_for(channel, given["origin"]))
        if headers and scope["method"] == "OPTIONS":
            return Opened(None, headers)
        if scope["method"] != "GET":
            raise StreamRefused(405, "Use GET.", {"Allow": "GET, OPTIONS" if headers else "GET"})
        if HUB.full:
            raise StreamRefused(503, "Too many open chats.", headers)
        after = sessions.cursor(given.get("last-event-id", ""))
        authorization = given.get("authorization", "")
        visitor = await HUB.call(lambda: _identify(channel, authorization))
    except sessions.Refused as error:
        raise StreamRefused(error.status, error.detail, headers) from None
    except Error:
        raise StreamRefused(503, "The chat is not available right now.", headers) from None
    return Opened(_chunks(_Stream(visitor), after), headers)


def _channel_id(path: str) -> UUID:
    """The channel of a stream's address. Raises StreamRefused."""
    match = _PATH.fullmatch(path)
    try:
        return UUID(match.group(1) if match else "")
    except ValueError:
        raise StreamRefused(404, "There is no such chat.") from None


async def _chunks(stream: _Stream, after: UUID | None) -> AsyncGenerator[bytes, None]:
    yield f"retry: {RECONNECT_AFTER}\n\n".encode()
    HUB.join(stream)  # before the past is read, so that nothing falls in between
    try:
        past = await HUB.call(lambda: _past(stream.visitor, after))
        for event in past:
            stream.seen.add(event.id)
            yield event.data
            _received(event)
        while not stream.dropped:
            try:
                event = await asyncio.wait_for(stream.queue.get(), HEARTBEAT_EVERY)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            yield event.data
            _received(event)
    except Error:
        return  # the client comes back after `retry`
    finally:
        HUB.leave(stream)


def _received(event: _Event) -> None:
    """Called when the edge asks for the next chunk: this one is written."""
    if event.undelivered:
        HUB.delivered.add(event.id)


def _identify(channel: UUID, authorization: str) -> VisitorKey:
    return sessions.identify(sessions.open_channel(channel), authorization)


def _past(visitor: VisitorKey, after: UUID | None) -> list[_Event]:
    return [_event(row) for row in selectors.messages_of(visitor, after=after)]


def _events(visitors: Iterable[VisitorKey]) -> list[tuple[VisitorKey, _Event]]:
    rows = selectors.live_messages(set(visitors), timezone.now())
    return [(visitor, _event(row)) for visitor, row in rows]


def _event(row: Message) -> _Event:
    # ASCII JSON holds no line break, which is all that could break out of a data line.
    data = json.dumps(selectors.present(row), separators=(",", ":"))
    text = f"id: {row.id}\nevent: message\ndata: {data}\n\n"
    return _Event(row.id, text.encode(), bool(selectors.undelivered([row])))


def _fresh(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()

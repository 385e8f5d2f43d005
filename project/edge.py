"""The web process's front: an ASGI application that lets no slow client hold a worker thread.

Webhooks go straight to their door in a thread pool of their own, event streams are written by the event
loop, probes are answered even when every other thread hangs, and all else is read whole and handed to
Django in threads. Hosts, proxies and security headers follow Django's own settings on every way.
"""

import asyncio
import logging
import re
import resource
import signal
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from types import FrameType
from typing import Any

from channels.types import WebhookReply, WebhookRequest
from messaging import requestid
from messaging.webchat.stream import Opened, StreamRefused
from project import logs
from project.answers import Writer, as_headers, as_json, security_headers
from project.bridge import Answer, WSGIApplication, environ
from project.incoming import BodyReader, ClientGone, Incoming, Receive, Refused, Scope, Send
from project.threads import Pool, with_database

Webhook = Callable[[str, str, WebhookRequest], WebhookReply]
Stream = Callable[[Scope], Awaitable[Opened]]  # for GET and OPTIONS
Probe = Callable[[], tuple[int, dict[str, Any]]]  # status and JSON body; must not block for long

WEBHOOK_CAP = 4_000_000  # bytes of a body
API_CAP = 256 * 1024
UPLOAD_CAP = 21 * 1024 * 1024
OTHER_CAP = 2_621_440
MAX_FILES = 20_000
UPLOAD_RATE = 64 * 1024  # bytes a second that an upload must keep up once its time is over

_WEBHOOK = re.compile(r"/webhooks/([a-z0-9_-]{1,32})/([0-9A-Fa-f-]{32,36})/?")
_CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}
_QUIET = frozenset({"/healthz"})  # not worth a log line
_EVENT_STREAM = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
)

log = logging.getLogger(__name__)
access = logging.getLogger(logs.ACCESS)


class Edge:
    """The ASGI application.

    `streams` maps a regular expression of a whole path to what opens the event stream; `probes` maps a
    path to what answers it, without a host check; `warm` runs once in a thread after the start.
    """

    def __init__(
        self,
        *,
        webhook: Webhook,
        django: WSGIApplication,
        streams: Mapping[str, Stream] | None = None,
        probes: Mapping[str, Probe] | None = None,
        warm: Callable[[], object] | None = None,
        bodies: BodyReader | None = None,
        webhook_pool: Pool | None = None,
        django_pool: Pool | None = None,
    ) -> None:
        self.webhook = webhook
        self.django = django
        self.streams = [(re.compile(path), open_) for path, open_ in (streams or {}).items()]
        self.probes = dict(probes or {})
        self.warm = warm
        self.bodies = bodies or BodyReader()
        self.webhook_pool = webhook_pool or Pool("webhook", threads=4, jobs=512)
        self.django_pool = django_pool or Pool("django", threads=8, jobs=256)
        self.probe_pool = Pool("probe", threads=2, jobs=16)
        self.security_headers = {secure: security_headers(secure) for secure in (False, True)}
        self._stopping = False
        self._pumps: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._exchange(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:  # a WebSocket: there are none here
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    def stop(self) -> None:
        """End what could last long: streams now, half-sent bodies soon. Requests are finished."""
        self._stopping = True
        self.bodies.hurry()
        for pump in self._pumps:
            pump.cancel()

    # --- one request

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request = Incoming.of(scope)
        request_id = requestid.bind(request.headers.get("x-request-id", ""))
        writer = Writer(send, request, request_id, self.security_headers[request.secure])
        try:
            await self._route(scope, request, receive, writer)
        except Refused as error:
            await writer.error(error.status, error.code, error.detail, error.headers)
        except ClientGone:
            writer.status = writer.status or 499
        except Exception:
            log.exception("request_failed")
            if not writer.status:
                await writer.error(500, "error", "Something went wrong on our side.")
        finally:
            if request.path not in _QUIET:
                access.info(
                    "request",
                    extra={
                        "method": request.method,
                        "path": request.raw_path.decode("latin-1"),
                        "status": writer.status,
                        "ms": round((time.perf_counter() - began) * 1000, 1),
                        "request_id": request_id,
                    },
                )

    async def _route(
        self, scope: Scope, request: Incoming, receive: Receive, writer: Writer
    ) -> None:
        path = request.path
        if path in self.probes:
            await self._probe(self.probes[path], request, writer)
            return
        request.check_host()
        if path.startswith("/webhooks/"):
            await self._webhook(request, receive, writer)
            return
        for pattern, open_stream in self.streams:
            if pattern.fullmatch(path):
                await self._stream(open_stream, scope, request, receive, writer)
                return
        await self._django(scope, request, receive, writer)

    async def _probe(self, probe: Probe, request: Incoming, writer: Writer) -> None:
        if request.method not in ("GET", "HEAD"):
            raise _method_not_allowed("GET, HEAD")
        self.probe_pool.admit()
        status, body = await self.probe_pool.run(probe)
        await writer.whole(status, as_json(body), ((b"cache-control", b"no-store"),))

    async def _webhook(self, request: Incoming, receive: Receive, writer: Writer) -> None:
        request.redirect_to_https()
        match = _WEBHOOK.fullmatch(request.path)
        if match is None:
            raise Refused(404, "not_found", "Not found.", close=True)
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            detail = "Send the body without Content-Encoding."
            raise Refused(415, "unsupported_media_type", detail, close=True)
        query = request.query()
        self.webhook_pool.admit()
        file, _ = await self.bodies.read(receive, request, WEBHOOK_CAP)
        with file:
            body = file.read()
        self.webhook_pool.admit()
        given = WebhookRequest(request.method, request.headers, query, body)
        kind, channel_id = match.groups()
        reply = await self.webhook_pool.run(with_database, self.webhook, kind, channel_id, given)
        headers = as_headers(reply.headers)
        if reply.retry_after is not None:
            headers += ((b"retry-after", str(reply.retry_after).encode()),)
        content = (reply.body.encode(), reply.content_type)
        await writer.whole(reply.status, content, headers)

    async def _django(
        self, scope: Scope, request: Incoming, receive: Receive, writer: Writer
    ) -> None:
        self.django_pool.admit()
        cap, rate = _cap(request)
        body, length = await self.bodies.read(receive, request, cap, rate=rate)
        with body:
            self.django_pool.admit()
            answer = Answer(self.django, environ(scope, request, body, length))
            try:
                part = await self.django_pool.run(answer.begin)
                await writer.start(answer.status, tuple(answer.headers), own=False)
                if answer.done or not writer.has_body:
                    await writer.piece(part, more=False)
                else:
                    await self._relay(answer, part, receive, writer)
            finally:
                if not answer.done:
                    await self.django_pool.run(answer.close)

    async def _relay(self, answer: Answer, part: bytes, receive: Receive, writer: Writer) -> None:
        """Write an answer of many parts as fast as its client takes them."""
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await writer.piece(part)
            while not answer.done:
                part = await self.django_pool.run(answer.more)
                if gone.done():
                    raise ClientGone
                await writer.piece(part)
            await writer.piece(b"", more=False)
        finally:
            gone.cancel()

    async def _stream(
        self,
        open_stream: Stream,
        scope: Scope,
        request: Incoming,
        receive: Receive,
        writer: Writer,
    ) -> None:
        request.redirect_to_https()
        if request.method not in ("GET", "OPTIONS"):
            raise _method_not_allowed("GET")
        if self._stopping:
            raise Refused(503, "stopping", "Come back in a moment.", close=True)
        try:
            opened = await open_stream(scope)
        except StreamRefused as error:
            code = _CODES.get(error.status, "unavailable")
            headers = as_headers(error.headers)
            if error.status == 503:
                headers += ((b"retry-after", b"5"),)
            raise Refused(error.status, code, error.detail, headers=headers) from None
        if opened.events is None:
            await writer.whole(204, (b"", "text/plain"), as_headers(opened.headers))
            return
        await writer.start(200, _EVENT_STREAM + as_headers(opened.headers))
        await self._relay_events(opened.events, receive, writer)

    async def _relay_events(
        self, events: AsyncGenerator[bytes, None], receive: Receive, writer: Writer
    ) -> None:
        """Write events until the client leaves, the process ends or there are no more."""
        pump = asyncio.ensure_future(_pump(events, writer))
        gone = asyncio.ensure_future(_disconnected(receive))
        self._pumps.add(pump)
        try:
            await asyncio.wait({pump, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pumps.discard(pump)
            left = gone.done()
            gone.cancel()
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
            await events.aclose()
        if not left:
            await writer.piece(b"", more=False)
        if not pump.cancelled():
            pump.result()

    # --- the life of the process

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                self._watch_signals()
                _raise_file_limit()
                if self.warm is not None:
                    threading.Thread(target=self.warm, name="warm", daemon=True).start()
                await send({"type": "lifespan.startup.complete"})
            else:
                self.stop()
                for pool in (self.webhook_pool, self.django_pool):
                    await pool.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _watch_signals(self) -> None:
        """Hear of the end before the server does: it waits for open connections, streams too."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            # The loop's own handlers do not live in Python's table, so they are still called.
            earlier = signal.getsignal(number)

            def handle(signum: int, frame: FrameType | None, earlier: Any = earlier) -> None:
                loop.call_soon_threadsafe(self.stop)
                if callable(earlier):
                    earlier(signum, frame)

            signal.signal(number, handle)
            signal.siginterrupt(number, False)


async def _pump(events: AsyncGenerator[bytes, None], writer: Writer) -> None:
    async for chunk in events:
        await writer.piece(chunk)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _raise_file_limit() -> None:
    """Each connection is an open file; the usual limit of 1024 is for programs that ask for no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(MAX_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _cap(request: Incoming) -> tuple[int, int]:
    """The largest body for this address, in bytes, and the rate an upload must keep (0: none)."""
    multipart = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    if multipart and request.path.startswith(("/api/v1/attachments", "/admin/")):
        return UPLOAD_CAP, UPLOAD_RATE
    return (API_CAP if request.path.startswith("/api/") else OTHER_CAP), 0


def _method_not_allowed(allowed: str) -> Refused:
    detail = f"Use {allowed}."
    return Refused(405, "method_not_allowed", detail, headers=((b"allow", allowed.encode()),))

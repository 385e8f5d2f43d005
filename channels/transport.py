"""The only module that opens a socket to send something.

One pooled client a process, a total deadline, a cap on what is read, no redirects. The client lives on an
event loop in a thread of its own, because only there a deadline covers everything: a name that does not
resolve, a server that takes no bytes, one that sends a byte every ten seconds.

Addresses and headers hold tokens: nothing here puts them, or a library's error text, into an exception.
"""

import asyncio
import concurrent.futures
import logging
import os
import threading
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

import httpx

from channels.errors import Permanent, SendError, Transient, Uncertain
from channels.types import ApiCall, Call, LocalCall, RawResponse

MAX_RESPONSE = 1_000_000  # bytes
_GRACE_S = 2.0  # for the loop to report that the deadline has passed

# These libraries write whole addresses at INFO and DEBUG (F-156).
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

# Before the request itself: refused, no such name, TLS, no free connection, a proxy that says no (F-60).
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

T = TypeVar("T")
_Upload = tuple[str, tuple[str, IO[bytes], str]]  # field, (name, content, type)


def deliver(call: Call, *, timeout_s: float = 15.0) -> RawResponse:
    """Make the call and give back whatever was answered; blocks at most `timeout_s` seconds.

    Raises Transient when the request was surely not taken, Uncertain when it was written but no answer came,
    Permanent when it cannot be written at all. A LocalCall is answered at once.
    """
    if isinstance(call, LocalCall):
        return RawResponse(status=200, headers={}, body=b"")
    with ExitStack() as opened:
        future = _loop().submit(_Exchange(call, _files(call, opened)).run(timeout_s))
        try:
            return future.result(timeout_s + _GRACE_S)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise Uncertain("no answer in time") from None


def _files(call: ApiCall, opened: ExitStack) -> list[_Upload]:
    """The call's files as httpx takes them, open until `opened` closes. Raises Permanent."""
    try:
        return [
            (part.field, (part.name, opened.enter_context(Path(part.path).open("rb")), part.mime))
            for part in call.files
        ]
    except OSError as error:
        raise Permanent(f"a file could not be read ({type(error).__name__})") from None


@dataclass
class _Exchange:
    """One request and its answer, and how far it has come."""

    call: ApiCall
    files: list[_Upload]
    started: bool = False  # the first byte may have left
    written: bool = False  # all of the request was handed to the network
    answer: RawResponse | None = None  # as much of it as has come
    _body: bytearray = field(default_factory=bytearray)

    async def run(self, timeout_s: float) -> RawResponse:
        # `from None` everywhere: the library's own errors carry the address, and with it the token.
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(timeout_s)
        except TimeoutError:
            raise self._no_answer("no answer in time", taken=self.started) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            raise Permanent("the call cannot be written as a request") from None
        except _NEVER_SENT as error:
            raise Transient(f"no connection ({type(error).__name__})") from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            if self.answer is not None:
                return self._partial()
            reason = f"connection failed ({type(error).__name__})"
            raise self._no_answer(reason, taken=self.written) from None

    def _no_answer(self, reason: str, *, taken: bool) -> SendError:
        """Uncertain when the platform may have `taken` the request, Transient when surely not (F-61)."""
        return Uncertain(reason) if taken else Transient(reason)

    def _partial(self) -> RawResponse:
        assert self.answer is not None
        return RawResponse(
            self.answer.status, self.answer.headers, bytes(self._body), complete=False
        )

    async def _exchange(self, timeout_s: float) -> RawResponse:
        client = _loop().client()
        call = self.call
        request = client.build_request(
            call.method,
            call.url,
            headers={"accept-encoding": "identity", **call.headers},
            json=call.json,
            data=dict(call.form) or None,
            files=self.files or None,
            timeout=httpx.Timeout(timeout_s, connect=min(5.0, timeout_s)),
            extensions={"trace": self._trace},
        )
        response = await client.send(request, stream=True)
        try:
            return await self._read(response)
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> RawResponse:
        headers = {key.lower(): value for key, value in response.headers.items()}
        self.answer = RawResponse(response.status_code, headers, b"", complete=False)
        async for chunk in response.aiter_raw():  # raw: a small body cannot unpack into a huge one
            self._body += chunk[: MAX_RESPONSE - len(self._body)]
            if len(self._body) >= MAX_RESPONSE:
                return self._partial()
        return RawResponse(response.status_code, headers, bytes(self._body))

    async def _trace(self, event: str, _info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.started = True
        elif event.endswith("send_request_body.complete"):
            self.written = True


class _Loop:
    """An event loop in a daemon thread, and the client that lives on it."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._client: httpx.AsyncClient | None = None
        threading.Thread(target=self._loop.run_forever, name="transport", daemon=True).start()

    def submit(self, work: Coroutine[Any, Any, T]) -> "concurrent.futures.Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def client(self) -> httpx.AsyncClient:
        """The process's client; to be called on the loop."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                follow_redirects=False,
                limits=httpx.Limits(
                    max_connections=100, max_keepalive_connections=20, keepalive_expiry=10.0
                ),
            )
        return self._client


_current: _Loop | None = None
_lock = threading.Lock()


def _loop() -> _Loop:
    """The loop of this process; a forked child makes its own."""
    global _current  # noqa: PLW0603 - one client a process is the point
    with _lock:
        if _current is None or _current.pid != os.getpid():
            _current = _Loop()
        return _current

"""What the edge reads of a request before anybody serves it: who it claims to be for, and its body.

A body is read on the event loop under a deadline and a cap, so a slow client holds no thread.
"""

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

BODY_SECONDS = 30.0  # for a whole body
IDLE_SECONDS = 10.0  # between two pieces of it
STOP_SECONDS = 1.5  # what is left for a body when the process is asked to end
DISCARD_SECONDS = 1.0  # for the rest of a body that is refused
_DISCARDED = 32 * 1024 * 1024  # bytes of it
_IN_MEMORY = 64 * 1024  # bytes of a body; the rest goes to a temporary file
_MAX_QUERY_FIELDS = 100


class Refused(Exception):
    """The request is answered at the edge. `close`: the connection is of no more use."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        close: bool = False,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = (*headers, (b"connection", b"close")) if close else headers


class ClientGone(Exception):
    """The client left before its request was complete: there is nobody to answer."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The head of one request. Header names are lower case; a repeated header is joined by commas."""

    method: str
    path: str
    raw_path: bytes  # as sent, percent-encoded
    query_string: bytes
    headers: dict[str, str]
    scheme: str
    server: tuple[str, str]
    hosts: int  # how many Host headers came

    @classmethod
    def of(cls, scope: Scope) -> "Incoming":
        """Read an ASGI scope."""
        headers: dict[str, str] = {}
        hosts = 0
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            hosts += name == "host"
            if name in headers:
                # RFC 9113 8.2.3: the pieces of a cookie header are joined by semicolons.
                value = f"{headers[name]}{'; ' if name == 'cookie' else ','}{value}"
            headers[name] = value
        host, port = scope.get("server") or ("unknown", "0")
        return cls(
            method=scope["method"].upper(),
            path=scope["path"],
            raw_path=scope.get("raw_path") or scope["path"].encode(),
            query_string=scope["query_string"],
            headers=headers,
            scheme=scope.get("scheme", "http"),
            server=(host, str(port)),
            hosts=hosts,
        )

    @property
    def secure(self) -> bool:
        """Whether it came over TLS, as `HttpRequest.is_secure` tells it."""
        if settings.SECURE_PROXY_SSL_HEADER:
            name, secure_value = settings.SECURE_PROXY_SSL_HEADER
            value = self.headers.get(name.removeprefix("HTTP_").replace("_", "-").lower())
            if value is not None:
                return value.split(",", 1)[0].strip() == secure_value
        return self.scheme == "https"

    @property
    def host(self) -> str:
        """The host asked for, as `HttpRequest.get_host` finds it, not yet checked."""
        if settings.USE_X_FORWARDED_HOST and "x-forwarded-host" in self.headers:
            return self.headers["x-forwarded-host"]
        if "host" in self.headers:
            return self.headers["host"]
        name, port = self.server
        return name if port == ("443" if self.secure else "80") else f"{name}:{port}"

    def check_host(self) -> None:
        """Raise Refused unless the host is one of ours: Django's rule, before anything else is read."""
        allowed = settings.ALLOWED_HOSTS
        if settings.DEBUG and not allowed:
            allowed = [".localhost", "127.0.0.1", "[::1]"]
        domain, _ = split_domain_port(self.host)
        if self.hosts > 1 or not domain or not validate_host(domain, allowed):
            raise Refused(400, "bad_host", "This host is not served here.", close=True)

    def redirect_to_https(self) -> None:
        """Raise the redirect that `SecurityMiddleware` would answer, for what Django does not see."""
        if not settings.SECURE_SSL_REDIRECT or self.secure:
            return
        if any(re.search(item, self.path.lstrip("/")) for item in settings.SECURE_REDIRECT_EXEMPT):
            return
        target = f"https://{settings.SECURE_SSL_HOST or self.host}{self.raw_path.decode('latin-1')}"
        if self.query_string:
            target += f"?{self.query_string.decode('latin-1')}"
        location = ((b"location", target.encode("latin-1")),)
        raise Refused(301, "https_only", "Use HTTPS.", headers=location)

    def query(self) -> dict[str, str]:
        """The query's fields; the last of a repeated one counts. Raises Refused."""
        if not self.query_string:
            return {}
        try:
            pairs = parse_qsl(
                self.query_string.decode("latin-1"),
                keep_blank_values=True,
                max_num_fields=_MAX_QUERY_FIELDS,
            )
        except ValueError:
            raise Refused(400, "bad_query", "The query has too many fields.") from None
        return dict(pairs)

    def declared_length(self) -> int | None:
        """The body's length as the client says, None when it does not. Raises Refused."""
        raw = self.headers.get("content-length")
        if raw is None:
            return None
        if not raw.isascii() or not raw.isdigit() or len(raw) > 18:
            raise Refused(400, "bad_length", "Content-Length is not a number.", close=True)
        return int(raw)


@dataclass(slots=True)
class BodyReader:
    """Reads bodies; remembers those under way so that the end of the process hurries them."""

    total: float = BODY_SECONDS
    idle: float = IDLE_SECONDS
    _open: set[asyncio.Timeout] = field(default_factory=set)

    async def read(
        self, receive: Receive, request: Incoming, cap: int, *, rate: int = 0
    ) -> tuple[IO[bytes], int]:
        """The whole body, rewound, and its length in bytes. The caller closes it.

        `rate`: bytes for each of which the deadline moves on, one second per `rate` bytes; 0 = never.
        Raises Refused 413 (keeping nothing, when the declared length says so) and 408; ClientGone.
        """
        declared = request.declared_length()
        if declared is not None and declared > cap:
            await self._discard(receive, request)
            raise too_large()
        body: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        try:
            length = await self._fill(body, receive, request, cap, rate)
            body.seek(0)
        except BaseException:
            body.close()
            raise
        return body, length

    def hurry(self) -> None:
        """Give the bodies under way a last moment."""
        end = asyncio.get_running_loop().time() + STOP_SECONDS
        for timeout in self._open:
            when = timeout.when()
            if when is None or when > end:
                timeout.reschedule(end)

    async def _fill(
        self, body: IO[bytes], receive: Receive, request: Incoming, cap: int, rate: int
    ) -> int:
        loop = asyncio.get_running_loop()
        began = loop.time()
        length = 0
        timeout = asyncio.timeout(min(self.idle, self.total))
        try:
            async with timeout:
                self._open.add(timeout)
                while True:
                    event = await receive()
                    if event["type"] == "http.disconnect":
                        raise ClientGone
                    piece = event.get("body", b"")
                    length += len(piece)
                    if length > cap:
                        break
                    body.write(piece)
                    if not event.get("more_body", False):
                        return length
                    end = began + self.total + (length / rate if rate else 0.0)
                    timeout.reschedule(min(end, loop.time() + self.idle))
        except TimeoutError:
            raise Refused(408, "timeout", "The body came too slowly.", close=True) from None
        finally:
            self._open.discard(timeout)
        await self._discard(receive, request)
        raise too_large()

    async def _discard(self, receive: Receive, request: Incoming) -> None:
        """Take what a refused client still sends, for a moment: most read no answer before they have sent all."""
        if "expect" in request.headers:  # this one asks first, and sends nothing when it is told so
            return
        left = _DISCARDED
        try:
            async with asyncio.timeout(DISCARD_SECONDS):
                while left > 0:
                    event = await receive()
                    left -= len(event.get("body", b""))
                    if not event.get("more_body", False):
                        return
        except TimeoutError:
            return


def too_large() -> Refused:
    """The refusal of a body over the cap."""
    return Refused(413, "too_large", "The body is too large.", close=True)

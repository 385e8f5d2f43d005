"""How the edge answers: the headers every answer carries, error bodies, and no body where none may be."""

import asyncio
import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from project.incoming import ClientGone, Event, Incoming, Send

Headers = tuple[tuple[bytes, bytes], ...]

SEND_SECONDS = 30.0  # for a client to take one part of an answer


class Writer:
    """Writes one answer: the security headers and the request id on it, no body where none may be."""

    __slots__ = ("_extra", "_head", "_send", "request_id", "status")

    def __init__(
        self, send: Send, request: Incoming, request_id: str, security_headers: Headers
    ) -> None:
        self.status = 0  # 0 until the answer has begun
        self.request_id = request_id
        self._send = send
        self._head = request.method == "HEAD"
        self._extra = security_headers

    @property
    def has_body(self) -> bool:
        """False for HEAD and for a status without a body."""
        return not self._head and self.status not in (204, 304)

    async def start(self, status: int, headers: Headers, *, own: bool = True) -> None:
        """Begin the answer. `own`: it is the edge's, so it gets the headers Django's middleware sets."""
        self.status = status
        extra = self._extra if own else ()
        marked = (b"x-request-id", self.request_id.encode())
        await self._send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*headers, *extra, marked],
            }
        )

    async def piece(self, data: bytes, *, more: bool = True) -> None:
        """Write a piece of the body. Raises ClientGone when it is not taken in time."""
        event: Event = {
            "type": "http.response.body",
            "body": data if self.has_body else b"",
            "more_body": more,
        }
        if not more:
            await self._send(event)
            return
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(event)
        except TimeoutError:
            raise ClientGone from None

    async def whole(self, status: int, content: tuple[bytes, str], headers: Headers = ()) -> None:
        """Write an answer of the edge: (body, content type)."""
        body, content_type = content
        described = (
            (b"content-type", content_type.encode()),
            (b"content-length", str(len(body)).encode()),
        )
        await self.start(status, (*described, *headers))
        await self.piece(body, more=False)

    async def error(self, status: int, code: str, detail: str, headers: Headers = ()) -> None:
        """Write an error body."""
        body = {"detail": detail, "code": code, "request_id": self.request_id}
        await self.whole(status, as_json(body), headers)


def as_headers(named: Mapping[str, str]) -> Headers:
    """Headers by name, as ASGI takes them."""
    return tuple((name.lower().encode(), value.encode("latin-1")) for name, value in named.items())


def as_json(body: Mapping[str, Any]) -> tuple[bytes, str]:
    """A body for `Writer.whole`."""
    return json.dumps(body).encode(), "application/json"


def security_headers(secure: bool) -> Headers:
    """What Django's own middleware would add to an answer, asked from it."""
    blank = {
        "REQUEST_METHOD": "GET",
        "wsgi.url_scheme": "https" if secure else "http",
        "wsgi.input": BytesIO(),
    }
    request = WSGIRequest(blank)
    response = HttpResponse()
    del response["content-type"]
    for middleware in (SecurityMiddleware, XFrameOptionsMiddleware):
        response = middleware(lambda _: HttpResponse()).process_response(request, response)
    return tuple((name.lower().encode(), value.encode()) for name, value in response.items())

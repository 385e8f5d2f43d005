"""Calling an ASGI application from a test: one request, the events the client sends, the answer it gets."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

HOST = (b"host", b"localhost")


@dataclass
class Got:
    """What the client saw."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    pieces: list[bytes] = field(default_factory=list)
    ended: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """The other end of one request. Without further events it stays connected and says nothing."""

    def __init__(self, events: Iterable[dict[str, Any]] = ()) -> None:
        self.events = list(events)
        self.got = Got()
        self.left = asyncio.Event()
        self.taking = asyncio.Event()
        self.taking.set()
        self.asked = 0

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        if self.events:
            return self.events.pop(0)
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, event: dict[str, Any]) -> None:
        await self.taking.wait()
        if event["type"] == "http.response.start":
            assert not self.got.status, "the answer was begun twice"
            self.got.status = event["status"]
            self.got.headers = {k.decode(): v.decode("latin-1") for k, v in event["headers"]}
        else:
            assert self.got.status
            assert not self.got.ended, "the answer went on after its end"
            self.got.pieces.append(event.get("body", b""))
            self.got.body += event.get("body", b"")
            self.got.ended = not event.get("more_body", False)


def scope(
    method: str = "GET",
    path: str = "/",
    *,
    headers: Sequence[tuple[bytes, bytes]] = (HOST,),
    query: bytes = b"",
    **more: Any,
) -> dict[str, Any]:
    """An ASGI scope as granian gives it; `path` may be percent-encoded."""
    from urllib.parse import unquote

    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": ("192.0.2.7", "50000"),
        "server": ("127.0.0.1", "8000"),
        **more,
    }


def body(*pieces: bytes) -> list[dict[str, Any]]:
    """The events of a body that comes in these pieces."""
    last = len(pieces) - 1
    return [
        {"type": "http.request", "body": piece, "more_body": number < last}
        for number, piece in enumerate(pieces)
    ] or [{"type": "http.request", "body": b"", "more_body": False}]


def call(
    edge: Any,
    method: str = "GET",
    path: str = "/",
    *,
    pieces: Sequence[bytes] = (b"",),
    events: list[dict[str, Any]] | None = None,
    headers: Sequence[tuple[bytes, bytes]] = (HOST,),
    **more: Any,
) -> Got:
    """One request, answered; within ten seconds or the test fails."""

    async def run() -> Got:
        client = Client(body(*pieces) if events is None else events)
        given = scope(method, path, headers=headers, **more)
        async with asyncio.timeout(10):
            await edge(given, client.receive, client.send)
        return client.got

    return asyncio.run(run())

"""The least a webhook door could do: an ASGI application that reads the body and inserts it, unproven.

BARE_DATABASE: the path of a SQLite file, or the URL of a PostgreSQL database. No framework, no checks, no log.
"""

import asyncio
import os
import sqlite3
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import psycopg

DATABASE = os.environ["BARE_DATABASE"]
TABLE = (
    "CREATE TABLE IF NOT EXISTS bare_delivery (id {id} PRIMARY KEY, channel {id} NOT NULL,"
    " platform_key varchar(255), body {blob} NOT NULL, state varchar(10) NOT NULL, received_at {time} NOT NULL,"
    " UNIQUE (channel, platform_key))"
)
CHANNEL = uuid.uuid4()

Event = MutableMapping[str, Any]
Insert = Callable[[bytes], Awaitable[None]]


async def sqlite() -> Insert:
    """An insert on one connection, with the durability the product has."""
    connection = sqlite3.connect(DATABASE, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=20000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(TABLE.format(id="char(32)", blob="blob", time="real"))

    async def insert(body: bytes) -> None:
        connection.execute(
            "INSERT INTO bare_delivery VALUES (?, ?, ?, ?, 'pending', ?) ON CONFLICT DO NOTHING",
            (uuid.uuid4().hex, CHANNEL.hex, uuid.uuid4().hex, body, time.time()),
        )

    return insert


async def postgres() -> Insert:
    """An insert on one of eight connections."""
    free: asyncio.Queue[psycopg.AsyncConnection[Any]] = asyncio.Queue()
    for _ in range(8):
        connection = await psycopg.AsyncConnection.connect(DATABASE, autocommit=True)
        connection.prepare_threshold = 1
        free.put_nowait(connection)
    await connection.execute(TABLE.format(id="uuid", blob="bytea", time="timestamptz"))

    async def insert(body: bytes) -> None:
        connection = await free.get()
        try:
            await connection.execute(
                "INSERT INTO bare_delivery VALUES (%s, %s, %s, %s, 'pending', now())"
                " ON CONFLICT DO NOTHING",
                (uuid.uuid4(), CHANNEL, uuid.uuid4().hex, body),
            )
        finally:
            free.put_nowait(connection)

    return insert


class Application:
    """POST anything: stored, then 200."""

    def __init__(self) -> None:
        self.insert: Insert | None = None

    async def __call__(
        self,
        scope: Event,
        receive: Callable[[], Awaitable[Event]],
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self.insert = await (postgres() if "://" in DATABASE else sqlite())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        assert self.insert is not None
        body, more = b"", True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
        await self.insert(body)
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


application = Application()

"""The event stream, opened the way the edge opens it."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connections

from messaging.models import Message
from messaging.webchat import selectors, stream
from messaging.webchat.stream import HUB, StreamRefused, open_stream
from tests import factories
from tests.messaging.webchat.helpers import bearer, make_chat, make_visitor

pytestmark = pytest.mark.django_db(transaction=True)

ANA, BIA = "visitor-ana-01", "visitor-bia-01"

in_thread: Callable[..., Any] = sync_to_async


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "POLL_EVERY", 0.02)


def scope(channel: Any, visitor: str = ANA, last: str = "", **changes: Any) -> dict[str, Any]:
    headers = {**bearer(visitor), **({"Last-Event-ID": last} if last else {})}
    return {
        "type": "http",
        "method": "GET",
        "path": f"/chat/{channel.id}/events",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        **changes,
    }


class Reader:
    """Reads a stream like a browser's fetch: messages out of the bytes."""

    def __init__(self, chunks: AsyncGenerator[bytes, None]) -> None:
        self.chunks = chunks

    async def chunk(self) -> str:
        return (await asyncio.wait_for(anext(self.chunks), 5)).decode()

    async def message(self) -> Any:
        while True:
            lines = (await self.chunk()).splitlines()
            data = next((line for line in lines if line.startswith("data: ")), None)
            if data:
                return json.loads(data[6:])

    async def silent_for(self, seconds: float) -> bool:
        """Whether no message comes in this time. Ends the stream."""
        try:
            await asyncio.wait_for(self.message(), seconds)
        except TimeoutError:
            return True
        return False


async def opened(*args: Any, **kwargs: Any) -> Reader:
    events = (await open_stream(scope(*args, **kwargs))).events
    assert events is not None
    return Reader(events)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something the hub does in its own time."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the hub has no event for tests
            await asyncio.sleep(0.01)


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        try:
            await story()
        finally:
            HUB.streams.clear()  # what a failed story left open
            await HUB.call(connections.close_all)
            await in_thread(connections.close_all)()

    asyncio.run(whole())


def test_the_stream_begins_with_the_past_and_goes_on_with_what_comes() -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    factories.make_message(conversation, text="before")

    async def story() -> None:
        reader = await opened(chat)
        assert "retry: " in await reader.chunk()
        assert (await reader.message())["text"] == "before"
        await in_thread(factories.make_message)(conversation, direction="out", text="after")
        assert (await reader.message())["text"] == "after"
        await reader.chunks.aclose()

    run(story)


def test_each_message_comes_once_although_the_window_is_read_again() -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    factories.make_message(conversation, text="once")

    async def story() -> None:
        reader = await opened(chat)
        assert (await reader.message())["text"] == "once"
        assert await reader.silent_for(0.3)

    run(story)


def test_a_row_committed_late_with_a_lower_id_is_not_lost() -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    earlier = factories.make_message(conversation, direction="out", text="late", status="sending")

    async def story() -> None:
        reader = await opened(chat)
        await in_thread(factories.make_message)(conversation, text="first seen")
        assert (await reader.message())["text"] == "first seen"
        await Message.objects.filter(id=earlier.id).aupdate(status="sent")
        assert (await reader.message())["text"] == "late"
        await reader.chunks.aclose()

    run(story)


def test_two_pages_of_one_visitor_both_hear_it_and_another_visitor_does_not() -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    make_visitor(chat, BIA)

    async def story() -> None:
        one, two, other = await opened(chat), await opened(chat), await opened(chat, BIA)
        for reader in (one, two, other):
            await reader.chunk()
        waiting = [asyncio.ensure_future(reader.message()) for reader in (one, two)]
        nothing = asyncio.ensure_future(other.silent_for(0.6))
        await asyncio.sleep(0.1)
        await in_thread(factories.make_message)(conversation, direction="out", text="for Ana")
        assert [m["text"] for m in await asyncio.gather(*waiting)] == ["for Ana", "for Ana"]
        assert await nothing
        await one.chunks.aclose()
        await two.chunks.aclose()

    run(story)


def test_reading_on_from_the_last_event_leaves_out_what_was_seen_long_ago() -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    old = factories.make_message(conversation, text="old")
    Message.objects.filter(id=old.id).update(created_at="2020-01-01T00:00:00Z")
    last = factories.make_message(conversation, text="last")
    factories.make_message(conversation, text="missed")

    async def story() -> None:
        reader = await opened(chat, last=str(last.id))
        assert (await reader.message())["text"] == "missed"
        await reader.chunks.aclose()

    run(story)


def test_an_answer_is_delivered_once_its_page_has_it_and_not_before() -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)

    async def status() -> str:
        row = await Message.objects.aget(direction="out")
        return row.status

    async def story() -> None:
        reader = await opened(chat)
        await reader.chunk()
        await in_thread(factories.make_message)(conversation, direction="out")
        await reader.message()
        assert await status() == "sent"  # the edge has not come back for more: it is not written
        next_chunk = asyncio.ensure_future(reader.chunk())
        for _ in range(100):
            if await status() == "delivered":
                break
            await asyncio.sleep(0.02)
        assert await status() == "delivered"
        next_chunk.cancel()

    run(story)


def test_a_quiet_stream_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_EVERY", 0.05)
    chat = make_chat()

    async def story() -> None:
        reader = await opened(chat)
        await reader.chunk()
        assert [await reader.chunk() for _ in range(2)] == [": still here\n\n"] * 2
        await reader.chunks.aclose()

    run(story)


def test_one_query_serves_all_streams_and_none_is_asked_when_the_last_has_gone() -> None:
    chat = make_chat()

    async def story() -> None:
        readers = [await opened(chat, f"visitor-{n:04}") for n in range(20)]
        for reader in readers:
            await reader.chunk()
        waiting = [asyncio.ensure_future(reader.chunk()) for reader in readers]
        await until(lambda: len(HUB.streams) == 20)
        clock = asyncio.get_running_loop().time
        before, began = HUB.queries, clock()
        await until(lambda: HUB.queries >= before + 3)
        assert HUB.queries - before <= (clock() - began) / 0.02 + 1
        for future in waiting:
            future.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await until(lambda: not HUB.streams and HUB.resting)
        after = HUB.queries
        await asyncio.sleep(0.2)
        assert HUB.queries == after

    run(story)


def test_a_full_house_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_STREAMS", 1)
    chat = make_chat()

    async def story() -> None:
        reader = await opened(chat)
        await reader.chunk()
        waiting = asyncio.ensure_future(reader.chunk())
        await until(lambda: HUB.full)
        with pytest.raises(StreamRefused) as refused:
            await opened(chat, BIA)
        assert refused.value.status == 503
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await (await opened(chat, BIA)).chunk()  # there is room again

    run(story)


def test_a_page_that_lags_too_far_is_dropped_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_WAITING", 2)
    chat = make_chat()
    conversation = make_visitor(chat, ANA)

    async def story() -> None:
        reader = await opened(chat)
        await reader.chunk()
        first = asyncio.ensure_future(reader.message())
        await asyncio.sleep(0.1)
        await in_thread(factories.make_message)(conversation, text="1")
        await first
        for number in range(5):
            await in_thread(factories.make_message)(conversation, text=str(number))
        await until(lambda: any(lagging.dropped for lagging in HUB.streams))
        async with asyncio.timeout(5):
            rest = [chunk async for chunk in reader.chunks]
        assert len(rest) < 5
        assert not HUB.streams

    run(story)


def test_a_database_that_is_away_for_a_moment_ends_no_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chat = make_chat()
    conversation = make_visitor(chat, ANA)
    asked, real = [], selectors.live_messages

    def flaky(*args: Any) -> Any:
        asked.append(1)
        if len(asked) < 3:
            raise DatabaseError("away")
        return real(*args)

    monkeypatch.setattr(selectors, "live_messages", flaky)

    async def story() -> None:
        reader = await opened(chat)
        await reader.chunk()
        waiting = asyncio.ensure_future(reader.message())
        await asyncio.sleep(0.1)
        await in_thread(factories.make_message)(conversation, text="after the outage")
        assert (await waiting)["text"] == "after the outage"
        await reader.chunks.aclose()

    run(story)


FORGED = [(b"authorization", b"Bearer visitor-ana-01." + b"0" * 64)]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"headers": []}, 401),
        ({"headers": FORGED}, 403),
        ({"headers": [(b"authorization", b"Bearer \xff\xfe")]}, 403),
        ({"path": f"/chat/{uuid.uuid4()}/events"}, 404),
        ({"path": f"/chat/{'-' * 36}/events"}, 404),
        ({"path": "/chat/../events"}, 404),
        ({"method": "POST"}, 405),
        ({"last": "not-an-id"}, 400),
        ({"last": str(uuid.uuid4())}, 400),
    ],
)
def test_f01_a_stream_without_a_good_token_or_address_is_refused(
    changes: dict[str, Any], status: int
) -> None:
    chat = make_chat()

    async def story() -> None:
        with pytest.raises(StreamRefused) as refused:
            await opened(chat, **changes)
        assert refused.value.status == status
        assert not HUB.streams

    run(story)


def test_no_text_of_a_person_can_break_out_of_its_event() -> None:
    chat = make_chat()
    text = "a\n\nevent: message\ndata: {}\n\nid: 1\r\n\u2028\u0085é"
    factories.make_message(make_visitor(chat, ANA), text=text)

    async def story() -> None:
        reader = await opened(chat)
        await reader.chunk()
        chunk = await reader.chunk()
        assert chunk.count("\n\n") == 1
        assert len(chunk.splitlines()) == 4
        assert json.loads(chunk.splitlines()[2][6:])["text"] == text
        await reader.chunks.aclose()

    run(story)

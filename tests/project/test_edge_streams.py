"""The edge beside requests: probes, event streams, the beginning and the end of the process."""

import asyncio
import threading
import time

import pytest

from messaging.webchat.stream import Opened, StreamRefused
from project.edge import Edge
from project.threads import Pool
from tests.project.edge_calls import Client, body, call, scope

CHANNEL = "0190c1f4-5a3e-7c11-8d2f-0123456789ab"
DOOR = f"/webhooks/telegram/{CHANNEL}"


# --- probes


def test_f163_probes_answer_while_every_other_thread_hangs(door):
    held = threading.Event()

    def hanging(environ, start_response):
        held.wait(5)
        start_response("200 OK", [])
        return []

    probes = {"/healthz": lambda: (200, {"status": "ok"})}
    edge = Edge(
        webhook=door, django=hanging, probes=probes, django_pool=Pool("d", threads=2, jobs=9)
    )

    async def run():
        clients = [Client(body(b"")) for _ in range(5)]
        hanging = [asyncio.create_task(edge(scope(path="/x"), c.receive, c.send)) for c in clients]
        await asyncio.sleep(0.05)
        probe = Client()
        began = time.monotonic()
        await edge(scope(path="/healthz"), probe.receive, probe.send)
        took = time.monotonic() - began
        held.set()
        await asyncio.gather(*hanging)
        return probe.got, took, [c.got.status for c in clients]

    probe, took, others = asyncio.run(run())
    assert (probe.status, probe.json) == (200, {"status": "ok"})
    assert took < 0.5
    assert others == [200] * 5


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 405), ("OPTIONS", 405)])
def test_probes_are_read_only(door, site, method, status):
    edge = Edge(webhook=door, django=site, probes={"/healthz": lambda: (200, {})})
    got = call(edge, method, "/healthz", headers=[(b"host", b"10.0.0.9")])
    assert got.status == status
    assert method != "HEAD" or got.body == b""


# --- event streams


class Stream:
    """A stream of the test: yields what is put in; knows when it was closed."""

    def __init__(self):
        self.queue = asyncio.Queue()
        self.closed = asyncio.Event()
        self.fails = None
        self.headers = {}

    async def __call__(self, scope):
        if self.fails:
            raise self.fails
        return Opened(self._events(), self.headers)

    async def _events(self):
        try:
            yield b"retry: 1\n\n"
            while True:
                yield await self.queue.get()
        finally:
            self.closed.set()


EVENTS = f"/chat/{CHANNEL}/events"


def streaming(door, site, stream):
    return Edge(webhook=door, django=site, streams={r"/chat/[^/]+/events/?": stream})


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("path", [EVENTS, f"{EVENTS}/"])
def test_events_are_written_as_they_come_and_the_stream_ends_with_its_client(door, site, path):
    async def run():
        stream, client = Stream(), Client(body(b""))
        edge = streaming(door, site, stream)
        serving = asyncio.create_task(edge(scope(path=path), client.receive, client.send))
        await until(lambda: client.got.body == b"retry: 1\n\n")
        await stream.queue.put(b"data: 1\n\n")
        await until(lambda: client.got.body.endswith(b"data: 1\n\n"))
        client.left.set()
        async with asyncio.timeout(1):
            await serving
        return client.got, stream.closed.is_set()

    got, closed = asyncio.run(run())
    assert got.status == 200
    assert got.headers["content-type"].startswith("text/event-stream")
    assert got.headers["cache-control"] == "no-cache, no-transform"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert closed


def test_f38_streams_hold_no_thread(door, site):
    async def run():
        stream = Stream()
        edge = streaming(door, site, stream)
        before = set(threading.enumerate())
        clients = [Client(body(b"")) for _ in range(200)]
        serving = [
            asyncio.create_task(edge(scope(path=EVENTS), c.receive, c.send)) for c in clients
        ]
        await until(lambda: all(c.got.body for c in clients))
        started = set(threading.enumerate()) - before
        for client in clients:
            client.left.set()
        await asyncio.gather(*serving)
        return started

    assert asyncio.run(run()) == set()


def test_when_the_process_ends_streams_end_whole(door, site):
    async def run():
        stream, client = Stream(), Client(body(b""))
        edge = streaming(door, site, stream)
        serving = asyncio.create_task(edge(scope(path=EVENTS), client.receive, client.send))
        await until(lambda: client.got.body)
        edge.stop()
        async with asyncio.timeout(1):
            await serving
        late = Client(body(b""))
        await edge(scope(path=EVENTS), late.receive, late.send)
        return client.got, stream.closed.is_set(), late.got.status

    got, closed, late = asyncio.run(run())
    assert got.ended
    assert closed
    assert late == 503


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "unauthorized"), (403, "forbidden"), (404, "not_found"), (503, "unavailable")],
)
def test_a_refused_stream_is_an_error_body(door, site, status, code):
    stream = Stream()
    stream.fails = StreamRefused(status, "No.", {"Vary": "Origin"})
    got = call(streaming(door, site, stream), path=EVENTS)
    assert (got.status, got.json["code"], got.json["detail"]) == (status, code, "No.")
    assert ("retry-after" in got.headers) == (status == 503)
    assert got.headers["vary"] == "Origin"


def test_what_opens_a_stream_adds_headers_and_may_answer_without_events(door, site):
    async def opens(scope):
        async def events():
            yield b"data: 1\n\n"

        return Opened(None if scope["method"] == "OPTIONS" else events(), {"Vary": "Origin"})

    edge = streaming(door, site, opens)
    before, got = call(edge, "OPTIONS", EVENTS), call(edge, path=EVENTS)
    assert (before.status, before.body, before.headers["vary"]) == (204, b"", "Origin")
    assert (got.status, got.body, got.headers["vary"]) == (200, b"data: 1\n\n", "Origin")


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_a_stream_is_only_read(door, site, method):
    got = call(streaming(door, site, Stream()), method, EVENTS)
    assert (got.status, got.headers["allow"]) == (405, "GET")


def test_a_stream_that_breaks_ends_its_answer_and_is_logged(door, site, caplog):
    async def broken(scope):
        async def events():
            yield b"data: 1\n\n"
            raise ValueError("broken")

        return Opened(events())

    got = call(streaming(door, site, broken), path=EVENTS)
    assert (got.status, got.body) == (200, b"data: 1\n\n")
    assert "request_failed" in caplog.text


# --- the life of the process


def test_the_process_says_when_it_is_up_and_lets_requests_finish_before_it_is_down(door):
    done = []

    def slow(environ, start_response):
        time.sleep(0.2)
        done.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return []

    warmed = threading.Event()
    edge = Edge(webhook=door, django=slow, warm=warmed.set)

    async def run():
        events = asyncio.Queue()
        said = []

        async def say(event):
            said.append(event["type"])

        life = asyncio.create_task(edge({"type": "lifespan"}, events.get, say))
        await events.put({"type": "lifespan.startup"})
        await until(lambda: said)
        client = Client(body(b""))
        request = asyncio.create_task(edge(scope(path="/slow"), client.receive, client.send))
        await asyncio.sleep(0.05)
        await events.put({"type": "lifespan.shutdown"})
        await life
        finished = list(done)
        await request
        return said, finished, client.got.status

    said, finished, status = asyncio.run(run())
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert warmed.wait(1)
    assert (finished, status) == (["/slow"], 200)


def test_a_websocket_is_closed(edge):
    said = []

    async def run():
        async def receive():
            return {"type": "websocket.connect"}

        async def send(event):
            said.append(event["type"])

        await edge({"type": "websocket", "path": "/"}, receive, send)

    asyncio.run(run())
    assert said == ["websocket.close"]

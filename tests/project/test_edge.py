"""The HTTP edge, driven as an ASGI application."""

import asyncio
import json
import logging
import threading
import time

import pytest
from django.db import OperationalError

from channels.types import WebhookReply
from messaging import requestid
from project import logs
from project.edge import Edge
from project.incoming import BodyReader
from project.threads import Pool
from tests.project.edge_calls import HOST, Client, body, call, scope

CHANNEL = "0190c1f4-5a3e-7c11-8d2f-0123456789ab"
DOOR = f"/webhooks/telegram/{CHANNEL}"


# --- webhooks


@pytest.mark.parametrize("path", [DOOR, f"{DOOR}/"])
def test_f37_both_slash_forms_of_a_webhook_reach_the_door_without_a_redirect(edge, door, path):
    got = call(edge, "POST", path, pieces=[b'{"a":', b"1}"], query=b"x=1&y=%C3%A9&y=2")
    assert (got.status, got.body) == (200, b"")
    ((kind, channel_id, request),) = door.came
    assert (kind, channel_id) == ("telegram", CHANNEL)
    assert (request.method, request.body) == ("POST", b'{"a":1}')
    assert request.query == {"x": "1", "y": "2"}
    assert request.headers == {"host": "localhost"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_f37_the_door_decides_about_every_method(edge, door, method):
    door.reply = WebhookReply(
        status=405, body="{}", content_type="application/json", headers={"Allow": "POST"}
    )
    got = call(edge, method, DOOR)
    assert got.status == 405
    assert got.headers["allow"] == "POST"
    assert got.headers["content-length"] == "2"
    assert got.body == (b"" if method == "HEAD" else b"{}")
    assert door.came[0][2].method == method


def test_a_reply_of_the_door_is_answered_as_it_is(edge, door):
    door.reply = WebhookReply(status=503, body="später", content_type="text/plain; charset=utf-8")
    got = call(edge, "POST", DOOR)
    assert (got.status, got.body.decode()) == (503, "später")
    assert "retry-after" not in got.headers
    door.reply = WebhookReply(status=503, retry_after=5)
    assert call(edge, "POST", DOOR).headers["retry-after"] == "5"


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/",
        "/webhooks/telegram",
        "/webhooks/telegram/not-an-id",
        "/webhooks/TELEGRAM/" + CHANNEL,
        DOOR + "//",
        DOOR + "/more",
        DOOR + "%0A",
        "/webhooks/../admin/" + CHANNEL,
        "/webhooks/" + "x" * 5000,
    ],
)
def test_f06_an_address_that_is_no_webhook_is_the_same_404(edge, door, path):
    got = call(edge, "POST", path)
    assert got.status == 404
    assert {**got.json, "request_id": ""} == {
        "detail": "Not found.",
        "code": "not_found",
        "request_id": "",
    }
    assert door.came == []


def over_the_cap(edge, events, *headers):
    async def run():
        client = Client(events)
        given = scope("POST", DOOR, headers=[HOST, (b"content-length", b"4000001"), *headers])
        await edge(given, client.receive, client.send)
        return client

    return asyncio.run(run())


def test_f11_a_client_that_asks_first_is_refused_before_it_sends_over_4_mb(edge, door):
    client = over_the_cap(edge, body(b"x" * 4_000_001), (b"expect", b"100-continue"))
    assert client.got.status == 413
    assert client.got.headers["connection"] == "close"
    assert client.got.json["code"] == "too_large"
    assert (client.asked, door.came) == (0, [])


def test_f11_any_other_client_may_finish_sending_so_that_it_reads_the_refusal(edge, door):
    client = over_the_cap(edge, body(b"x" * 4_000_000, b"x"))
    assert (client.got.status, client.asked, client.events) == (413, 2, [])
    assert door.came == []


def test_f11_nobody_waits_long_for_the_rest_of_a_refused_body(edge, door, monkeypatch):
    monkeypatch.setattr("project.incoming.DISCARD_SECONDS", 0.05)
    client = over_the_cap(edge, [{"type": "http.request", "body": b"x", "more_body": True}])
    assert (client.got.status, door.came) == (413, [])


def test_f11_a_refused_body_is_not_taken_without_end(edge, door):
    megabyte = {"type": "http.request", "body": b"x" * 1_048_576, "more_body": True}
    client = over_the_cap(edge, [megabyte] * 40)
    assert (client.got.status, client.asked) == (413, 32)


def test_f11_a_webhook_without_a_length_is_refused_when_it_grows_over_4_mb(edge, door):
    got = call(edge, "POST", DOOR, pieces=[b"x" * 1_000_000] * 4 + [b"x"])
    assert got.status == 413
    assert door.came == []


def test_f11_a_webhook_of_4_mb_comes_through_whole(edge, door):
    got = call(edge, "POST", DOOR, pieces=[b"ab" * 500_000] * 4)
    assert got.status == 200
    assert door.came[0][2].body == b"ab" * 2_000_000


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"\xb2", b"9" * 40, b"", b" "])
def test_a_content_length_that_is_no_number_is_400(edge, door, length):
    got = call(edge, "POST", DOOR, headers=[HOST, (b"content-length", length)])
    assert (got.status, got.json["code"]) == (400, "bad_length")
    assert door.came == []


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"identity, gzip", b"x"])
def test_f15_an_encoded_webhook_is_415(edge, door, encoding):
    headers = [HOST, (b"content-encoding", encoding)]
    got = call(edge, "POST", DOOR, headers=headers)
    assert (got.status, door.came) == (415, [])


def test_f15_the_identity_encoding_is_none(edge, door):
    got = call(edge, "POST", DOOR, headers=[HOST, (b"content-encoding", b"Identity")])
    assert (got.status, len(door.came)) == (200, 1)


def test_a_query_with_too_many_fields_is_400(edge, door):
    got = call(edge, "GET", DOOR, query=b"&".join(b"a=1" for _ in range(101)))
    assert (got.status, door.came) == (400, [])


def test_f04_two_signature_headers_come_joined_so_that_neither_counts(edge, door):
    name = b"X-Hub-Signature-256"
    call(edge, "POST", DOOR, headers=[HOST, (name, b"sha256=aa"), (name, b"sha256=bb")])
    assert door.came[0][2].headers["x-hub-signature-256"] == "sha256=aa,sha256=bb"


def test_an_error_nobody_foresaw_is_a_500_that_tells_nothing(edge, door, caplog):
    door.reply = ValueError("secret 123")
    got = call(edge, "POST", DOOR)
    assert (got.status, got.json["code"]) == (500, "error")
    assert b"secret" not in got.body
    assert "request_failed" in caplog.text


def test_the_webhook_threads_look_after_their_database_connections(door, site, monkeypatch):
    """A connection that had an error is looked at before the thread's next webhook."""
    closed = []

    class Connection:
        errors_occurred = True

        def close_if_unusable_or_obsolete(self):
            closed.append(threading.current_thread().name)

    monkeypatch.setattr("project.threads.connections.all", lambda initialized_only: [Connection()])
    door.reply = OperationalError("away")
    got = call(Edge(webhook=door, django=site), "POST", DOOR)
    assert got.status == 500
    assert closed
    assert all(name.startswith("webhook") for name in closed)


# --- bodies that do not come


def quick(door, site, **times):
    return Edge(webhook=door, django=site, bodies=BodyReader(**times))


@pytest.mark.parametrize("path", [DOOR, "/api/v1/faqs/"])
def test_f38_a_body_that_stops_is_408_and_nothing_is_stored(door, site, path):
    edge = quick(door, site, idle=0.05)
    events = [{"type": "http.request", "body": b"ab", "more_body": True}]
    got = call(edge, "POST", path, events=events)
    assert (got.status, got.json["code"]) == (408, "timeout")
    assert got.headers["connection"] == "close"
    assert (door.came, site.environs) == ([], [])


class Drip(Client):
    """Sends one byte each `every` seconds, for ever."""

    every = 0.02

    async def receive(self):
        await asyncio.sleep(self.every)
        return {"type": "http.request", "body": b"x", "more_body": True}


def test_f38_a_body_that_drips_ends_with_the_total_time(door, site):
    edge = quick(door, site, idle=0.1, total=0.3)

    async def run():
        client = Drip()
        began = time.monotonic()
        await edge(scope("POST", DOOR), client.receive, client.send)
        return client.got, time.monotonic() - began

    got, took = asyncio.run(run())
    assert got.status == 408
    assert 0.25 < took < 2


def test_an_upload_that_keeps_its_rate_may_take_longer_than_the_total_time(door, site):
    edge = quick(door, site, idle=1, total=0.05)
    headers = [HOST, (b"content-type", b"multipart/form-data; boundary=x")]

    class Steady(Client):
        async def receive(self):
            await asyncio.sleep(0.03)
            return await super().receive()

    async def run():
        client = Steady(body(*[b"x" * 65_536] * 6))
        given = scope("POST", "/api/v1/attachments/", headers=headers)
        await edge(given, client.receive, client.send)
        return client.got

    assert asyncio.run(run()).status == 200
    assert len(site.bodies[0]) == 6 * 65_536


def test_f38_a_client_that_leaves_in_its_body_has_asked_for_nothing(edge, door, site):
    events = [
        {"type": "http.request", "body": b'{"update_id":', "more_body": True},
        {"type": "http.disconnect"},
    ]
    for path in (DOOR, "/api/v1/faqs/"):
        got = call(edge, "POST", path, events=list(events))
        assert got.status == 0
    assert (door.came, site.environs) == ([], [])


def test_when_the_process_ends_half_sent_bodies_get_a_last_moment(edge, monkeypatch):
    monkeypatch.setattr("project.incoming.STOP_SECONDS", 0.05)

    async def run():
        client = Client([{"type": "http.request", "body": b"ab", "more_body": True}])
        serving = asyncio.create_task(edge(scope("POST", DOOR), client.receive, client.send))
        await asyncio.sleep(0.05)
        edge.stop()
        async with asyncio.timeout(2):
            await serving
        return client.got

    assert asyncio.run(run()).status == 408


# --- caps of everything else


@pytest.mark.parametrize(
    ("path", "kind", "cap"),
    [
        ("/api/v1/faqs/", b"application/json", 256 * 1024),
        ("/api/v1/faqs/", b"multipart/form-data; boundary=x", 256 * 1024),
        ("/api/v1/attachments/", b"application/json", 256 * 1024),
        ("/api/v1/attachments/", b"multipart/form-data; boundary=x", 21 * 1024 * 1024),
        ("/admin/bot/faq/import/", b"Multipart/form-data; boundary=x", 21 * 1024 * 1024),
        ("/admin/login/", b"application/x-www-form-urlencoded", 2_621_440),
        ("/chat/x/messages", b"application/json", 2_621_440),
    ],
)
def test_f11_each_address_has_its_cap(edge, site, path, kind, cap):
    def send(length):
        headers = [HOST, (b"content-type", kind), (b"content-length", str(length).encode())]
        return call(edge, "POST", path, headers=headers, pieces=[b"x" * length]).status

    assert send(cap) == 200
    assert len(site.bodies[0]) == cap
    assert send(cap + 1) == 413
    assert len(site.bodies) == 1


# --- too much at once


def test_f160_more_requests_than_may_wait_are_503_with_retry_after(door, site):
    busy = Pool("busy", threads=1, jobs=1)
    edge = Edge(webhook=door, django=site, webhook_pool=busy)
    held = threading.Event()

    async def run():
        job = asyncio.create_task(busy.run(held.wait, 5))
        await asyncio.sleep(0.05)
        refused, served = Client(body(b"{}")), Client(body(b""))
        await edge(scope("POST", DOOR), refused.receive, refused.send)
        await edge(scope("GET", "/docs/"), served.receive, served.send)
        held.set()
        await job
        return refused.got, served.got

    refused, served = asyncio.run(run())
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert served.status == 200
    assert door.came == []


# --- request ids, errors, the access log


def test_a_sane_request_id_is_kept_and_seen_behind_the_edge(door, site):
    seen = []

    def webhook(*_):
        seen.append(requestid.current())
        return WebhookReply()

    edge = Edge(webhook=webhook, django=site)
    got = call(edge, "POST", DOOR, headers=[HOST, (b"x-request-id", b"Abc-123")])
    assert got.headers["x-request-id"] == "Abc-123"
    assert seen == ["Abc-123"]


@pytest.mark.parametrize(
    "given", [b"", b"a b", b"x" * 65, b"a\r\nb", b"<b>", "é".encode(), b"a,b", b"a\n"]
)
def test_f159_any_other_request_id_is_replaced(edge, given):
    got = call(edge, headers=[HOST, (b"x-request-id", given)])
    made = got.headers["x-request-id"]
    assert len(made) == 32
    assert made.isalnum()


def test_an_error_body_names_the_request(edge):
    got = call(edge, "POST", "/webhooks/x", headers=[HOST, (b"x-request-id", b"abc")])
    assert got.json["request_id"] == got.headers["x-request-id"] == "abc"
    assert got.headers["content-type"] == "application/json"


def test_each_request_is_one_log_line_without_its_query(edge, caplog):
    caplog.set_level(logging.INFO, "project.access")
    call(edge, "POST", DOOR, query=b"hub.verify_token=s3cret")
    (line,) = [record for record in caplog.records if record.name == "project.access"]
    assert (line.method, line.path, line.status) == ("POST", DOOR, 200)
    assert isinstance(line.ms, float)
    assert "s3cret" not in str(line.__dict__)


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_f159_a_path_cannot_forge_a_log_line(edge, capsys, log_format):
    handler = logging.StreamHandler()
    config = logs.config(log_format)["formatters"]["line"].copy()
    handler.setFormatter(config.pop("()")(**config))
    access = logging.getLogger("project.access")
    access.addHandler(handler)
    try:
        call(edge, path="/x", raw_path=b"/\r\nGET /forged \x1b[31m" + b"a" * 5000)
    finally:
        access.removeHandler(handler)
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert "\x1b" not in written
    assert len(written) < 1500
    assert log_format != "json" or json.loads(written)["method"] == "GET"


def test_f163_liveness_is_not_logged(door, site, caplog):
    caplog.set_level(logging.INFO, "project.access")
    edge = Edge(webhook=door, django=site, probes={"/healthz": lambda: (200, {"status": "ok"})})
    assert call(edge, path="/healthz").json == {"status": "ok"}
    assert [record for record in caplog.records if record.name == "project.access"] == []

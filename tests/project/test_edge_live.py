"""The edge in front of the whole desk."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing

import httpx
import pytest

from project.environment import ROOT
from project.supervisor import web_command
from tests.engines import free_port

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def mock(live_desk):
    return live_desk.create_channel("mock")["id"]


@pytest.fixture(scope="module")
def webchat(live_desk):
    return live_desk.create_channel("webchat")["id"]


def say(live_desk, channel, number, **options):
    body = {"id": f"edge-{number}", "from": "edge-visitor", "text": "olá"}
    url = f"{live_desk.base_url}/webhooks/mock/{channel}"
    return httpx.post(url, json=body, timeout=5, **options)


def test_f38_half_sent_bodies_and_open_event_streams_do_not_hold_up_the_desk(
    live_desk, mock, webchat
):
    """32 half-sent bodies and 50 open chats: a good webhook, a page and the API answer within a second."""
    session = httpx.post(f"{live_desk.base_url}/chat/{webchat}/session", json={}, timeout=10)
    assert session.status_code == 200, session.text
    head = "Host: 127.0.0.1\r\n"
    half = f"POST /webhooks/mock/{mock} HTTP/1.1\r\n{head}Content-Length: 50\r\n\r\n{{"
    events = (
        f"GET /chat/{webchat}/events HTTP/1.1\r\n{head}"
        f"Authorization: Bearer {session.json()['token']}\r\n\r\n"
    )
    with ExitStack() as stack:

        def connect(sent):
            link = socket.create_connection(("127.0.0.1", live_desk.port), timeout=10)
            stack.enter_context(closing(link))
            link.sendall(sent.encode())
            return link

        for _ in range(32):
            connect(half)
        for stream in [connect(events) for _ in range(50)]:
            assert stream.recv(15) == b"HTTP/1.1 200 OK"
        took = []
        for number in range(5):
            began = time.monotonic()
            assert say(live_desk, mock, number).status_code == 200
            took.append(time.monotonic() - began)
        for path in ("/", "/admin/login/", "/api/schema/", "/healthz", "/readyz"):
            began = time.monotonic()
            assert httpx.get(live_desk.base_url + path, timeout=5).status_code == 200
            if path != "/api/schema/":  # making the schema is real work
                took.append(time.monotonic() - began)
    assert max(took) < 1


def test_f36_a_chunked_webhook_is_stored_and_answered(live_desk, mock):
    def pieces():
        yield b'{"id": "edge-chunked", "from": "edge-chunky",'
        yield b' "text": "atendente"}'

    url = f"{live_desk.base_url}/webhooks/mock/{mock}/"
    assert httpx.post(
        url, content=pieces(), headers={"content-type": "application/json"}
    ).is_success
    with live_desk.sign_in() as api:
        deadline = time.monotonic() + 10
        found = []
        while not found and time.monotonic() < deadline:
            rows = api.get("messages/", params={"channel": mock, "direction": "in"}).json()
            found = [row for row in rows["results"] if row["text"] == "atendente"]
            time.sleep(0.1)
    assert len(found) == 1


def test_f37_a_post_is_never_redirected_for_its_slash(live_desk, mock):
    for path in ("/api/v1/auth/token", f"/webhooks/mock/{mock}", "/admin/login", "/docs", "/x"):
        answer = httpx.post(live_desk.base_url + path, json={}, timeout=5)
        assert not answer.is_redirect, path


def test_f11_the_api_refuses_a_large_body_with_its_own_error(live_desk):
    with live_desk.sign_in() as api:
        answer = api.post("faqs/match/", content=b" " * (256 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_strange_host_is_refused_everywhere_but_on_probes(live_desk, mock):
    evil = {"host": "evil.example"}
    for path in ("/", "/admin/", "/static/x", f"/webhooks/mock/{mock}", "/metrics"):
        assert httpx.get(live_desk.base_url + path, headers=evil).status_code == 400, path
    for path in ("/healthz", "/readyz"):
        assert httpx.get(live_desk.base_url + path, headers=evil).status_code == 200, path


def test_static_files_may_be_cached(live_desk):
    url = f"{live_desk.base_url}/static/webchat/chat.css"
    first = httpx.get(url)
    assert first.status_code == 200
    assert "max-age=" in first.headers["cache-control"]
    again = httpx.get(url, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_f163_the_real_readiness_names_each_dependency(live_desk):
    answer = httpx.get(f"{live_desk.base_url}/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "cache": "ok", "broker": "ok"},
    }


def test_metrics_can_be_read_on_the_machine(live_desk):
    answer = httpx.get(f"{live_desk.base_url}/metrics")
    assert answer.status_code == 200
    assert "balcao_queue_conversations" in answer.text


@pytest.fixture
def web_with_silent_servers(tmp_path):
    """The real web process whose database, cache and broker take connections and never say a word."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=128)) as silent:
        port, taken = free_port(), silent.getsockname()[1]
        with (tmp_path / "web.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *web_command("127.0.0.1", port)],
                cwd=ROOT,
                env={
                    "PATH": os.environ["PATH"],
                    "DATA_DIR": str(tmp_path),
                    "DATABASE_URL": f"postgres://desk:s3cret@127.0.0.1:{taken}/desk",
                    "REDIS_URL": f"redis://127.0.0.1:{taken}/0",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)


def test_f163_probes_answer_in_half_a_second_while_every_dependency_hangs(web_with_silent_servers):
    url, process = web_with_silent_servers
    client = httpx.Client(base_url=url, timeout=5)
    deadline = time.monotonic() + 30
    while True:
        try:
            client.get("/healthz")
            break
        except httpx.TransportError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    time.sleep(2)  # let the import of all views, which comes right after the start, be over
    for path, status in [("/healthz", 200), ("/readyz", 503)] * 3:
        began = time.monotonic()
        answer = client.get(path)
        took = time.monotonic() - began
        assert answer.status_code == status
        assert took < 0.5, path
    checks = answer.json()["checks"]
    assert checks["database"] == checks["migrations"] == "no answer"
    assert checks["cache"] in ("no answer", "down")
    assert "s3cret" not in json.dumps(answer.json())

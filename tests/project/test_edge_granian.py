"""The edge behind the real server, over real sockets."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import pytest

from project.environment import ROOT
from project.supervisor import web_command
from tests.engines import free_port

pytestmark = pytest.mark.processes

CHANNEL = "0190c1f4-5a3e-7c11-8d2f-0123456789ab"
DOOR = f"/webhooks/mock/{CHANNEL}".encode()


def few_files():
    """The limit of open files that a server gets where nobody has thought of it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))


class Web:
    def __init__(self, folder):
        self.port = free_port()
        self.log = folder / "web.log"
        command = web_command("127.0.0.1", self.port)
        command[-1] = "tests.project.edge_app:application"
        if not command[0].startswith("/"):
            command = [sys.executable, "-m", *command]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=few_files,
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.connect().close()
                return
            except OSError:
                assert time.monotonic() < deadline, self.log.read_text()
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.05)

    def connect(self, sent=b""):
        link = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        link.sendall(sent)
        return link

    def ask(self, sent):
        """Everything the server answers until it closes the connection or says no more."""
        with self.connect(sent) as link:
            return read(link)

    def quick(self):
        """The seconds that a good webhook takes."""
        began = time.monotonic()
        answer = self.ask(post(DOOR, b"{}"))
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        return time.monotonic() - began

    def stop(self):
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
        return time.monotonic() - began


def read(link, *, until=None):
    answer = b""
    try:
        while not (until and until in answer):
            piece = link.recv(65_536)
            if not piece:
                break
            answer += piece
    except (TimeoutError, ConnectionResetError):
        pass
    return answer


def post(path, body, *headers):
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" % path
    for header in headers or (b"Content-Length: %d" % len(body),):
        head += header + b"\r\n"
    return head + b"\r\n" + body


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    running = Web(tmp_path_factory.mktemp("web"))
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@contextmanager
def held(web, how_many, sent):
    with ExitStack() as stack:
        yield [stack.enter_context(web.connect(sent)) for _ in range(how_many)]


def test_f38_half_sent_bodies_and_open_streams_do_not_slow_a_good_request(web):
    half = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{" % DOOR
    form = b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
    events = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with held(web, 32, half), held(web, 32, form), held(web, 50, events) as streams:
        for stream in streams:
            assert b"tick" in read(stream, until=b"tick")
        assert max(web.quick() for _ in range(10)) < 1


def test_f38_a_thousand_idle_sockets_do_not_slow_a_good_request(web):
    with held(web, 1000, b""), held(web, 200, b"GET /x HTTP/1.1\r\nHost: "):
        assert max(web.quick() for _ in range(5)) < 1


def test_f38_a_half_sent_body_is_408_in_its_time_and_the_connection_closes(web):
    with web.connect(b"POST %s HTTP/1.1\r\nHost: x\r\nHost: localhost\r\n\r\n" % DOOR) as link:
        assert b" 400 " in read(link, until=b"bad_host")
    half = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nab" % DOOR
    began = time.monotonic()
    answer = web.ask(half)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "timeout"' in answer
    assert time.monotonic() - began < 4


def test_f38_a_dripping_body_ends_with_the_total_time(web):
    sent = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n" % DOOR
    began = time.monotonic()
    with web.connect(sent) as link:
        link.settimeout(0.3)
        answer = b""
        while not answer and time.monotonic() - began < 8:
            link.sendall(b"x")
            answer = read(link, until=b"timeout")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 1.5 < time.monotonic() - began < 6


def test_f36_a_chunked_webhook_is_read_whole(web):
    chunks = b'3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'
    answer = web.ask(post(DOOR, chunks, b"Transfer-Encoding: chunked"))
    assert b'"length": 7' in answer


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5000000",
        b"Transfer-Encoding: chunked",
        b"Content-Length: 5000000\r\nExpect: 100-continue",
    ],
)
def test_f11_too_large_a_webhook_is_413_and_the_client_can_read_that(web, head):
    body = b"x" * 5_000_000
    if b"chunked" in head:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with web.connect(post(DOOR, b"", head)) as link:
        if b"Expect" not in head:
            link.sendall(body)
        answer = read(link)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code": "too_large"' in answer


def test_f37_head_has_no_body_and_a_length(web):
    with web.connect(b"HEAD %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % DOOR) as link:
        link.settimeout(0.5)
        answer = read(link)
        assert b"content-length: " in answer
        assert answer.endswith(b"\r\n\r\n")
        link.sendall(post(DOOR, b"{}"))
        link.settimeout(5)
        assert read(link).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n : x\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"a" * 70_000),
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (b"X-A: b\r\n" * 5000),
    ],
)
def test_garbage_is_refused_with_4xx_and_the_next_request_is_served(web, sent):
    with web.connect(sent) as link:
        link.settimeout(2)
        answer = read(link, until=b"\r\n\r\n")
    assert answer == b"" or answer.split()[1].startswith(b"4"), answer
    assert web.quick() < 1


def test_what_is_no_garbage_is_served(web):
    get = b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert web.ask(get % b"/%ff%00%0d%0aX-Forged:1?%ff=%00").startswith(b"HTTP/1.1 200 ")
    assert b"x-forged" not in web.ask(get % b"/%0d%0aX-Forged:1").lower()
    assert web.ask(b"get" + get[3:] % b"/x").startswith(b"HTTP/1.1 200 ")
    assert web.ask(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.0 200 ")
    absolute = b"http://evil.example/x"
    assert web.ask(get % absolute).startswith(b"HTTP/1.1 200 ")


def test_f38_readers_of_large_answers_that_do_not_read_do_not_slow_a_good_request(web):
    get = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with held(web, 20, get):
        time.sleep(0.3)
        assert max(web.quick() for _ in range(5)) < 1
        assert web.ask(post(b"/x", b"abc")).endswith(b"\r\n\r\nabc")


def test_the_end_comes_soon_with_streams_and_half_bodies_open_and_a_request_is_finished(tmp_path):
    web = Web(tmp_path)
    half = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{" % DOOR
    events = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    slow = b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with held(web, 3, half), held(web, 3, events) as streams, web.connect(slow) as request:
        assert b"tick" in read(streams[0], until=b"tick")
        took = web.stop()
        assert read(request).startswith(b"HTTP/1.1 200 ")
        assert read(streams[0]).endswith(b"0\r\n\r\n")
    assert took < 3

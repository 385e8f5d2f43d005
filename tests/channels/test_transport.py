"""What happens on the wire, against real sockets: what was surely not sent, what may have been, and no secrets told."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from channels.errors import Permanent, SendError, Transient, Uncertain
from channels.transport import MAX_RESPONSE, deliver
from channels.types import ApiCall, FilePart, LocalCall

TOKEN = "42:SECRET-token"
Answer = Callable[[socket.socket], None]


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    """A server that hands each connection, its request read, to `answer`."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    def handle(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            answer(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def read_request(connection: socket.socket) -> bytes:
    """All of one request with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", b"0")):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(response: bytes) -> Answer:
    def answer(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(response)

    return answer


def call(base: str, **more: object) -> ApiCall:
    more.setdefault("json", {"text": "olá"})
    return ApiCall(label="sendMessage", method="POST", url=f"{base}/bot{TOKEN}/sendMessage", **more)


def told(error: BaseException) -> str:
    """All that a traceback of `error` would print of exceptions."""
    seen = ""
    while error is not None:
        seen += repr(error) + str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return seen


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_an_answer_comes_back_as_it_was():
    reply = b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}"
    with server(answering(reply)) as base:
        answer = deliver(call(base))
    assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "7", b"{}")
    assert answer.complete


def test_a_local_call_is_answered_without_a_socket():
    assert deliver(LocalCall(label="outbox", external_id="1")).status == 200


def test_f60_a_refused_connection_was_surely_not_sent():
    with pytest.raises(Transient) as caught:
        deliver(call(f"http://127.0.0.1:{closed_port()}"))
    assert TOKEN not in told(caught.value)


def test_f60_a_name_that_does_not_resolve_was_surely_not_sent():
    with pytest.raises(Transient) as caught:
        deliver(call("http://no-such-host.invalid"))
    assert TOKEN not in told(caught.value)


def test_f60_a_failed_tls_handshake_was_surely_not_sent():
    with (
        server(lambda connection: connection.sendall(b"not TLS")) as base,
        pytest.raises(Transient) as caught,
    ):
        deliver(call(base.replace("http:", "https:")), timeout_s=3)
    assert TOKEN not in told(caught.value)


def test_f61_a_reset_after_the_request_was_written_is_uncertain():
    def reset(connection: socket.socket) -> None:
        read_request(connection)
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
        )

    with server(reset) as base, pytest.raises(Uncertain) as caught:
        deliver(call(base))
    assert TOKEN not in told(caught.value)


def test_f61_silence_after_the_request_is_uncertain_at_the_deadline():
    def hang(connection: socket.socket) -> None:
        read_request(connection)
        connection.recv(1)

    started = time.monotonic()
    with server(hang) as base, pytest.raises(Uncertain) as caught:
        deliver(call(base), timeout_s=0.5)
    assert 0.4 < time.monotonic() - started < 2
    assert TOKEN not in told(caught.value)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
def test_f66_a_byte_at_a_time_ends_at_the_total_deadline(start):
    """In the headers as well as in the body: each byte alone comes well within any read timeout."""

    def drip(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(start)
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 900:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    started = time.monotonic()
    with server(drip) as base, pytest.raises(Uncertain):
        deliver(call(base), timeout_s=0.7)
    assert time.monotonic() - started < 2


def test_f66_a_server_that_takes_no_bytes_ends_at_the_deadline(tmp_path):
    upload = tmp_path / "big.bin"
    upload.write_bytes(b"x" * 30_000_000)
    part = FilePart(field="document", path=str(upload), name="big.bin", mime="application/pdf")
    started = time.monotonic()
    with server(lambda connection: time.sleep(3)) as base, pytest.raises(SendError):
        deliver(call(base, json=None, files=(part,)), timeout_s=0.7)
    assert time.monotonic() - started < 2.5


def test_f66_a_hanging_platform_does_not_hold_up_another():
    def hang(connection: socket.socket) -> None:
        read_request(connection)
        connection.recv(1)

    with server(hang) as slow, server(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as good:
        waiting = [
            threading.Thread(target=lambda: suppressed(lambda: deliver(call(slow), timeout_s=1.5)))
            for _ in range(20)
        ]
        for thread in waiting:
            thread.start()
        started = time.monotonic()
        assert deliver(call(good)).status == 200
        assert time.monotonic() - started < 1
        for thread in waiting:
            thread.join()


def suppressed(act: Callable[[], object]) -> None:
    with suppress(SendError):
        act()


def test_f65_half_a_body_is_marked_as_incomplete():
    reply = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ok": true, "result"'
    with server(answering(reply)) as base:
        answer = deliver(call(base))
    assert answer.status == 200
    assert not answer.complete
    assert answer.body.startswith(b'{"ok"')


def test_f65_a_body_of_50_mb_is_cut_at_one():
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
        for _ in range(50):
            connection.sendall(b"x" * 1_000_000)
            sent += 1

    with server(flood) as base:
        answer = deliver(call(base))
    assert len(answer.body) == MAX_RESPONSE
    assert not answer.complete
    assert sent < 50


def test_f65_a_compressed_answer_is_not_unpacked():
    bomb = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    with server(answering(bomb)) as base:
        assert deliver(call(base)).body == b"abc"


def test_f65_an_answer_that_is_not_http_is_uncertain():
    with server(answering(b"SSH-2.0-OpenSSH\r\n")) as base, pytest.raises(Uncertain):
        deliver(call(base))


def test_f75_a_redirect_is_not_followed():
    visited = []

    def elsewhere(connection: socket.socket) -> None:
        visited.append(read_request(connection))

    with server(elsewhere) as other:
        reply = f"HTTP/1.1 307 Go\r\nLocation: {other}/x\r\nContent-Length: 0\r\n\r\n".encode()
        with server(answering(reply)) as base:
            answer = deliver(call(base))
    assert answer.status == 307
    assert visited == []


def test_files_go_out_as_multipart(tmp_path):
    received = []

    def keep(connection: socket.socket) -> None:
        received.append(read_request(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    upload = tmp_path / "stored-name"
    upload.write_bytes(b"%PDF-content")
    part = FilePart("document", str(upload), "nota fiscal.pdf", "application/pdf")
    with server(keep) as base:
        deliver(call(base, json=None, form={"chat_id": "7"}, files=(part,)))
    (request,) = received
    assert b"multipart/form-data" in request
    assert b"%PDF-content" in request
    assert b'name="chat_id"' in request
    assert b"stored-name" not in request


def test_a_file_that_is_gone_is_permanent_and_nothing_is_sent(tmp_path):
    part = FilePart("document", str(tmp_path / "gone"), "a.pdf", "application/pdf")
    with pytest.raises(Permanent):
        deliver(call(f"http://127.0.0.1:{closed_port()}", json=None, files=(part,)))


@pytest.mark.parametrize("url", ["ftp://example.com/", "http://", "http://[::1"])
def test_an_impossible_address_is_permanent(url):
    with pytest.raises((Permanent, Transient)) as caught:
        deliver(ApiCall(label="x", method="POST", url=url + TOKEN, json={}))
    assert TOKEN not in told(caught.value)


def test_connections_are_used_again():
    connections = 0

    def keep_alive(connection: socket.socket) -> None:
        nonlocal connections
        connections += 1
        while True:
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with server(keep_alive) as base:
        for _ in range(5):
            deliver(call(base))
    assert connections == 1


def test_a_forked_child_gets_a_client_of_its_own():
    with server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as base:
        deliver(call(base))
        child = os.fork()
        if child == 0:  # no assertion here: the child's verdict is its exit status
            status = 1
            with suppress(BaseException):
                status = 0 if deliver(call(base), timeout_s=5).status == 200 else 1
            os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

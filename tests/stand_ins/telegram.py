"""A stand-in for the Telegram Bot API: a real HTTP server that keeps bots, chats and updates in memory.

    with TelegramStandIn() as api:                      # api.url goes into TELEGRAM_API_BASE
        bot = api.add_bot("42:TOKEN", username="test_bot")
        bot.say("Olá", sender=7)                        # to the webhook if one is set, else to getUpdates
        call = bot.wait_for("sendMessage")              # what the product sent: call.parameters, call.files
        bot.press(7, "faq:1")                           # a person presses a button
        api.fail_next("sendMessage", status=429, retry_after=3)
        api.fail_next("sendMessage", chat=7, hang=20)   # or reset=True, html=True, half_body=True, body=b"…"

Unknown tokens are answered 401, getUpdates while a webhook is set 409, as the platform does.
By hand: `python -m tests.stand_ins.telegram --port 8081 --token 42:TOKEN`, then write lines to talk to the bot.
"""

import argparse
import itertools
import json
import sys
import threading
import time
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from tests.stand_ins.telegram_bot import JSON, ApiRequest, Bot, Fault, Refused

__all__ = ["ApiRequest", "Bot", "Fault", "TelegramStandIn"]


class TelegramStandIn:
    """The server. Starts with `start()` or as a context manager; `url` is the API's root."""

    def __init__(self, port: int = 0) -> None:
        self.bots: dict[str, Bot] = {}
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.stand_in = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def add_bot(self, token: str, *, bot_id: int = 42, username: str = "test_bot") -> Bot:
        """A token that is right from now on."""
        return self.bots.setdefault(token, Bot(token, bot_id, username))

    def fail_next(self, method: str, **how: Any) -> None:
        """Let the next call of `method` go wrong; see Fault for the ways. Several are used in order."""
        with self._lock:
            self._faults.append(Fault(method, **how))

    def take_fault(self, request: ApiRequest) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.method == request.method and fault.chat in (None, request.chat):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Close the port; calls still hanging are left to end by themselves."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    stand_in: TelegramStandIn


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        token, _, method = self.path.removeprefix("/bot").partition("/")
        request = ApiRequest(method, *_read(self.headers.get("Content-Type", ""), body))
        bot = self.server.stand_in.bots.get(token)
        if bot is None:
            self._answer(401, _refusal(401, "Unauthorized"))
            return
        fault = self.server.stand_in.take_fault(request)
        status, answer = self._outcome(bot, request, fault)
        request.answered = None if fault and fault.reset else status
        bot.record(request)
        if fault:
            time.sleep(fault.hang)
            if fault.reset:
                self.close_connection = True
                return
        self._answer(status, answer, half=bool(fault and fault.half_body))

    do_GET = do_POST  # noqa: N815

    def _outcome(self, bot: Bot, request: ApiRequest, fault: Fault | None) -> tuple[int, bytes]:
        instead = fault.answer() if fault else None
        if instead and instead[0] >= 400:
            return instead
        try:
            result = bot.call(request)
        except Refused as refused:
            return refused.status, _refusal(refused.status, str(refused))
        return instead or (200, json.dumps({"ok": True, "result": result}).encode())

    def _answer(self, status: int, body: bytes, *, half: bool = False) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if half else body)
        except OSError:
            self.close_connection = True  # the caller did not wait
        if half:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: addresses hold tokens."""


def _refusal(status: int, description: str) -> bytes:
    return json.dumps({"ok": False, "error_code": status, "description": description}).encode()


def _read(content_type: str, body: bytes) -> tuple[JSON, dict[str, tuple[str, str, bytes]]]:
    """Parameters and files of a JSON, form or multipart body."""
    if content_type.startswith("application/json"):
        return json.loads(body or b"{}"), {}
    if not content_type.startswith("multipart/"):
        return {key: _value(key, text) for key, text in parse_qsl(body.decode())}, {}
    whole = message_from_bytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body, policy=HTTP
    )
    parameters, files = {}, {}
    for part in whole.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        if part.get_filename():
            files[name] = (part.get_filename(), part.get_content_type(), content)
        else:
            parameters[name] = _value(name, content.decode())
    return parameters, files


def _value(key: str, text: str) -> Any:
    """A form's value: JSON where it reads as such, as the platform takes it; what people wrote stays text."""
    if key in ("text", "caption"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def main() -> None:
    """Serve one bot; each line typed is said to it by person 7, each call of it is printed."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default="42:TOKEN")
    options = parser.parse_args()
    with TelegramStandIn(options.port) as api:
        bot = api.add_bot(options.token)
        print(f"TELEGRAM_API_BASE={api.url} TELEGRAM_BOT_TOKEN={options.token}")
        threading.Thread(target=_show, args=(bot,), daemon=True).start()
        for line in sys.stdin:
            bot.say(line.rstrip("\n"))
        threading.Event().wait()


def _show(bot: Bot) -> None:
    for index in itertools.count():
        while len(bot.requests) <= index:
            time.sleep(0.1)
        request = bot.requests[index]
        if request.method != "getUpdates":
            print(f"< {request.method} {json.dumps(request.parameters, ensure_ascii=False)}")


if __name__ == "__main__":
    main()

"""One bot of the Bot API stand-in (tests/stand_ins/telegram.py): what it was asked, what it has to tell."""

import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]

SENDING = ("sendMessage", "sendPhoto", "sendDocument", "sendAudio", "sendVideo", "sendVoice", "sendAnimation")  # fmt: skip
_MAX_TEXT = 4096


@dataclass
class ApiRequest:
    """One call as it came: `parameters` with their JSON read, `files` as field → (name, type, bytes)."""

    method: str
    parameters: JSON
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    answered: int | None = None  # the status; None when a fault swallowed the answer
    at: float = field(default_factory=time.monotonic)

    @property
    def chat(self) -> int | None:
        return self.parameters.get("chat_id")

    @property
    def text(self) -> str:
        return str(self.parameters.get("text", self.parameters.get("caption", "")))

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """(title, payload) of each button of the inline keyboard."""
        rows = self.parameters.get("reply_markup", {}).get("inline_keyboard", [])
        return [(button["text"], button["callback_data"]) for row in rows for button in row]


@dataclass
class Fault:
    """How the next matching call goes wrong. The call itself is done, unless `status` says no."""

    method: str
    chat: int | None = None
    times: int = 1
    status: int = 200
    body: bytes | JSON | None = None
    description: str = "stand-in fault"
    retry_after: int | None = None
    migrate_to: int | None = None
    hang: float = 0.0  # seconds before the answer
    reset: bool = False  # close the connection instead of answering
    html: bool = False
    half_body: bool = False

    def answer(self) -> tuple[int, bytes] | None:
        """What to answer, None for what the call itself gives."""
        if self.html:
            return self.status, b"<html><body><h1>Bad Gateway</h1></body></html>"
        if isinstance(self.body, bytes):
            return self.status, self.body
        if self.body is not None:
            return self.status, json.dumps(self.body).encode()
        status = self.status
        if self.retry_after is not None and status == 200:
            status = 429
        if self.migrate_to is not None and status == 200:
            status = 400
        if status == 200:
            return None
        answer: JSON = {"ok": False, "error_code": status, "description": self.description}
        parameters = {"retry_after": self.retry_after, "migrate_to_chat_id": self.migrate_to}
        if any(value is not None for value in parameters.values()):
            answer["parameters"] = {k: v for k, v in parameters.items() if v is not None}
        return status, json.dumps(answer).encode()


class Refused(Exception):
    """The Bot API says no."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


class Bot:
    """One bot's side of the stand-in. Thread-safe."""

    def __init__(self, token: str, bot_id: int, username: str) -> None:
        self.token = token
        self.user: JSON = {
            "id": bot_id,
            "is_bot": True,
            "first_name": "Stand-in",
            "username": username,
        }
        self.webhook: JSON = {}
        self.requests: list[ApiRequest] = []
        self.pending: list[JSON] = []  # updates not confirmed yet
        self._changed = threading.Condition()
        self._polls = 0  # of two pollers the platform keeps the later one
        self._update_ids = itertools.count(100_001)
        self._message_ids = itertools.count(1)

    # --- what a test does

    def say(self, text: str, *, sender: int = 7, chat: JSON | None = None, **more: Any) -> JSON:
        """A person writes; `more` goes into the message (photo, entities, reply_to_message …). The update."""
        message = self._message(sender, chat, text=text) | more
        if text.startswith("/") and "entities" not in more:
            length = len(text.split(maxsplit=1)[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        return self.push({"message": message})

    def press(self, sender: int, payload: str, *, message_id: int = 1) -> JSON:
        """A person presses a button below the bot's message `message_id`. The update."""
        below = self._message(sender, None, text="?") | {
            "from": self.user,
            "message_id": message_id,
        }
        query = {
            "id": f"{time.monotonic_ns()}",
            "from": person(sender),
            "message": below,
            "chat_instance": "1",
            "data": payload,
        }
        return self.push({"callback_query": query})

    def push(self, update: JSON, *, update_id: int | None = None) -> JSON:
        """Any update: posted to the webhook if one is set, else queued for getUpdates."""
        update = {"update_id": update_id or next(self._update_ids)} | update
        with self._changed:
            url = self.webhook.get("url")
            if not url:
                self.pending.append(update)
                self._changed.notify_all()
        if url:
            self.post(update)
        return update

    def post(self, update: JSON) -> int:
        """Deliver an update to the webhook, as often as wanted; the status of the answer."""
        headers = {"Content-Type": "application/json"}
        if "secret_token" in self.webhook:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook["secret_token"]
        request = urllib.request.Request(
            self.webhook["url"], data=json.dumps(update).encode(), headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def sent(self, *methods: str, chat: int | None = None) -> list[ApiRequest]:
        """The calls answered so far, of these methods (all that send something, if none is named)."""
        with self._changed:
            return [
                r
                for r in self.requests
                if r.method in (methods or SENDING) and (chat is None or r.chat == chat)
            ]

    def wait_for(
        self, *methods: str, count: int = 1, chat: int | None = None, timeout: float = 10.0
    ) -> list[ApiRequest]:
        """Wait until `count` such calls have come. Raises AssertionError."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = self.sent(*methods, chat=chat)
                if len(found) >= count:
                    return found
                if not self._changed.wait(deadline - time.monotonic()):
                    called = [r.method for r in self.requests]
                    raise AssertionError(f"{len(found)} of {count} {methods}; calls: {called}")

    # --- what the server does

    def record(self, request: ApiRequest) -> None:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    def call(self, request: ApiRequest) -> Any:
        """The result of a method. Raises Refused."""
        handler = getattr(self, f"_{request.method}", None)
        if request.method in SENDING:
            handler = self._send
        if handler is None:
            raise Refused(404, "Not Found")
        return handler(request.parameters)

    def _getMe(self, _parameters: JSON) -> JSON:  # noqa: N802 - the platform's name
        return self.user

    def _setWebhook(self, parameters: JSON) -> bool:  # noqa: N802
        with self._changed:
            self.webhook = parameters if parameters.get("url") else {}
            self._changed.notify_all()
        return True

    def _deleteWebhook(self, _parameters: JSON) -> bool:  # noqa: N802
        return self._setWebhook({})

    def _getWebhookInfo(self, _parameters: JSON) -> JSON:  # noqa: N802
        shown = {key: value for key, value in self.webhook.items() if key != "secret_token"}
        return {"url": "", "has_custom_certificate": False} | shown | {
            "pending_update_count": len(self.pending)
        }  # fmt: skip

    def _getUpdates(self, parameters: JSON) -> list[JSON]:  # noqa: N802
        offset, limit = parameters.get("offset"), parameters.get("limit", 100)
        deadline = time.monotonic() + parameters.get("timeout", 0)
        with self._changed:
            self._polls += 1
            mine = self._polls
            self._changed.notify_all()
            if offset is not None:
                self.pending = [u for u in self.pending if u["update_id"] >= offset]
            while True:
                if self.webhook:
                    raise Refused(409, "Conflict: can't use getUpdates while webhook is active")
                if self._polls != mine:
                    raise Refused(409, "Conflict: terminated by other getUpdates request")
                left = deadline - time.monotonic()
                if self.pending or left <= 0:
                    return self.pending[:limit]
                self._changed.wait(left)

    def _send(self, parameters: JSON) -> JSON:
        if not isinstance(parameters.get("chat_id"), int):
            raise Refused(400, "Bad Request: chat_id is empty")
        text = parameters.get("text")
        if text is not None and not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if text is not None and len(text.encode("utf-16-le")) // 2 > _MAX_TEXT:
            raise Refused(400, "Bad Request: message is too long")
        shown = {key: parameters[key] for key in ("text", "caption") if key in parameters}
        chat_id = parameters["chat_id"]
        chat = {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup"}
        return self._message(0, chat, **shown) | {"from": self.user}

    def _sendChatAction(self, _parameters: JSON) -> bool:  # noqa: N802
        return True

    def _answerCallbackQuery(self, _parameters: JSON) -> bool:  # noqa: N802
        return True

    def _message(self, sender: int, chat: JSON | None, **more: Any) -> JSON:
        author = person(sender)
        private = {"id": sender, "type": "private", "first_name": author["first_name"]}
        return {
            "message_id": next(self._message_ids),
            "from": author,
            "chat": chat or private,
            "date": int(time.time()),
        } | more


def person(number: int) -> JSON:
    """A person of the platform, made up from the number."""
    return {
        "id": number,
        "is_bot": False,
        "first_name": "Person",
        "last_name": str(number),
        "username": f"person_{number}",
        "language_code": "pt-br",
    }

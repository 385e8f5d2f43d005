"""What the Telegram tests share: a bot's configuration and requests as the platform makes them."""

import json
from collections.abc import Mapping
from typing import Any

from channels.types import Call, RawResponse, WebhookRequest

SECRET = "webhook-secret"
CONFIG: dict[str, Any] = {
    "token": "42:TEST-token",
    "webhook_secret": SECRET,
    "username": "test_bot",
    "bot_id": 42,
    "api_base": "https://api.example.com",
}


def request(
    body: Any, headers: Mapping[str, str] | None = None, *, secret: str | None = SECRET
) -> WebhookRequest:
    """A webhook with `body` (bytes as they are, anything else as JSON)."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = dict(headers or {"content-type": "application/json"})
    if secret is not None:
        told["x-telegram-bot-api-secret-token"] = secret
    return WebhookRequest(method="POST", headers=told, query={}, body=raw)


# --- for the contract test (tests/channels/test_contract.py)


def proven(body: bytes) -> WebhookRequest:
    return request(body)


def unproven() -> list[WebhookRequest]:
    body = text_message().body
    return [request(body, secret=secret) for secret in (None, "", "wrong", "sécret", SECRET + " ")]


def text_message() -> WebhookRequest:
    sender = {"id": 7, "is_bot": False, "first_name": "Ana"}
    chat = {"id": 7, "type": "private"}
    message = {"message_id": 1, "from": sender, "chat": chat, "date": 1767225600, "text": "Olá"}
    return request({"update_id": 1, "message": message})


def accepted(call: Call) -> RawResponse:
    return RawResponse(200, {}, b'{"ok": true, "result": {"message_id": 9}}')

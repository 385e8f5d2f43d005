"""What the Telegram tests share: a bot's configuration and requests as the platform makes them."""

import json
from collections.abc import Mapping
from typing import Any

from channels.types import WebhookRequest

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

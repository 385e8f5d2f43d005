"""The mock's part of the contract test (tests/channels/test_contract.py)."""

import json
from typing import Any

from channels.types import Call, RawResponse, WebhookRequest

CONFIG: dict[str, Any] = {}


def proven(body: bytes) -> WebhookRequest:
    return WebhookRequest("POST", {"content-type": "application/json"}, {}, body)


def unproven() -> list[WebhookRequest]:
    return []


def text_message() -> WebhookRequest:
    return proven(json.dumps({"id": "1", "from": "7", "text": "Olá"}).encode())


def accepted(call: Call) -> RawResponse:
    return RawResponse(200, {}, b"")

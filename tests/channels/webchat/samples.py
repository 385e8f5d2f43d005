"""The web chat's part of the contract test (tests/channels/test_contract.py)."""

import json
from typing import Any

from channels.types import Call, RawResponse, WebhookRequest
from channels.webchat import issue_token

CONFIG: dict[str, Any] = {"session_secret": "a-secret-made-for-tests"}


def proven(body: bytes) -> WebhookRequest:
    return WebhookRequest("POST", {"content-type": "application/json"}, {}, body)


def unproven() -> list[WebhookRequest]:
    """The proof is the visitor's token, which stands in the body."""
    forged = issue_token("visitor-1", {"session_secret": "another"})
    bodies = [{}, {"token": ""}, {"token": "visitor-1"}, {"token": forged}, {"token": "é.é"}]
    return [proven(json.dumps({"id": "1", "text": "Olá"} | body).encode()) for body in bodies]


def text_message() -> WebhookRequest:
    token = issue_token("visitor-1", CONFIG)
    return proven(json.dumps({"token": token, "id": "1", "text": "Olá"}).encode())


def accepted(call: Call) -> RawResponse:
    return RawResponse(200, {}, b"")

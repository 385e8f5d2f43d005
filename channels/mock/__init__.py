"""A channel without a platform: for trying Balcão out, for demonstrations and for tests.

It can do all that any kind can, and "sends" by keeping what would have been sent.
It has no secret: anybody who knows the address may write to it.
"""

from collections.abc import Sequence
from typing import Any

from channels.base import Channel, Config
from channels.errors import BadPayload
from channels.reading import load_object
from channels.types import (
    Call,
    Capabilities,
    InboundEvent,
    InboundMessage,
    LocalCall,
    OutboundMessage,
    RawResponse,
    Receipt,
    Rejected,
    Sender,
    WebhookRequest,
)


class Mock(Channel):
    kind = "mock"
    label = "Mock"
    capabilities = Capabilities(
        max_text=4096,
        max_buttons=10,
        max_button_title=64,
        max_button_payload=256,
        attachments=frozenset({"image", "audio", "voice", "video", "document"}),
        max_attachment=20_000_000,
        replies=True,
        receipts=frozenset({"delivered", "read"}),
        typing=True,
        starts_conversations=True,
    )

    def verify(self, request: WebhookRequest, config: Config) -> None:
        """Accept everything: there is no secret to prove."""

    def delivery_key(self, request: WebhookRequest) -> str | None:
        return _text(load_object(request.body), "id") or None

    def parse(self, request: WebhookRequest, config: Config) -> list[InboundEvent]:
        """`{id, from, name?, text, reply_to?, payload?}` is one message."""
        body = load_object(request.body)
        try:
            return [_message(body)]
        except BadPayload as error:
            return [Rejected(str(error))]

    def build(self, message: OutboundMessage, config: Config) -> Sequence[Call]:
        return [LocalCall(label="outbox", external_id=f"mock-{message.tag}")]

    def read(self, call: Call, response: RawResponse) -> Receipt:
        assert isinstance(call, LocalCall)
        return Receipt(external_id=call.external_id)


def _message(body: dict[str, Any]) -> InboundMessage:
    external_id = _text(body, "id")
    sender = _text(body, "from")
    if not external_id or not sender:
        raise BadPayload("id and from are required")
    return InboundMessage(
        dedupe_key=external_id,
        external_id=external_id,
        sender=Sender(external_id=sender, name=_text(body, "name")),
        text=_text(body, "text"),
        reply_to=_text(body, "reply_to") or None,
        payload=_text(body, "payload") or None,
    )


def _text(body: dict[str, Any], key: str) -> str:
    """A string or a whole number as text; raises BadPayload for any other type."""
    value = body.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadPayload(f"{key} must be text")
    return str(value)

"""A channel without a platform: for trying Balcão out, for demonstrations and for tests.

It can do all that any kind can, and "sends" by keeping what would have been sent.
It has no secret: anybody who knows the address may write to it.

Inbound is one POST each: a message `{id, from, name?, text, reply_to?, payload?, attachments?: [{type, name?,
mime?, size?}]}` or a receipt `{status, external_id, error?}` for something "sent".
"""

from collections.abc import Sequence
from typing import Any, get_args

from channels import fields
from channels.base import Channel, Config
from channels.errors import BadPayload
from channels.reading import load_object
from channels.types import (
    AttachmentType,
    Call,
    Capabilities,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    LocalCall,
    OutboundMessage,
    RawResponse,
    Receipt,
    Rejected,
    Sender,
    StatusUpdate,
    WebhookRequest,
)

_STATUSES = ("sent", "delivered", "read", "failed")
_ATTACHMENTS = get_args(AttachmentType)


_IDS = ("id", "from", "reply_to", "external_id")


class Mock(Channel):
    kind = "mock"
    label = "Mock"
    capabilities = Capabilities(
        max_text=4096,
        max_buttons=10,
        max_button_title=64,
        max_button_payload=256,
        link_buttons=True,
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
        return _text(load_object(request.body, ids=_IDS), "id") or None

    def parse(self, request: WebhookRequest, config: Config) -> list[InboundEvent]:
        body = load_object(request.body, ids=_IDS)
        try:
            return [_receipt(body) if "status" in body else _message(body)]
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
        text=_text(body, "text", longest=None),
        attachments=_attachments(body),
        reply_to=_text(body, "reply_to") or None,
        payload=_text(body, "payload") or None,
    )


def _receipt(body: dict[str, Any]) -> StatusUpdate:
    status = body["status"]
    external_id = _text(body, "external_id")
    if status not in _STATUSES or not external_id:
        raise BadPayload("status and external_id are required")
    return StatusUpdate(status, external_id=external_id, error_code=_text(body, "error")[:60])


def _attachments(body: dict[str, Any]) -> tuple[InboundAttachment, ...]:
    found = []
    for entry in fields.soft_mappings(body, "attachments"):
        if entry.get("type") not in _ATTACHMENTS:
            raise BadPayload("type is not one of an attachment")
        found.append(
            InboundAttachment(
                type=entry["type"],
                name=fields.soft_text(entry, "name"),
                mime=fields.soft_text(entry, "mime", longest=100),
                size=fields.soft_integer(entry, "size"),
            )
        )
    return tuple(found)


def _text(body: dict[str, Any], key: str, *, longest: int | None = 200) -> str:
    """A text or a whole number as text, of at most `longest` characters. Raises BadPayload."""
    value = body.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= fields.MAX_INT:
        return str(value)
    return fields.text(body, key, longest=longest)

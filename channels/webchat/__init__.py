"""The chat on a web page: no platform in between, visitors and agents both talk to us.

Inbound is one POST a message: `{token, id, text, payload?, reply_to?, name?, language?}`.
Outbound nothing is sent: the page fetches it (messaging/webchat).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from channels.base import Channel, Config, ConfigField, gettext_noop
from channels.errors import BadPayload, ConfigError, WebhookRejected
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
from channels.webchat.origins import allowed, cross_origin_headers, normal_origin
from channels.webchat.tokens import issue_token, new_visitor_id, visitor_of

__all__ = ["MAX_TEXT", "Webchat", "issue_token", "message_key", "new_visitor_id", "visitor_of"]

MAX_TEXT = 4096  # characters, both ways
_MAX_NAME = 200  # characters
_MAX_PAYLOAD = 256  # characters
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Webchat(Channel):
    kind = "webchat"
    label = "Web chat"
    capabilities = Capabilities(
        max_text=MAX_TEXT,
        max_buttons=10,
        max_button_title=80,
        max_button_payload=_MAX_PAYLOAD,
        link_buttons=True,
        attachments=frozenset({"image", "audio", "voice", "video", "document"}),
        max_attachment=20_000_000,
        replies=True,
        receipts=frozenset({"delivered", "read"}),
        redelivers=True,  # the page repeats what was not answered 2xx, under the same id
    )
    fields = (
        ConfigField(
            "allowed_origins",
            gettext_noop("Allowed origins"),
            required=False,
            type="array",
            help=gettext_noop(
                "Web addresses of other sites whose pages may talk to this chat, like "
                "https://www.example.com. The chat's own page always may; empty: only that."
            ),
        ),
        ConfigField(
            "title",
            gettext_noop("Title"),
            required=False,
            help=gettext_noop("Shown above the chat."),
        ),
        ConfigField(
            "greeting",
            gettext_noop("Greeting"),
            required=False,
            help=gettext_noop("First bubble a visitor sees, before anything was written."),
        ),
        ConfigField("session_secret", "Session secret", secret=True, generated=True),
    )

    def clean_config(self, config: Config) -> dict[str, Any]:
        """As for every kind; `allowed_origins` must be web origins and are kept in one spelling."""
        cleaned = super().clean_config(config)
        origins = [normal_origin(entry) for entry in cleaned.get("allowed_origins", [])]
        if None in origins:
            raise ConfigError({"allowed_origins": "must be addresses like https://www.example.com"})
        if "allowed_origins" in cleaned:
            cleaned["allowed_origins"] = list(dict.fromkeys(origins))
        return cleaned

    def verify(self, request: WebhookRequest, config: Config) -> None:
        """The visitor's token must be ours, and the page our own or a listed one.

        The token stands in the body, so an unreadable body raises BadPayload here already.
        """
        origins = config.get("allowed_origins") or []
        origin, host = request.headers.get("origin", ""), request.headers.get("host", "")
        if not allowed(origin, host, origins):
            raise WebhookRejected("this page may not talk to this chat")
        token = load_object(request.body).get("token")
        if not isinstance(token, str) or visitor_of(token, config) is None:
            raise WebhookRejected("the visitor's token is missing or wrong")

    def cross_origin_headers(self, request: WebhookRequest, config: Config) -> Mapping[str, str]:
        origins = config.get("allowed_origins") or []
        return cross_origin_headers(request.headers.get("origin", ""), origins)

    def delivery_key(self, request: WebhookRequest) -> str | None:
        body = load_object(request.body, ids=("id", "reply_to"))
        try:
            return message_key(_visitor(body), _client_id(body))
        except BadPayload:
            return None  # parse says what is wrong with it

    def parse(self, request: WebhookRequest, config: Config) -> list[InboundEvent]:
        body = load_object(request.body, ids=("id", "reply_to"))
        try:
            return [_message(body)]
        except BadPayload as error:
            return [Rejected(str(error))]

    def build(self, message: OutboundMessage, config: Config) -> Sequence[Call]:
        return [LocalCall(label="publish", external_id=message.tag)]

    def read(self, call: Call, response: RawResponse) -> Receipt:
        assert isinstance(call, LocalCall)
        return Receipt(external_id=call.external_id)


def message_key(visitor_id: str, client_id: str) -> str:
    """The key of a visitor's own message: what the page calls it is unique only for that visitor."""
    return f"{visitor_id}:{client_id}"


def _message(body: dict[str, Any]) -> InboundMessage:
    visitor_id = _visitor(body)
    text = _text(body, "text", MAX_TEXT)
    payload = _text(body, "payload", _MAX_PAYLOAD)
    if not text.strip() and not payload:
        raise BadPayload("text is required")
    key = message_key(visitor_id, _client_id(body))
    language = _text(body, "language", 35)
    return InboundMessage(
        dedupe_key=key,
        external_id=key,
        sender=Sender(
            external_id=visitor_id,
            name=" ".join(_text(body, "name", _MAX_NAME).split()),
            language=language if _LANGUAGE.fullmatch(language) else "",
        ),
        text=text,
        reply_to=_text(body, "reply_to", 255) or None,
        payload=payload or None,
    )


def _visitor(body: dict[str, Any]) -> str:
    """The visitor named by a token that `verify` has accepted."""
    return str(body.get("token", "")).partition(".")[0]


def _client_id(body: dict[str, Any]) -> str:
    value = body.get("id")
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise BadPayload("id must be 1 to 64 letters, digits, - or _")
    return value


def _text(body: dict[str, Any], key: str, longest: int) -> str:
    """A text of at most `longest` characters, "" when absent. Raises BadPayload."""
    value = body.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadPayload(f"{key} must be text")
    if len(value) > longest:
        raise BadPayload(f"{key} is longer than {longest} characters")
    return value

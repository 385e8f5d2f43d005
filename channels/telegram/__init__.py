"""Telegram, through the Bot API: webhooks where there is a public address, else long polling.

Beside its own settings the configuration it is given may hold `api_base` (where the Bot API is found) and
what `connect` answered: `username` and `bot_id`.
"""

import hmac
import re
from collections.abc import Sequence
from typing import Any

from channels.base import Channel, Config, ConfigField, Setup, gettext_noop
from channels.errors import ConfigError, Uncertain, WebhookRejected
from channels.reading import load_object
from channels.telegram import account, build, parse
from channels.telegram.api import method
from channels.telegram.errors import result_of
from channels.types import (
    ApiCall,
    Call,
    Capabilities,
    InboundEvent,
    OutboundMessage,
    RawResponse,
    Receipt,
    WebhookRequest,
)

__all__ = ["Telegram"]

_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - its name, not its value
# What is safe inside an address; whether the token is right only the platform knows.
_TOKEN = re.compile(r"[A-Za-z0-9:_-]{1,200}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Telegram(Channel):
    kind = "telegram"
    label = "Telegram"
    capabilities = Capabilities(
        max_text=build.MAX_TEXT,
        text_unit="utf16",
        max_buttons=build.MAX_BUTTONS,
        max_button_title=build.MAX_BUTTON_TITLE,
        max_button_payload=build.MAX_BUTTON_PAYLOAD,
        link_buttons=True,
        attachments=frozenset({"image", "audio", "voice", "video", "document"}),
        max_attachment=build.MAX_FILE,
        replies=True,
        typing=True,
        groups=True,
        edits=True,
        max_per_second=30.0,
    )
    fields = (
        ConfigField(
            "token", gettext_noop("Bot token"), secret=True, help=gettext_noop("From @BotFather.")
        ),
        ConfigField(
            "mode",
            gettext_noop("Mode"),
            required=False,
            choices=("webhook", "polling"),
            help=gettext_noop("Empty: webhook when PUBLIC_URL is set, else polling."),
        ),
        ConfigField("webhook_secret", "Webhook secret", secret=True, generated=True),
    )

    def clean_config(self, config: Config) -> dict[str, Any]:
        cleaned = super().clean_config(config)
        if not _TOKEN.fullmatch(cleaned["token"]):
            raise ConfigError({"token": "does not look like 123456:ABC-DEF"})
        if not _SECRET.fullmatch(cleaned.get("webhook_secret", "unset")):
            raise ConfigError({"webhook_secret": "may hold letters, digits, _ and - only"})
        return cleaned

    def verify(self, request: WebhookRequest, config: Config) -> None:
        expected = config.get("webhook_secret")
        given = request.headers.get(_SECRET_HEADER, "")
        # Bytes: compare_digest raises TypeError for text that is not ASCII (F-02).
        if not expected or not hmac.compare_digest(
            given.encode("utf-8", "surrogatepass"), str(expected).encode()
        ):
            raise WebhookRejected("the secret token is missing or wrong")

    def delivery_key(self, request: WebhookRequest) -> str | None:
        return str(parse.update_id(load_object(request.body)))

    def parse(self, request: WebhookRequest, config: Config) -> list[InboundEvent]:
        update = load_object(request.body)
        parse.update_id(update)
        return parse.parse_update(update, config)

    def build(self, message: OutboundMessage, config: Config) -> Sequence[Call]:
        return build.build(message, config)

    def read(self, call: Call, response: RawResponse) -> Receipt:
        assert isinstance(call, ApiCall)
        result = result_of(response, in_group=_to_group(call))
        if not call.label.startswith("send") or call.label == "sendChatAction":
            return Receipt(external_id="")
        message_id = result.get("message_id") if isinstance(result, dict) else None
        if not isinstance(message_id, int) or isinstance(message_id, bool):
            raise Uncertain("the answer names no message")
        return Receipt(external_id=str(message_id))

    def acknowledge(self, interaction_id: str, config: Config) -> Sequence[Call]:
        return [method("answerCallbackQuery", config, {"callback_query_id": interaction_id})]

    def typing(self, destination: str, config: Config) -> Sequence[Call]:
        chat = build.chat_of(destination)
        return [method("sendChatAction", config, {**chat, "action": "typing"})]

    def connect(self, config: Config, setup: Setup) -> dict[str, Any]:
        return account.connect(config, setup)

    def disconnect(self, config: Config) -> None:
        account.disconnect(config)

    def polls(self, config: Config, public_url: str) -> bool:
        return config.get("mode") == "polling" or (not config.get("mode") and not public_url)


def _to_group(call: ApiCall) -> bool:
    """Groups have negative ids."""
    chat = (call.json or call.form).get("chat_id", 0)
    return str(chat).startswith("-")

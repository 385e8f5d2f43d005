"""What a channel kind is: pure functions over the types of `channels.types`, and a description of itself.

To add a kind, copy the folder of the one most like it and follow docs/adding-a-channel.md.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from channels.errors import ConfigError
from channels.types import (
    Call,
    Capabilities,
    InboundEvent,
    OutboundMessage,
    RawResponse,
    Receipt,
    WebhookReply,
    WebhookRequest,
)

Config = Mapping[str, Any]


def gettext_noop(text: str) -> str:
    """Mark a text for the message catalogue, under the name its tools know; whoever shows it translates it."""
    return text


@dataclass(frozen=True, slots=True)
class ConfigField:
    """One key of a channel's configuration; forms and the API's JSON schema are made from it."""

    name: str
    label: str
    required: bool = True
    secret: bool = False  # write-only: never in an answer, a log or a history
    generated: bool = False  # made by us at creation, not asked for
    default: Any = None
    help: str = ""
    choices: tuple[str, ...] = ()
    type: str = "string"  # JSON schema: "string", "integer", "array" (of strings)


@dataclass(frozen=True, slots=True)
class Setup:
    """Where a channel lives, for kinds that register themselves with their platform."""

    webhook_url: str | None  # None: no PUBLIC_URL, so no webhook


class Channel(ABC):
    """A kind of channel. Stateless: everything it needs comes as an argument."""

    kind: ClassVar[str]
    label: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    fields: ClassVar[tuple[ConfigField, ...]] = ()
    content_types: ClassVar[tuple[str, ...]] = ("application/json",)  # of its webhooks

    # --- configuration

    def clean_config(self, config: Config) -> dict[str, Any]:
        """The configuration with defaults filled in and unknown keys refused. Raises ConfigError."""
        return clean(self.fields, config)

    # --- inbound

    @abstractmethod
    def verify(self, request: WebhookRequest, config: Config) -> None:
        """Raise WebhookRejected unless the request proves that it comes from the platform.

        Works on the raw bytes, in constant time; an unset secret refuses everything.
        """

    def handshake(self, request: WebhookRequest, config: Config) -> WebhookReply | None:
        """The answer to a GET by which a platform checks the address; None when the kind has none."""
        return None

    def cross_origin_headers(self, request: WebhookRequest, config: Config) -> Mapping[str, str]:
        """Headers that let the web page which asks use this webhook from another origin; mostly none.

        They go on every answer; where there are any, OPTIONS (the browser's preflight) is answered with them.
        """
        return {}

    @abstractmethod
    def delivery_key(self, request: WebhookRequest) -> str | None:
        """The platform's own id of this delivery, None when it has none. Raises BadPayload when unreadable."""

    @abstractmethod
    def parse(self, request: WebhookRequest, config: Config) -> list[InboundEvent]:
        """Everything the delivery says, in the platform's order. Pure. Raises BadPayload when unreadable."""

    # --- outbound

    @abstractmethod
    def build(self, message: OutboundMessage, config: Config) -> Sequence[Call]:
        """The calls that deliver this message, in order. Pure. Raises Permanent when it cannot be built."""

    @abstractmethod
    def read(self, call: Call, response: RawResponse) -> Receipt:
        """What the platform's answer to `call` means. Pure. Raises SendError."""

    def fallback(self, call: Call, response: RawResponse) -> Call | None:
        """A plainer call to make once instead, when the platform refused `call`'s markup."""
        return None

    # --- optional calls around a message; each answers [] where the platform has none

    def acknowledge(self, interaction_id: str, config: Config) -> Sequence[Call]:
        """Calls that end the spinner of a pressed button."""
        return ()

    def typing(self, destination: str, config: Config) -> Sequence[Call]:
        """Calls that show "is typing" to the person."""
        return ()

    # --- life of a channel with its platform; these do I/O through `channels.transport`

    def connect(self, config: Config, setup: Setup) -> dict[str, Any]:
        """Check the credentials, register the webhook; answers facts to keep (bot name, …).

        Raises SendError (AccountProblem for refused credentials, Transient when unreachable).
        """
        return {}

    def disconnect(self, config: Config) -> None:  # noqa: B027 - most kinds register nothing
        """Undo what `connect` registered. Raises SendError."""

    def polls(self, config: Config, public_url: str) -> bool:
        """Whether messages are fetched by the receiver instead of coming to a webhook."""
        return False


def clean(fields: Sequence[ConfigField], config: Config) -> dict[str, Any]:
    """`config` checked against `fields`: unknown keys, missing values, wrong types, choices. Raises ConfigError."""
    errors = _unknown_keys(fields, config)
    cleaned: dict[str, Any] = {}
    for item in fields:
        value = config.get(item.name, item.default)
        if value in (None, ""):
            if item.required and not item.generated:
                errors[item.name] = "is required"
            continue
        problem = _problem(item, value)
        if problem:
            errors[item.name] = problem
        else:
            cleaned[item.name] = value.strip() if isinstance(value, str) else value
    if errors:
        raise ConfigError(errors)
    return cleaned


def json_schema(fields: Sequence[ConfigField]) -> dict[str, Any]:
    """The JSON schema of what a client may write into `config`."""
    properties: dict[str, Any] = {}
    for item in fields:
        if item.generated:
            continue
        entry: dict[str, Any] = {"type": item.type, "title": item.label}
        if item.type == "array":
            entry["items"] = {"type": "string"}
        if item.help:
            entry["description"] = item.help
        if item.choices:
            entry["enum"] = list(item.choices)
        if item.secret:
            entry["writeOnly"] = True
        if item.default is not None:
            entry["default"] = item.default
        properties[item.name] = entry
    return {
        "type": "object",
        "properties": properties,
        "required": [f.name for f in fields if f.required and not f.generated],
        "additionalProperties": False,
    }


def _unknown_keys(fields: Sequence[ConfigField], config: Config) -> dict[str, str]:
    known = {item.name for item in fields}
    return {str(key): "is not a setting of this kind" for key in config if key not in known}


_PYTHON_TYPES: dict[str, type[Any]] = {"string": str, "integer": int, "array": list}


def _problem(item: ConfigField, value: Any) -> str:
    if not isinstance(value, _PYTHON_TYPES[item.type]) or isinstance(value, bool):
        return f"must be of type {item.type}"
    if isinstance(value, list) and not all(isinstance(v, str) for v in value):
        return "must be a list of strings"
    if item.choices and value not in item.choices:
        return "must be one of " + ", ".join(item.choices)
    if isinstance(value, str) and any(ord(c) < 32 for c in value):
        return "must not contain control characters"
    return ""

"""The vocabulary every channel speaks: what comes in, what goes out, what a kind can do.

Everything here is immutable data. No I/O, no Django, no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

JSON = dict[str, Any]

AttachmentType = Literal[
    "image", "audio", "voice", "video", "document", "sticker", "location", "contact"
]


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One HTTP request as the platform sent it. Header names are lower case; body is the raw bytes."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """What to answer at the door when the platform expects more than an empty 200."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    retry_after: int | None = None  # seconds, for 503
    headers: Mapping[str, str] = field(default_factory=dict)  # further ones


# --- inbound ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InboundAttachment:
    """Something that came with a message. `platform_id` is what the platform's download call takes."""

    type: AttachmentType
    platform_id: str = ""
    mime: str = ""
    name: str = ""
    size: int | None = None  # bytes, as the platform says
    data: Mapping[str, Any] = field(default_factory=dict)  # latitude, longitude, phone, emoji, …


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote. `external_id` identifies the person on this channel, for ever."""

    external_id: str
    name: str = ""
    language: str = ""  # BCP 47 as the platform says, e.g. "pt-BR"; "" when it does not
    phone: str = ""
    email: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A person said something. `dedupe_key` is the kind's own key, unique inside one channel."""

    dedupe_key: str
    external_id: str
    sender: Sender
    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    reply_to: str | None = None  # external id of the message answered
    sent_at: datetime | None = None  # aware, the platform's clock; None when it gives none
    thread_key: str = ""  # group chat or mail thread; "" = the person's own conversation
    destination: str = ""  # where answers go when that is not the sender (a group chat)
    payload: str | None = None  # data of a pressed button
    interaction_id: str | None = None  # to be acknowledged (Telegram callback_query.id)
    command: str | None = None  # "start" for "/start …", without bot name
    command_args: str = ""
    sequence: int | None = (
        None  # grows with each message of the same thread, where there is such a number
    )
    forwarded: bool = False
    addressed: bool = True  # False: a group message not meant for the bot
    automatic: bool = False  # written by a machine (another bot, an auto-reply): never answer


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """The person changed an earlier message. Never triggers a second reply."""

    external_id: str
    dedupe_key: str  # that of the message that was edited
    sender: Sender
    text: str
    edited_at: datetime | None = None
    thread_key: str = ""


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """The person took an earlier message back: its text must go."""

    external_id: str
    dedupe_key: str


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A receipt for something we sent. Either `external_id` or `tag` names the message."""

    status: Literal["sent", "delivered", "read", "failed"]
    external_id: str = ""
    tag: str = ""  # our own id, where the platform gives it back
    at: datetime | None = None
    error_code: str = ""
    error_detail: str = ""


@dataclass(frozen=True, slots=True)
class ContactReachability:
    """The person blocked or unblocked us on this channel."""

    sender: Sender
    reachable: bool
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddressChanged:
    """A chat or person moved to another id on the same channel (group upgrade, new number)."""

    old: str
    new: str
    dedupe_key: str


@dataclass(frozen=True, slots=True)
class HumanEcho:
    """A human answered outside Balcão (the platform's own inbox): the bot must be silent."""

    dedupe_key: str
    external_id: str
    recipient: Sender
    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    sent_at: datetime | None = None
    thread_key: str = ""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Understood, but nothing we act on. Counted, so that it is not lost in silence."""

    kind: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """One broken item of an otherwise readable delivery."""

    reason: str


InboundEvent = (
    InboundMessage
    | MessageEdited
    | MessageDeleted
    | StatusUpdate
    | ContactReachability
    | AddressChanged
    | HumanEcho
    | Unsupported
    | Rejected
)


# --- outbound --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered below a text. `payload` comes back when it is pressed.

    With `url` that is opened instead; only kinds with `link_buttons` are given such.
    """

    title: str
    payload: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class OutboundAttachment:
    """A file to send. `path` is on local disk; the transport opens it."""

    type: AttachmentType
    path: str
    name: str
    mime: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to deliver. `tag` is our own id for it, stable over all attempts."""

    tag: str
    destination: str  # the address answers go to: chat id, PSID, phone, visitor id
    text: str = ""
    buttons: tuple[Button, ...] = ()
    attachments: tuple[OutboundAttachment, ...] = ()
    reply_to: str | None = None  # external id


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a multipart call."""

    field: str
    path: str
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One HTTP request. `url` and `headers` may hold secrets: never log them, see `label`."""

    label: str  # e.g. "sendMessage": safe to log and to store
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: JSON | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    files: tuple[FilePart, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalCall:
    """Nothing leaves the machine: the reader fetches it from us (web chat, mock)."""

    label: str
    external_id: str


Call = ApiCall | LocalCall


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An HTTP answer. `body` is cut at the response cap; `complete` says whether all of it came."""

    status: int
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform took the message. `external_id` is the platform's own id for it."""

    external_id: str
    data: Mapping[str, Any] = field(default_factory=dict)


# --- what a kind can do ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one kind can do, as data. Shared code asks this, never the kind's name."""

    max_text: int  # in `text_unit`s, per part
    text_unit: Literal["characters", "utf16", "bytes"] = "characters"
    max_buttons: int = 0  # 0: options are sent as a numbered list in the text
    max_button_title: int = 0  # characters
    max_button_payload: int = 0  # bytes
    link_buttons: bool = False  # a button may open a web address instead of coming back
    attachments: frozenset[str] = frozenset()  # AttachmentTypes that can be sent
    max_attachment: int = 0  # bytes
    replies: bool = False  # can quote an earlier message
    receipts: frozenset[str] = frozenset()  # of "delivered", "read"
    typing: bool = False
    groups: bool = False
    edits: bool = False
    starts_conversations: bool = False  # may write to somebody who never wrote
    reply_window_hours: int | None = None  # None: no limit
    max_per_second: float | None = None  # pace of one channel
    redelivers: bool = True  # the platform repeats a webhook that was not answered 2xx

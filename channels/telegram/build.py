"""A message as Bot API calls. Pure. Texts go out plain: no markup, so nothing to escape (F-68).

Source: https://core.telegram.org/bots/api#sendmessage (Bot API 10.1)
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from channels.base import Config
from channels.errors import Permanent
from channels.splitting import shorten, size, split
from channels.telegram.api import method
from channels.types import ApiCall, Button, FilePart, OutboundAttachment, OutboundMessage

JSON = dict[str, Any]

MAX_TEXT = 4096  # UTF-16 units
MAX_CAPTION = 1024
MAX_BUTTONS = 100
MAX_BUTTON_TITLE = 64  # characters; the platform names no limit, phones show about 40
MAX_BUTTON_PAYLOAD = 64  # bytes
MAX_FILE = 50_000_000  # bytes
MAX_PHOTO = 10_000_000  # bytes

_DESTINATION = re.compile(r"(-?[0-9]{1,19})(?::([0-9]{1,19}))?")
_MESSAGE_ID = re.compile(r"[1-9][0-9]{0,9}")  # the id of a pressed button is longer

# Attachment type → (method, field, MIME types it takes); what does not fit goes as a document.
_METHODS: dict[str, tuple[str, str, frozenset[str]]] = {
    "image": ("sendPhoto", "photo", frozenset({"image/jpeg", "image/png", "image/webp"})),
    "voice": ("sendVoice", "voice", frozenset({"audio/ogg", "audio/mpeg", "audio/mp4"})),
    "audio": ("sendAudio", "audio", frozenset({"audio/mpeg", "audio/mp4", "audio/x-m4a"})),
    "video": ("sendVideo", "video", frozenset({"video/mp4"})),
}


def chat_of(destination: str) -> JSON:
    """The parameters that name a chat, or one topic of it ("chat:topic"). Raises Permanent."""
    found = _DESTINATION.fullmatch(destination)
    if not found:
        raise Permanent("the destination is not a chat")
    chat, topic = found.groups()
    return {"chat_id": int(chat)} | ({"message_thread_id": int(topic)} if topic else {})


def build(message: OutboundMessage, config: Config) -> Sequence[ApiCall]:
    """Files first, then the text in parts with the buttons below the last; a short text is the file's caption.

    Raises Permanent when there is nothing to send or the platform could not take it.
    """
    chat = chat_of(message.destination)
    keyboard = _keyboard(message.buttons)
    text, files = message.text, message.attachments
    captioned = len(files) == 1 and text.strip() != "" and size(text, "utf16") <= MAX_CAPTION
    steps: list[tuple[JSON, OutboundAttachment | None]] = [({}, file) for file in files]
    if captioned:
        steps = [({"caption": text}, files[0])]
    else:
        steps += [({"text": part}, None) for part in split(text, MAX_TEXT, "utf16")]
    if not steps:
        raise Permanent("the message is empty")
    if message.reply_to and _MESSAGE_ID.fullmatch(message.reply_to):
        steps[0][0]["reply_parameters"] = {
            "message_id": int(message.reply_to),
            "allow_sending_without_reply": True,  # the quoted one may be deleted
        }
    if keyboard:
        steps[-1][0]["reply_markup"] = keyboard
    return [_call(chat | parameters, file, config) for parameters, file in steps]


def _call(parameters: JSON, file: OutboundAttachment | None, config: Config) -> ApiCall:
    if file is None:
        return method("sendMessage", config, parameters)
    name, field = _method_for(file)
    part = FilePart(field=field, path=file.path, name=file.name or field, mime=file.mime)
    form = {key: v if isinstance(v, str) else json.dumps(v) for key, v in parameters.items()}
    return method(name, config, form, files=(part,))


def _method_for(file: OutboundAttachment) -> tuple[str, str]:
    if file.size > MAX_FILE:
        raise Permanent("the file is larger than 50 MB")
    if file.type == "image" and file.mime == "image/gif":
        return "sendAnimation", "animation"
    name, field, mimes = _METHODS.get(file.type, ("", "", frozenset[str]()))
    too_large = file.type == "image" and file.size > MAX_PHOTO
    if file.mime in mimes and not too_large:
        return name, field
    return "sendDocument", "document"


def _keyboard(buttons: Sequence[Button]) -> JSON | None:
    """One button a row: the titles are often whole questions."""
    if len(buttons) > MAX_BUTTONS:
        raise Permanent(f"more than {MAX_BUTTONS} buttons")
    rows = []
    for button in buttons:
        title = shorten(button.title.strip(), MAX_BUTTON_TITLE) or "…"
        if button.url:
            rows.append([{"text": title, "url": button.url}])
            continue
        if not 1 <= size(button.payload, "bytes") <= MAX_BUTTON_PAYLOAD:
            raise Permanent(f"a button's payload must have 1 to {MAX_BUTTON_PAYLOAD} bytes")
        rows.append([{"text": title, "callback_data": button.payload}])
    return {"inline_keyboard": rows} if rows else None

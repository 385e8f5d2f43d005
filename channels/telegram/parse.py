"""Bot API updates as events. Pure.

Written by hand instead of with `telegram.Update.de_json`: that one takes any type for a field and raises
TypeError for a missing one, and an update comes from outside. The tests compare the two.
Source: https://core.telegram.org/bots/api#update (Bot API 10.1)
"""

import re
from typing import Any

from channels import fields
from channels.base import Config
from channels.errors import BadPayload
from channels.telegram.attachments import attachments_of
from channels.types import (
    AddressChanged,
    ContactReachability,
    InboundEvent,
    InboundMessage,
    MessageEdited,
    Rejected,
    Sender,
    Unsupported,
)

JSON = dict[str, Any]

# What we ask the platform to send; everything else would be ignored.
UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

ANONYMOUS_ADMIN = 1087968824  # writes for admins who hide behind the group
FAKE_CHANNEL = 136817688  # writes for people who speak as their channel
SERVICE_CHAT = 777000  # forwards a channel's posts into its discussion group

_GROUPS = ("group", "supergroup")
# What makes a message something a person said; without any of it, it is the platform's own notice.
_CONTENT = (
    "text", "animation", "audio", "checklist", "contact", "dice", "document", "game", "invoice",
    "live_photo", "location", "paid_media", "photo", "poll", "rich_message", "sticker", "story",
    "venue", "video", "video_note", "voice",
)  # fmt: skip
# Things whose own words stand for the text they come without.
_SPEAKING = {"dice": "emoji", "poll": "question", "checklist": "title", "game": "title"}
_MAX_CALLBACK_ID = 200  # characters; ours to limit, the platform's are about 20
_MAX_CALLBACK_DATA = 256  # characters; the platform allows 64 bytes
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+(.*))?", re.DOTALL)
_NAME = re.compile(r"[a-z_]{1,40}")


def update_id(update: JSON) -> int:
    """The number of the update; it may fall after a quiet week. Raises BadPayload."""
    return fields.integer(update, "update_id")


def parse_update(update: JSON, config: Config) -> list[InboundEvent]:
    """What one update says. `config` may hold the bot's own `username` and `bot_id`, needed in groups."""
    try:
        if "message" in update:
            return [_message(fields.mapping(update, "message"), config)]
        if "edited_message" in update:
            return [_edited(fields.mapping(update, "edited_message"))]
        if "callback_query" in update:
            return [_callback(fields.mapping(update, "callback_query"))]
        if "my_chat_member" in update:
            return [_membership(fields.mapping(update, "my_chat_member"))]
    except BadPayload as error:
        return [Rejected(str(error))]
    names = [key for key in update if key != "update_id" and _NAME.fullmatch(key)]
    return [Unsupported(names[0] if names else "empty")]


def _message(message: JSON, config: Config) -> InboundEvent:
    chat, message_id = _chat(message), fields.integer(message, "message_id", lowest=1)
    moved = _moved(message, chat)
    if moved:
        return moved
    if chat["type"] not in ("private", *_GROUPS):
        return Unsupported("channel_post")
    if not any(key in message for key in _CONTENT):
        return Unsupported(_service_kind(message))
    text = fields.text(message, "text") or fields.text(message, "caption")
    thread = _thread(message, chat)
    command, args, elsewhere = _command(text, config)
    return InboundMessage(
        dedupe_key=f"{chat['id']}:{message_id}",
        external_id=str(message_id),
        sender=_sender(message, chat),
        text=text or _own_words(message),
        attachments=attachments_of(message),
        reply_to=_replied(message),
        sent_at=fields.seconds(message, "date"),
        thread_key=thread,
        destination=thread or str(chat["id"]),
        command=command,
        command_args=args,
        sequence=message_id,
        forwarded=any(k in message for k in ("forward_origin", "forward_from", "forward_date")),
        addressed=not thread
        or (not elsewhere and (command is not None or _mentioned(message, config))),
        automatic=_automatic(message),
    )


def _edited(message: JSON) -> InboundEvent:
    chat, message_id = _chat(message), fields.integer(message, "message_id", lowest=1)
    if "location" in message:
        return Unsupported("live_location")  # one edit for each move
    return MessageEdited(
        external_id=str(message_id),
        dedupe_key=f"{chat['id']}:{message_id}",
        sender=_sender(message, chat),
        text=fields.text(message, "text") or fields.text(message, "caption"),
        edited_at=fields.seconds(message, "edit_date") if "edit_date" in message else None,
        thread_key=_thread(message, chat),
    )


def _callback(query: JSON) -> InboundEvent:
    interaction = fields.text(query, "id", longest=_MAX_CALLBACK_ID)
    payload = fields.text(query, "data", longest=_MAX_CALLBACK_DATA)
    if not interaction:
        raise BadPayload("id is required")
    if not payload:
        return Unsupported("callback_game")
    sender = _person(fields.mapping(query, "from"))
    # Missing for messages sent inline; inaccessible ones still say where they were.
    message = fields.soft_mapping(query, "message")
    chat = _chat(message) if message else {"id": int(sender.external_id), "type": "private"}
    thread = _thread(message, chat)
    pressed = fields.soft_integer(message, "message_id")
    return InboundMessage(
        dedupe_key=f"callback:{interaction}",
        external_id=interaction,
        sender=sender,
        reply_to=str(pressed) if pressed else None,
        thread_key=thread,
        destination=thread or str(chat["id"]),
        payload=payload,
        interaction_id=interaction,
    )


def _membership(change: JSON) -> InboundEvent:
    chat = _chat(change)
    status = fields.text(fields.mapping(change, "new_chat_member"), "status")
    # In a group it is about the group, not about the person who did it.
    if chat["type"] != "private" or status not in ("kicked", "member"):
        return Unsupported("my_chat_member")
    return ContactReachability(
        sender=_person(fields.mapping(change, "from")),
        reachable=status == "member",
        at=fields.seconds(change, "date"),
    )


def _moved(message: JSON, chat: JSON) -> AddressChanged | None:
    """A group that became a supergroup; both chats tell it, under one key."""
    if "migrate_to_chat_id" in message:
        old, new = chat["id"], fields.integer(message, "migrate_to_chat_id")
    elif "migrate_from_chat_id" in message:
        old, new = fields.integer(message, "migrate_from_chat_id"), chat["id"]
    else:
        return None
    return AddressChanged(old=str(old), new=str(new), dedupe_key=f"migrate:{old}:{new}")


def _chat(container: JSON) -> JSON:
    chat = fields.mapping(container, "chat")
    number, kind = fields.integer(chat, "id"), fields.text(chat, "type", longest=20)
    if kind == "private" and number <= 0:
        raise BadPayload("a private chat has a positive id")
    if kind not in ("private", "channel", *_GROUPS):
        raise BadPayload("type is not one of a chat")
    return chat


def _thread(message: JSON, chat: JSON) -> str:
    """The conversation's key, also where answers go: a group, or one topic of a forum; "" in private."""
    if chat["type"] == "private":
        return ""
    topic = fields.soft_integer(message, "message_thread_id")
    if topic and message.get("is_topic_message") is True:
        return f"{chat['id']}:{topic}"
    return str(chat["id"])


def _sender(message: JSON, chat: JSON) -> Sender:
    """Who wrote; a group or channel where a person hides behind it."""
    author = message.get("from")
    hidden = not isinstance(author, dict) or author.get("id") in (ANONYMOUS_ADMIN, FAKE_CHANNEL)
    if hidden and isinstance(message.get("sender_chat"), dict) and chat["type"] != "private":
        facade = fields.mapping(message, "sender_chat")
        return Sender(
            external_id=str(fields.integer(facade, "id")),
            name=fields.soft_text(facade, "title", longest=200),
            username=fields.soft_text(facade, "username", longest=64),
        )
    return _person(fields.mapping(message, "from"))


def _person(user: JSON) -> Sender:
    first, last = fields.soft_text(user, "first_name"), fields.soft_text(user, "last_name")
    return Sender(
        external_id=str(fields.integer(user, "id", lowest=1)),
        name=f"{first} {last}".strip()[:200],
        language=fields.soft_text(user, "language_code", longest=35),
        username=fields.soft_text(user, "username", longest=64),
    )


def _automatic(message: JSON) -> bool:
    """Written by a machine: another bot, or a channel's post forwarded into its group."""
    author = fields.soft_mapping(message, "from")
    if message.get("is_automatic_forward") is True or author.get("id") == SERVICE_CHAT:
        return True
    human_behind = author.get("id") in (ANONYMOUS_ADMIN, FAKE_CHANNEL) and "sender_chat" in message
    return author.get("is_bot") is True and not human_behind


def _replied(message: JSON) -> str | None:
    replied = fields.soft_mapping(message, "reply_to_message")
    # In a topic every message "replies" to the notice that opened it.
    if "forum_topic_created" in replied:
        return None
    number = fields.soft_integer(replied, "message_id")
    return str(number) if number else None


def _command(text: str, config: Config) -> tuple[str | None, str, bool]:
    """`(command, arguments, meant for another bot)` of a text; `/start@our_bot x` is ("start", "x", False)."""
    found = _COMMAND.fullmatch(text)
    if not found:
        return None, "", False
    command, bot, args = found.groups()
    if bot and bot.casefold() != str(config.get("username", "")).casefold():
        return None, "", True
    return command.lower(), (args or "").strip(), False


def _mentioned(message: JSON, config: Config) -> bool:
    """Whether a group message names the bot or answers one of its messages."""
    username = str(config.get("username", "")).casefold()
    bot_id = str(config.get("bot_id", ""))
    replied_to = fields.soft_mapping(fields.soft_mapping(message, "reply_to_message"), "from")
    if _is_bot(replied_to, username, bot_id):
        return True
    for text_key, entities_key in (("text", "entities"), ("caption", "caption_entities")):
        text = fields.soft_text(message, text_key, longest=100_000)
        units = text.encode("utf-16-le")  # offsets count UTF-16 units
        for entity in fields.soft_mappings(message, entities_key):
            if entity.get("type") == "text_mention":
                if _is_bot(fields.soft_mapping(entity, "user"), username, bot_id):
                    return True
            elif entity.get("type") in ("mention", "bot_command"):
                start = fields.soft_integer(entity, "offset") or 0
                end = start + (fields.soft_integer(entity, "length") or 0)
                named = units[2 * start : 2 * end].decode("utf-16-le", "replace").casefold()
                if username and named.endswith(f"@{username}"):
                    return True
    return False


def _is_bot(user: JSON, username: str, bot_id: str) -> bool:
    if bot_id:
        return str(user.get("id", "")) == bot_id
    return bool(username) and fields.soft_text(user, "username").casefold() == username


def _own_words(message: JSON) -> str:
    for key, part in _SPEAKING.items():
        words = fields.soft_text(fields.soft_mapping(message, key), part, longest=1000)
        if words:
            return words
    return ""


def _service_kind(message: JSON) -> str:
    known = ("message_id", "from", "chat", "date", "sender_chat", "message_thread_id")
    names = [key for key in message if key not in known and _NAME.fullmatch(key)]
    return names[0] if names else "service_message"

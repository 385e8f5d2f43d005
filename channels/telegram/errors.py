"""What the Bot API's answers mean. Pure.

Sources: https://core.telegram.org/bots/api#making-requests, #responseparameters;
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import re
from typing import Any

from channels.errors import (
    AccountProblem,
    BadPayload,
    Permanent,
    RateLimited,
    RecipientGone,
    RecipientMoved,
    SendError,
    Transient,
    Uncertain,
)
from channels.fields import soft_integer, soft_mapping, soft_text
from channels.reading import load_object
from channels.types import RawResponse
from channels.waiting import retry_after

JSON = dict[str, Any]

_SENT_AT_MOST = 200  # characters of the platform's own words that are kept

# (status, part of the description in lower case) → why, in our words. The first that fits decides.
_REFUSALS: tuple[tuple[int, str, type[Permanent], str], ...] = (
    (403, "bot was blocked", RecipientGone, "the person blocked the bot"),
    (403, "user is deactivated", RecipientGone, "the person's account is gone"),
    (403, "bot was kicked", RecipientGone, "the bot was removed from the group"),
    (403, "bot is not a member", RecipientGone, "the bot is not in the group"),
    (403, "initiate conversation", RecipientGone, "the person has not started the bot"),
    (403, "messages to bots", RecipientGone, "the recipient is a bot"),
    (403, "chat was deleted", RecipientGone, "the group is gone"),
    (400, "chat not found", Permanent, "there is no such chat"),
    (400, "peer_id_invalid", Permanent, "there is no such chat"),
    (400, "message text is empty", Permanent, "the message is empty"),
    (400, "message is too long", Permanent, "the message is too long"),
    (400, "can't parse entities", Permanent, "the text's markup was refused"),
    (400, "button_data_invalid", Permanent, "a button's payload was refused"),
    (400, "not enough rights", Permanent, "the bot may not write in this chat"),
    (400, "query is too old", Permanent, "the button was pressed too long ago"),
    (401, "", AccountProblem, "the bot token was refused"),
    (404, "", AccountProblem, "there is no such bot: the token or the API's address is wrong"),
    (409, "", AccountProblem, "another program receives this bot's messages"),
    (413, "", Permanent, "the file is too large"),
)


def result_of(response: RawResponse, *, in_group: bool = False) -> Any:
    """The `result` of a successful answer. Raises SendError for any other.

    `in_group` narrows a limit to that chat: groups have one of their own.
    """
    body = _body(response)
    if response.status < 300 and body is not None and body.get("ok") is True and "result" in body:
        return body["result"]
    raise _error(response, body, in_group=in_group)


def _body(response: RawResponse) -> JSON | None:
    if not response.complete:
        return None
    try:
        return load_object(response.body)
    except BadPayload:
        return None


def _error(response: RawResponse, body: JSON | None, *, in_group: bool) -> SendError:
    status = response.status
    refused = body is not None and body.get("ok") is False
    if body is not None and refused:
        status = soft_integer(body, "error_code") or status
    if status < 300:  # taken, but what came of it cannot be read (F-65)
        return Uncertain("the answer could not be read", provider_code=str(status))
    if status < 400:  # not followed (F-75)
        return Transient("the platform redirected the call", provider_code=str(status))
    if status == 429:
        return _limited(response, body or {}, in_group=in_group)
    if status in (500, 503):
        return Transient("the platform is in trouble", provider_code=str(status))
    if status >= 500:  # a gateway may have lost the answer, not the message (F-63)
        return Uncertain("the answer was lost on the way", provider_code=str(status))
    return _refusal(status, body if refused else None)


def _limited(response: RawResponse, body: JSON, *, in_group: bool) -> RateLimited:
    asked = soft_mapping(body, "parameters").get("retry_after")
    return RateLimited(
        "too many messages",
        retry_after=retry_after(asked, response.headers),
        scope="recipient" if in_group else "channel",
        provider_code="429",
    )


def _refusal(status: int, body: JSON | None) -> SendError:
    parameters = soft_mapping(body or {}, "parameters")
    moved_to = parameters.get("migrate_to_chat_id")
    if isinstance(moved_to, int) and not isinstance(moved_to, bool):
        return RecipientMoved(str(moved_to))
    description = soft_text(body or {}, "description", longest=1000)
    for code, part, error, why in _REFUSALS:
        if code == status and part in description.lower():
            return error(why, provider_code=str(status))
    if body is None:  # not the Bot API itself but something before it
        return Transient("the call was refused on the way", provider_code=str(status))
    return Permanent(_safe(description) or "the message was refused", provider_code=str(status))


def _safe(description: str) -> str:
    """The platform's words without what they may quote: parts of the text, numbers of chats."""
    # Greedy on purpose; an apostrophe inside a word opens nothing.
    unquoted = re.sub(r"\".*\"|(?<!\w)'.*'(?!\w)|“.*”", "…", description, flags=re.DOTALL)
    return re.sub(r"[^\s:]*\d{5,}[^\s]*", "…", unquoted)[:_SENT_AT_MOST]

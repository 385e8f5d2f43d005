"""Long polling with python-telegram-bot's `Bot`.

Not its `Updater`, which confirms updates before anything is stored, and not `Bot.get_updates`, which gives
parsed objects and fails for a whole batch (and logs it) when one update is not as the library expects:
`do_api_request` is the same call, answered as it came.
"""

import asyncio
import json
import warnings
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from telegram import Bot
from telegram.error import (
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from channels.base import Config
from channels.errors import AccountProblem, RateLimited, SendError, Transient
from channels.polling import Batch, Polled, Poller
from channels.telegram.api import PUBLIC_API
from channels.telegram.parse import UPDATES

T = TypeVar("T")

_GRACE_S = 5.0  # beyond the long poll, for connecting and reading
_LIMIT = 100  # updates in one answer, the most there can be

# That we should use the methods we have a reason not to use, and that seconds will be a timedelta one day.
warnings.filterwarnings("ignore", r"Please use 'Bot\.|.*`retry_after`", PTBUserWarning)


class TelegramPoller(Poller):
    """Fetches one bot's updates."""

    def __init__(self, config: Config) -> None:
        base = str(config.get("api_base") or PUBLIC_API).rstrip("/")
        self._request = _Request(connection_pool_size=2, read_timeout=_GRACE_S)
        self._bot = Bot(
            token=str(config["token"]),
            base_url=lambda token: f"{base}/bot{token}",
            request=self._request,
            get_updates_request=self._request,
        )

    async def open(self) -> dict[str, Any]:
        """Also takes a webhook away: with one set, every poll is refused."""
        user = await _asked(self._bot.get_me(), 2 * _GRACE_S)
        await _asked(self._bot.delete_webhook(), 2 * _GRACE_S)
        return {"username": user.username or "", "bot_id": user.id, "name": user.first_name}

    async def poll(self, confirm: int | None, wait_s: float) -> Batch:
        parameters = {
            "offset": confirm,
            "limit": _LIMIT,
            "timeout": round(wait_s),
            "allowed_updates": list(UPDATES),
        }
        call = self._bot.do_api_request("getUpdates", parameters, read_timeout=wait_s + _GRACE_S)
        updates = await _asked(call, wait_s + 2 * _GRACE_S)
        if not isinstance(updates, list):
            raise Transient("the answer could not be read")
        return _batch(updates)

    async def close(self) -> None:
        await self._request.shutdown()


class _Request(HTTPXRequest):
    """The library's HTTP client, which would write an answer it cannot read into the log."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            value = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise TelegramError("Invalid server response") from None
        if not isinstance(value, dict):
            raise TelegramError("Invalid server response")
        return value


def _batch(updates: list[Any]) -> Batch:
    """What has no number cannot be told from its repetition and is left out; the highest confirms them all."""
    numbered = [
        (update["update_id"], update)
        for update in updates
        if isinstance(update, dict) and type(update.get("update_id")) is int
    ]
    return Batch(
        items=tuple(Polled(str(n), json.dumps(update).encode()) for n, update in numbered),
        confirm=max((number for number, _ in numbered), default=-1) + 1 if numbered else None,
    )


async def _asked(call: Coroutine[Any, Any, T], timeout_s: float) -> T:
    """The call's result within the time. Raises SendError, whose text holds nothing of the library's."""
    try:
        async with asyncio.timeout(timeout_s):
            return await call
    except TelegramError as error:
        raise _problem(error) from None
    except TimeoutError:
        raise Transient("no answer in time") from None
    except (KeyError, TypeError, ValueError, AttributeError):  # not the shape the library expects
        raise Transient("the answer could not be read") from None


def _problem(error: TelegramError) -> SendError:
    """Order matters nowhere but at NetworkError, whose subclasses are no network trouble (BadRequest)."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else wait
        return RateLimited("too many calls", retry_after=seconds, provider_code="429")
    if isinstance(error, Conflict):
        return AccountProblem("another program receives this bot's messages", provider_code="409")
    if isinstance(error, InvalidToken | Forbidden):
        return AccountProblem("the bot token was refused", provider_code="401")
    if type(error) is NetworkError:
        return Transient("the platform could not be reached")
    return Transient(f"the platform refused the call ({type(error).__name__})")

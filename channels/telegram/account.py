"""Connecting a bot: who it is, and where its updates go. I/O through the transport."""

from typing import Any

from channels.base import Config, Setup
from channels.errors import AccountProblem, Permanent, Transient, Uncertain
from channels.telegram.api import method
from channels.telegram.errors import result_of
from channels.telegram.parse import UPDATES
from channels.transport import deliver
from channels.types import ApiCall

_TIMEOUT_S = 10.0


def connect(config: Config, setup: Setup) -> dict[str, Any]:
    """Check the token, then register the webhook or, for polling, take it away.

    Answers `{"username", "bot_id", "name"}`. Raises AccountProblem, Transient or RateLimited.
    """
    facts = facts_of(_ask(method("getMe", config, {})))
    if config.get("mode") == "webhook" and setup.webhook_url is None:
        raise AccountProblem("a webhook needs PUBLIC_URL to be set")
    if setup.webhook_url is None or config.get("mode") == "polling":
        _ask(method("deleteWebhook", config, {}))
    else:
        _register(setup.webhook_url, config)
    return facts


def disconnect(config: Config) -> None:
    """Take the webhook away. Raises AccountProblem, Transient or RateLimited."""
    _ask(method("deleteWebhook", config, {}))


def facts_of(user: Any) -> dict[str, Any]:
    """What is kept of the answer to getMe. Raises Transient when it is none."""
    if not isinstance(user, dict) or not isinstance(user.get("id"), int):
        raise Transient("the answer could not be read")
    return {
        "username": str(user.get("username", "")),
        "bot_id": user["id"],
        "name": str(user.get("first_name", "")),
    }


def _register(url: str, config: Config) -> None:
    if not config.get("webhook_secret"):
        raise AccountProblem("there is no webhook secret, so every update would be refused")
    parameters = {
        "url": url,
        "secret_token": config["webhook_secret"],
        "allowed_updates": list(UPDATES),
    }
    try:
        _ask(method("setWebhook", config, parameters))
    except AccountProblem:
        raise
    except Permanent as error:
        raise AccountProblem(
            f"the webhook was refused: {error.detail}", provider_code=error.provider_code
        ) from None


def _ask(call: ApiCall) -> Any:
    """The result of a call that may be repeated at will: what is uncertain is only transient here."""
    try:
        return result_of(deliver(call, timeout_s=_TIMEOUT_S))
    except Uncertain as error:
        raise Transient(error.detail, provider_code=error.provider_code) from None

"""Why a webhook is refused or a send fails. One vocabulary for all channels."""


class ChannelError(Exception):
    """Base of everything a channel raises. `str()` is safe to show and to log: no secret, no text of a contact."""


class ConfigError(ChannelError):
    """The channel's configuration is wrong. `fields` maps a configuration key to what is wrong with it."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {why}" for key, why in fields.items()))
        self.fields = fields


class WebhookRejected(ChannelError):
    """The request did not prove that it comes from the platform: 403, nothing is stored."""


class BadPayload(ChannelError):
    """The body cannot be read at all: 400, nothing is stored."""


class SendError(ChannelError):
    """A try to send did not end in success. `code` is ours, `provider_code` the platform's."""

    code = "error"

    def __init__(self, detail: str, *, provider_code: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.provider_code = provider_code


class Transient(SendError):
    """Surely not sent, and worth trying again."""

    code = "transient"


class RateLimited(Transient):
    """The platform asks us to wait. Not counted as a failed try."""

    code = "rate_limited"

    def __init__(
        self,
        detail: str,
        *,
        retry_after: float,
        scope: str = "channel",
        provider_code: str = "",
    ) -> None:
        """`retry_after` in seconds, clamped to 1 s … 1 h; `scope` is "channel" or "recipient"."""
        super().__init__(detail, provider_code=provider_code)
        self.retry_after = min(max(retry_after, 1.0), 3600.0)
        self.scope = scope


class Uncertain(SendError):
    """The request was written, the answer never came: it may have arrived. Never resent blindly."""

    code = "uncertain"


class Permanent(SendError):
    """The platform said no, and will say no again."""

    code = "permanent"


class RecipientGone(Permanent):
    """This person cannot be reached any more: blocked, deactivated, left."""

    code = "recipient_gone"


class WindowClosed(Permanent):
    """The reply window has passed."""

    code = "window_closed"


class AccountProblem(Permanent):
    """Our account or its configuration: stop the channel and tell an operator."""

    code = "account"


class RecipientMoved(SendError):
    """The chat has a new address: update it and send once more."""

    code = "moved"

    def __init__(self, new_address: str) -> None:
        super().__init__("the chat has a new address")
        self.new_address = new_address

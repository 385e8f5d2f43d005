"""Every channel kind, one line each. Nothing else in the code lists them."""

from channels.base import Channel
from channels.mock import Mock
from channels.telegram import Telegram
from channels.webchat import Webchat

CHANNELS: dict[str, Channel] = {
    channel.kind: channel for channel in (Mock(), Telegram(), Webchat())
}


def get(kind: str) -> Channel:
    """The channel of this kind. Raises KeyError."""
    return CHANNELS[kind]


def choices() -> list[tuple[str, str]]:
    """`(kind, label)` pairs for a form; a callable, so that a new kind needs no migration."""
    return [(channel.kind, channel.label) for channel in CHANNELS.values()]

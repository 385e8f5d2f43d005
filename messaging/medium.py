"""What the bot is told of a channel."""

from bot.types import Medium
from messaging.models import Channel


def medium_of(channel: Channel) -> Medium:
    """The channel, as far as it shapes what is said there."""
    can = channel.adapter.capabilities
    return Medium(channel.kind, channel.name, can.max_buttons, can.link_buttons)


def medium_at(channel: str) -> Medium | None:
    """That of the channel with this id; None for none."""
    row = Channel.connected.filter(pk=channel).first() if channel else None
    return medium_of(row) if row else None

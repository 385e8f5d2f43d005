"""The steps that keep the bot quiet."""

from bot.steps.say import language_of
from bot.types import Decision, Turn


def guard(turn: Turn) -> Decision | None:
    """Never talk to machines, to nobody in particular, or about the past.

    A loop (two systems answering each other) ends with a human and without another word.
    """
    if turn.automatic:
        return Decision("silent", "guard", reason="automatic")
    if turn.looping and turn.owner == "bot":
        return Decision("escalate", "guard", reason="looping", language=language_of(turn))
    if turn.stale:
        return Decision("silent", "guard", reason="stale")
    if not turn.addressed:
        return Decision("silent", "guard", reason="not_addressed")
    return None


def human(turn: Turn) -> Decision | None:
    """Somebody has the conversation, or it waits for somebody: the bot is out of it."""
    if turn.owner == "bot":
        return None
    return Decision("silent", "human", reason=turn.owner)

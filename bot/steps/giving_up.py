"""The last step: nothing before it knew what to do."""

from bot.steps.match import ranked
from bot.steps.say import escalate, texts_of
from bot.steps.say import miss as missed
from bot.types import Decision, Turn


def miss(turn: Turn) -> Decision:
    """Always decides. A message without text goes to a human at once; rephrasing would not help it."""
    if turn.text.strip():
        return missed(turn, "miss", "miss", ranked(turn))
    if turn.payload is not None:
        return missed(turn, "miss", "unknown_button")
    return escalate(turn, "miss", "no_text", notice=texts_of(turn).no_text)

"""A pressed button, or a number or title that answers the options just offered."""

import re

from bot.matcher.folding import plain
from bot.steps.rule import carried_out
from bot.steps.say import answer, miss
from bot.types import Decision, Turn

NONE_OF_THESE = "none"
FAQ_PREFIX = "faq:"

# "2", "2)", "opção 2", "number 2", "a 2"
_NUMBER = re.compile(r"(?:(?:a |the |la )?(?:opcao|option|opcion|numero|number|n|a|o) )?(\d{1,2})")


def payload(turn: Turn) -> Decision | None:
    """What the pressed or named option stands for. Buttons of old messages may mean nothing any more."""
    chosen = turn.payload if turn.payload is not None else _named(turn)
    if chosen is None:
        return None
    if chosen == NONE_OF_THESE:
        return miss(turn, "payload", "none_of_these")
    if rule := turn.knowledge.rules.for_payload(chosen, turn.channel):
        return carried_out(turn, "payload", rule)
    faq = turn.knowledge.faqs.get(chosen.removeprefix(FAQ_PREFIX))
    if chosen.startswith(FAQ_PREFIX) and faq and (not faq.channels or turn.channel in faq.channels):
        return answer(turn, "payload", faq.id)
    return None


def _named(turn: Turn) -> str | None:
    """The payload of the offered option that the text names by its number or title."""
    said = plain(turn.text)
    if not turn.offered or not said:
        return None
    for option in turn.offered:
        if plain(option.title) == said:
            return option.payload
    number = _NUMBER.fullmatch(said)
    if number and 1 <= int(number[1]) <= len(turn.offered):
        return turn.offered[int(number[1]) - 1].payload
    return None

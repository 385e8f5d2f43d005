"""A pressed button, or a number or title that answers the options just offered."""

import re

from bot.answers import FAQ_PREFIX, leads_somewhere
from bot.feedback import parse
from bot.matcher.folding import plain
from bot.steps.feedback import judged, said_too_late
from bot.steps.rule import carried_out
from bot.steps.say import answer, miss
from bot.types import Decision, Turn

NONE_OF_THESE = "none"

# "2", "2)", "opção 2", "number 2", "a 2"
_NUMBER = re.compile(r"(?:(?:a |the |la )?(?:opcao|option|opcion|numero|number|n|a|o) )?(\d{1,2})")


def payload(turn: Turn) -> Decision | None:
    """What the pressed or named option stands for. Buttons of old messages may mean nothing any more."""
    chosen = turn.payload if turn.payload is not None else _named(turn)
    if chosen is None:
        return said_too_late(turn)
    if chosen == NONE_OF_THESE:
        return miss(turn, "payload", "none_of_these")
    if given := parse(chosen):
        return judged(turn, given)
    if rule := turn.knowledge.rules.for_payload(chosen, turn.channel):
        return carried_out(turn, "payload", rule)
    if chosen.startswith(FAQ_PREFIX) and leads_somewhere(chosen, turn.knowledge.faqs, turn.channel):
        return answer(turn, "payload", chosen.removeprefix(FAQ_PREFIX))
    return None


def _named(turn: Turn) -> str | None:
    """The payload of the offered option that the text names by its number or title.

    The buttons of feedback have no number: a "1" after an answer need not mean that it helped.
    """
    said = plain(turn.text)
    if not turn.offered or not said:
        return None
    for option in turn.offered:
        if plain(option.title) == said:
            return option.payload
    number = _NUMBER.fullmatch(said)
    numbered = [option.payload for option in turn.offered if not parse(option.payload)]
    if number and 1 <= int(number[1]) <= len(numbered):
        return numbered[int(number[1]) - 1]
    return None

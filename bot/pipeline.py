"""The bot's mind: an ordered tuple of small steps. The first one that decides wins."""

import time
from collections.abc import Sequence
from dataclasses import replace

from bot.steps.ask_human import ask_human
from bot.steps.buttons import payload
from bot.steps.command import command
from bot.steps.giving_up import miss
from bot.steps.match import exact, faq
from bot.steps.rule import rule
from bot.steps.say import is_open
from bot.steps.silence import guard, human
from bot.types import Decision, Step, TimedDecision, Turn

STEPS: tuple[Step, ...] = (
    guard,  # machines, loops, old news, talk among others: stay silent
    human,  # a human owns the conversation, or it waits for one: stay silent
    payload,  # a pressed button, or a number or title that answers the options just offered
    command,  # /start, /help, /human
    ask_human,  # "quero falar com um atendente": nothing may stand between a person and a person
    rule,  # what the admin wants done, before any guessing
    exact,  # a published phrasing, word for word; a mere greeting or thanks
    faq,  # the FAQ that is probably meant
    miss,  # always decides: rephrase or escalate
)


def decide(turn: Turn, steps: Sequence[Step] = STEPS) -> TimedDecision:
    """What to do about one inbound message. Pure: reads nothing but the turn.

    The last step must always decide; ValueError when none did.
    """
    started = time.perf_counter()
    passed: list[str] = []
    for step in steps:
        decision = step(turn)
        if decision is not None:
            tagged = _tagged(turn, decision)
            return TimedDecision(tagged, (time.perf_counter() - started) * 1000, tuple(passed))
        passed.append(step.__name__)
    raise ValueError("no step decided")


def _tagged(turn: Turn, decision: Decision) -> Decision:
    """With the tags of the rules that only tag: they apply to every message the bot deals with."""
    if decision.step in ("guard", "human"):
        return decision
    tags = turn.knowledge.rules.tags(turn.text, turn.payload, turn.channel, is_open=is_open(turn))
    return replace(decision, tags=tuple(dict.fromkeys((*decision.tags, *tags))))

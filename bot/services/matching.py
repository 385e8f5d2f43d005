"""Dry runs of the bot."""

from dataclasses import replace

from django.utils import timezone

from bot.pipeline import decide
from bot.services.publishing import current
from bot.steps.match import ranked
from bot.types import TimedDecision, Turn


def match(text: str, language: str = "", channel: str = "") -> TimedDecision:
    """What the bot would decide about this as a conversation's first message. Stores nothing.

    The ranked candidates are there even where a step before the FAQs decides.
    """
    turn = Turn(
        text=text,
        knowledge=current(),
        now=timezone.now(),
        channel=channel,
        language=language,
        greeted=False,
    )
    timed = decide(turn)
    if timed.decision.candidates:
        return timed
    return replace(timed, decision=replace(timed.decision, candidates=tuple(ranked(turn))))

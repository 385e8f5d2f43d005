"""Asking the bot again what it was asked before: does it know more now?"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from bot.pipeline import decide
from bot.services.publishing import current, draft
from bot.types import Decision, Knowledge, Turn

Outcome = Literal["answered", "offered", "passed_on", "missed"]


class Asked(NamedTuple):
    """What somebody asked, when, the language they are spoken to in, and on which channel (its id)."""

    text: str
    at: datetime  # aware
    language: str = ""
    channel: str = ""


class Replayed(NamedTuple):
    """What the bot does about it now. `passed_on`: a rule or a call for a human takes it."""

    outcome: Outcome
    faq: str = ""  # id of the FAQ that answers, or of the first one offered
    question: str = ""  # of that FAQ
    score: float | None = None


def replay(
    asked: Sequence[Asked], *, drafts: bool = False, seconds: float = 10.0
) -> list[Replayed]:
    """What the bot would do about each of these now, or once the drafts are published. Stores nothing.

    Stops after about `seconds`: the answer may be shorter than what was asked.
    """
    knowledge = draft() if drafts else current()
    stop = time.monotonic() + seconds
    found = []
    for one in asked:
        if time.monotonic() > stop:
            break
        found.append(_replayed(one, knowledge))
    return found


def _replayed(asked: Asked, knowledge: Knowledge) -> Replayed:
    made = decide(
        Turn(
            text=asked.text,
            knowledge=knowledge,
            now=asked.at,
            channel=asked.channel,
            language=asked.language,
        )
    ).decision
    what = _outcome(made)
    faq = made.faq or (made.candidates[0].faq if what == "offered" else "")
    question = knowledge.faqs[faq].question if faq in knowledge.faqs else ""
    return Replayed(what, faq, question, made.score)


def _outcome(made: Decision) -> Outcome:
    if made.is_miss:
        return "missed"
    if made.action == "reply":
        return "answered"
    return "offered" if made.action == "suggest" else "passed_on"

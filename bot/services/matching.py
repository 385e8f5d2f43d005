"""Dry runs of the bot: what it would do, and why."""

from dataclasses import dataclass

from django.utils import timezone

from bot.bands import letters
from bot.matcher.folding import fold
from bot.pipeline import STEPS, decide
from bot.services.publishing import current, draft
from bot.steps.match import is_informative
from bot.steps.say import language_of
from bot.types import Bands, Decision, Explanation, Knowledge, Medium, TimedDecision, Turn

_ABLE = Medium(max_buttons=10, links=True)
STEP_NAMES = tuple(step.__name__ for step in STEPS)


@dataclass(frozen=True, slots=True)
class Tried:
    """A dry run: the decision and everything it came from."""

    timed: TimedDecision
    explanation: Explanation
    bands: Bands  # of the best candidate's FAQ; of the language where there is none
    language: str  # that the bot would speak
    letters: int  # of the message, as `bands.min_informative` counts them
    knowledge: Knowledge

    @property
    def decision(self) -> Decision:
        return self.timed.decision


def match(
    text: str,
    language: str = "",
    channel: str = "",
    *,
    drafts: bool = False,
    medium: Medium | None = None,
) -> Tried:
    """What the bot would decide about this as a conversation's first message. Stores nothing.

    `medium` is what the channel is like; without, one that can do everything.

    The candidates are explained even where a step before the FAQs decides. With `drafts` the bot
    speaks from what is not published yet; that is compiled for this one call.
    """
    turn = Turn(
        text=text,
        knowledge=draft() if drafts else current(),
        now=timezone.now(),
        channel=channel,
        medium=medium or _ABLE,
        language=language,
        greeted=False,
    )
    timed = decide(turn)
    explanation = _explained(turn)
    settings, faqs = turn.knowledge.settings, turn.knowledge.faqs
    best = next((faqs[c.faq] for c in explanation.candidates), None)
    return Tried(
        timed=timed,
        explanation=explanation,
        bands=settings.bands_for(best) if best else settings.bands_in(language_of(turn)),
        language=language_of(turn),
        letters=letters(text),
        knowledge=turn.knowledge,
    )


def _explained(turn: Turn) -> Explanation:
    """The candidates with their reasons; none when the text is too short to mean anything."""
    if not is_informative(turn):
        return Explanation(fold(turn.text), (), ())
    return turn.knowledge.explain(turn.text, language_of(turn), turn.channel)

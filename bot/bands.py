"""The three bands: what becomes of a message, by the scores of its candidates. Pure.

The pipeline decides with `outcome`; the same function says what other thresholds would have done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from bot.matcher.folding import fold
from bot.types import Bands, Candidate, Faq, Settings

Outcome = Literal["answered", "offered", "missed"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def outcome(candidates: Sequence[Candidate], bands: Bands) -> Outcome:
    """What the bands of the best candidate's FAQ make of these candidates, best first."""
    if not candidates or candidates[0].score < bands.suggest:
        return "missed"
    if candidates[0].score < bands.accept or rivals(candidates, bands):
        return "offered"
    return "answered"


def rivals(candidates: Sequence[Candidate], bands: Bands) -> list[Candidate]:
    """The candidates that are too close to the best one to be told apart from it."""
    return [c for c in candidates[1:] if candidates[0].score - c.score < bands.margin]


def letters(text: str) -> int:
    """How many letters and digits the text has, folded: what `min_informative` counts."""
    return sum(not char.isspace() for char in fold(text))


# --- other thresholds ----------------------------------------------------------------------------


class Past(NamedTuple):
    """A message that was compared with the FAQs: the candidates it had then, best first."""

    candidates: tuple[Candidate, ...]
    letters: int
    language: str  # that was spoken


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All thresholds there are. A FAQ that is not among `faqs` has none of its own."""

    settings: Settings
    faqs: Mapping[str, Faq]

    def language_of(self, past: Past) -> str:
        """The language whose thresholds count: that of the best candidate's FAQ."""
        known = self.faqs.get(past.candidates[0].faq) if past.candidates else None
        return known.language if known else past.language

    def bands_of(self, past: Past) -> Bands:
        """The thresholds this message is measured by."""
        known = self.faqs.get(past.candidates[0].faq) if past.candidates else None
        if known is None:
            return self.settings.bands_in(past.language)
        return self.settings.bands_for(known)

    def outcome(self, past: Past) -> Outcome:
        """What becomes of the message. One that was too short then has no candidates, so it stays missed."""
        least = self.settings.bands_in(past.language).min_informative
        if past.letters < least:
            return "missed"
        return outcome(past.candidates, self.bands_of(past))


class Change(NamedTuple):
    """What becomes of a message under two sets of thresholds."""

    before: Outcome
    after: Outcome


def compared(pasts: Sequence[Past], before: Thresholds, after: Thresholds) -> list[Change]:
    """One for each message, in their order."""
    return [Change(before.outcome(past), after.outcome(past)) for past in pasts]


def histogram(scores: Sequence[tuple[float, Outcome]], bins: int = 20) -> list[dict[Outcome, int]]:
    """How many messages of each outcome fall into each of `bins` equal parts of 0 … 1."""
    found: list[dict[Outcome, int]] = [dict.fromkeys(OUTCOMES, 0) for _ in range(bins)]
    for score, what in scores:
        found[min(max(int(score * bins), 0), bins - 1)][what] += 1
    return found

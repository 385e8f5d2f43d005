"""One message as the library sees it, and the evidence for each FAQ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bot.matcher.calibration import Evidence
from bot.matcher.features import stems
from bot.matcher.folding import fold
from bot.matcher.index import Block, Floats64
from bot.matcher.library import Library
from bot.matcher.scoring import Similarities
from bot.matcher.spelling import Speller

_SOFTNESS = 8.0  # how sharply a lead in score becomes odds


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is compared."""

    folded: str  # and repaired
    weights: dict[str, float]  # IDF of its stems
    words: int
    unknown: int  # words the library does not know even after the repair
    repaired: int

    @classmethod
    def read(cls, text: str, speller: Speller, index: Block) -> "Message":
        words = fold(text).split()
        repaired = speller.repair(words)
        folded = " ".join(repaired)
        return cls(
            folded=folded,
            weights={stem: index.weight(stem) for stem in stems(folded)},
            words=len(words),
            unknown=sum(not speller.knows(word) for word in repaired),
            repaired=len(set(repaired) - set(words)),
        )


@dataclass(frozen=True, slots=True)
class View:
    """What a message looks like to every FAQ: arrays of shape (faqs,), but for `rows`."""

    rows: Similarities
    open: NDArray[np.bool_]  # FAQs that may be answered
    ridge: Floats64
    softened: Floats64  # exp of the scores, relative to the best
    chars: Floats64  # cosine of the nearest phrasing
    words: Floats64
    centroid: Floats64  # mean cosine of the phrasings

    @classmethod
    def of(
        cls, library: Library, rows: Similarities, ridge: Floats64, open_: NDArray[np.bool_]
    ) -> "View":
        return cls(
            rows=rows,
            open=open_,
            ridge=ridge,
            softened=np.exp(_SOFTNESS * (ridge - ridge.max())),
            chars=library.best_of(rows.chars),
            words=library.best_of(rows.words),
            centroid=library.mean_of(rows.mixed),
        )

    def nearest(self, library: Library, number: int) -> int:
        """The row of a FAQ that is most like the message."""
        rows = library.rows(number)
        return int(rows.start) + int(np.argmax(self.rows.mixed[rows]))


def evidence(
    message: Message, view: View, library: Library, number: int, language: str | None
) -> Evidence:
    """What speaks for FAQ `number`. With a language only its FAQs are rivals of one in it."""
    rivals = view.open.copy()
    rivals[number] = False
    if language is not None and library.languages[number] == language:
        rivals &= library.languages == language
    total = sum(message.weights.values())
    own = library.stems[number]
    everyones = message.weights.items()
    words = max(message.words, 1)
    return Evidence(
        score=float(view.ridge[number]),
        margin=_margin(view.ridge, number, rivals),
        odds=_odds(view, number, rivals),
        chars=float(view.chars[number]),
        chars_margin=_margin(view.chars, number, rivals),
        words_margin=_margin(view.words, number, rivals),
        centroid=float(view.centroid[number]),
        centroid_margin=_margin(view.centroid, number, rivals),
        coverage=sum(weight for stem, weight in everyones if stem in own) / total,
        known=sum(weight for stem, weight in everyones if library.knows(stem)) / total,
        alignment=fuzz.token_sort_ratio(
            message.folded, library.texts[view.nearest(library, number)]
        )
        / 100,
        unknown=message.unknown / words,
        repaired=message.repaired / words,
        length=float(np.log1p(message.words)),
        shortness=1 / words,
        faqs=float(np.log1p(len(library))),
    )


def _margin(values: Floats64, number: int, rivals: NDArray[np.bool_]) -> float:
    """How far ahead of the best rival, or of nothing at all."""
    return float(values[number] - values[rivals].max(initial=0.0))


def _odds(view: View, number: int, rivals: NDArray[np.bool_]) -> float:
    """Log odds of this FAQ against its rivals and against nothing, whose score is 0."""
    nothing = np.exp(-_SOFTNESS * view.ridge.max())
    return float(np.log(view.softened[number] / (view.softened[rivals].sum() + nothing)))

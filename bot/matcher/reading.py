"""One message as it is compared, and as every FAQ near it sees it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matcher.features import Codes, stem_codes
from bot.matcher.folding import fold
from bot.matcher.index import Block, Floats, Rows
from bot.matcher.scoring import Nearby
from bot.matcher.spelling import Speller
from bot.matcher.vocabulary import vocabulary

# Words with a surprisal below this (nats) say nothing about what a text is about.
EMPTY_WORDS = 4.0
_WORDS = 24  # different words of a message that are looked at one by one

Measures = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is compared. Arrays are by different word, in the message's order."""

    folded: str  # and repaired
    count: int  # words, with repetitions
    unknown: int  # words the library does not know even after the repair, with repetitions
    repaired: int
    strangeness: float  # share of the surprisal that is in unknown words
    stems: Codes
    idf: Floats  # of the stems
    known: NDArray[np.bool_]  # whether the library has the stem
    numbers: Rows  # in the vocabulary
    content: Floats  # how much a word says about what the text is about, 0 for empty words

    @classmethod
    def read(cls, text: str, speller: Speller, index: Block) -> "Message":
        words = fold(text).split()
        return cls.of(words, speller.repair(words), speller, index)

    @classmethod
    def of(cls, written: list[str], words: list[str], speller: Speller, index: Block) -> "Message":
        """The message from its words as they were written and as they are read."""
        different = list(dict.fromkeys(words))
        numbers = vocabulary().numbers(different)
        surprisals = vocabulary().surprisals(numbers)
        strange = np.array([not speller.knows(word) for word in different], dtype=np.bool_)
        few = different[:_WORDS]
        stems = stem_codes(few)
        return cls(
            folded=" ".join(words),
            count=len(words),
            unknown=sum(not speller.knows(word) for word in words),
            repaired=len(set(words) - set(written)),
            strangeness=float(surprisals[strange].sum() / max(surprisals.sum(), 1e-6)),
            stems=stems,
            idf=index.weights(stems),
            known=index.numbers(stems) >= 0,
            numbers=numbers[:_WORDS],
            content=np.maximum(surprisals[:_WORDS] - EMPTY_WORDS, 0),
        )


# What is measured of every FAQ, in this order: the kernels' scores, the nearest phrasing, the mean.
MEASURES = (
    "score",
    "lexical",
    "chars",
    "words",
    "meaning",
    "nearest_lexical",
    "nearest_chars",
    "nearest_words",
    "nearest_meaning",
    "centre",
)


@dataclass(frozen=True, slots=True)
class View:
    """What a message looks like to the F FAQs near it."""

    near: Nearby
    lexical: Floats  # (K,) cosines of the written form
    measures: Measures  # (measures, F)

    @classmethod
    def of(cls, near: Nearby) -> "View":
        first = np.flatnonzero(np.diff(near.owners, prepend=-1))
        lexical = near.lexical
        rows = np.stack((lexical, near.chars, near.words, near.meaning))
        nearest = np.maximum.reduceat(rows, first, axis=1) if len(first) else rows
        sizes = np.maximum(np.bincount(near.owners), 1)
        centre = np.bincount(near.owners, lexical) / sizes
        measures = np.concatenate((near.scores, nearest, centre[None])).astype(np.float64)
        return cls(near, lexical, measures)

    @property
    def scores(self) -> Measures:
        """By FAQ, what decides their order."""
        ridge: Measures = self.measures[0]
        return ridge

    def nearest(self, place: int) -> int:
        """The row of a FAQ that is most like the message."""
        first, last = np.searchsorted(self.near.owners, (place, place + 1))
        return int(self.near.rows[first + np.argmax(self.lexical[first:last])])

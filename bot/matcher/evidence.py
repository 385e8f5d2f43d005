"""What speaks for and against a FAQ being what a message means: the inputs of the confidence."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bot.matcher.index import Floats
from bot.matcher.library import Library
from bot.matcher.reading import EMPTY_WORDS, MEASURES, Measures, Message, View
from bot.matcher.vocabulary import vocabulary

# In the order of the columns. A margin is how far ahead of the best other FAQ, or of nothing at all.
EVIDENCE = (
    *MEASURES,
    *(f"{measure}_margin" for measure in MEASURES),
    "odds",  # log odds against all other FAQs and nothing, from the softened scores
    "agreement",  # how many ways of looking at it put this FAQ first
    "alignment",  # token_sort_ratio with the nearest phrasing
    "coverage",  # IDF share of the message's stems that the FAQ has
    "met",  # share of the message's content that the FAQ speaks of, in whatever words
    "unmet",  # content it does not speak of
    "worst_unmet",  # content of the word that is farthest from anything it speaks of
    "least_met",  # how near the FAQ comes to that word's meaning
    "met_nearest",  # like `met`, with the nearest phrasing alone
    "answered_nearest",  # share of the nearest phrasing's content that the message speaks of
    "known",  # IDF share of the message's stems that the library has
    "unknown",  # share of words the library does not know, after the repair
    "strangeness",  # their share of the surprisal
    "repaired",
    "length",  # ln(1 + words)
    "shortness",  # 1 / words
    "faqs",  # ln(1 + FAQs)
    "phrasings",  # ln of the mean number of phrasings of a FAQ
    "own_phrasings",  # ln of the FAQ's
)
_SOFTNESS = 8.0  # how sharply a lead in score becomes odds
_VOTERS = [MEASURES.index(name) for name in ("chars", "words", "meaning", "nearest_lexical",
                                             "nearest_meaning", "centre")]  # fmt: skip
_SAID_ROWS = 40  # of a FAQ whose words are compared one by one
_TEN = 10.0  # keeps sums of surprisals in the range of the other inputs

Evidence = NDArray[np.float64]


def evidence(
    message: Message, view: View, library: Library, places: Sequence[int], language: str | None
) -> Evidence:
    """One row for each FAQ (by its place in the view), shape (len(places), len(EVIDENCE)).

    With a language only its FAQs are rivals of one in it.
    """
    everyone = np.ones(len(view.near.faqs), dtype=np.bool_)
    same = everyone if language is None else library.languages[view.near.faqs] == language
    everyones, sames = _Rivals(view, everyone), _Rivals(view, same)
    general = _general(message, library)
    votes = view.measures[_VOTERS].argmax(axis=1)
    rows = []
    for place in places:
        number = int(view.near.faqs[place])
        rivals = sames if same[place] else everyones
        nearest = view.nearest(place)
        rows.append(
            [
                *view.measures[:, place],
                *rivals.margins(place),
                rivals.odds(place),
                float((votes == place).sum()),
                fuzz.token_sort_ratio(message.folded, library.texts[nearest]) / 100,
                *_spoken(message, library, number, nearest),
                *general,
                float(np.log(library.sizes[number])),
            ]
        )
    return np.array(rows, dtype=np.float64)


class _Rivals:
    """The FAQs that might be meant instead."""

    def __init__(self, view: View, allowed: NDArray[np.bool_]) -> None:
        self._measures = view.measures
        self._allowed = allowed
        masked = np.where(allowed, view.measures, -np.inf)
        self._first = masked.argmax(axis=1)
        lines = np.arange(len(masked))
        self._best = masked[lines, self._first]
        masked[lines, self._first] = -np.inf
        self._second = masked.max(axis=1, initial=-np.inf)
        highest = view.scores.max()
        self._softened = np.where(allowed, np.exp(_SOFTNESS * (view.scores - highest)), 0)
        self._total = self._softened.sum() + np.exp(-_SOFTNESS * highest)

    def margins(self, place: int) -> Measures:
        rival = np.where(self._first == place, self._second, self._best)
        found: Measures = self._measures[:, place] - np.maximum(rival, 0)
        return found

    def odds(self, place: int) -> float:
        own = max(float(self._softened[place]), 1e-9)
        return float(np.log(own / max(self._total - own, 1e-9)))


def _general(message: Message, library: Library) -> list[float]:
    """What does not depend on the FAQ."""
    words = max(message.count, 1)
    return [
        float(message.idf[message.known].sum() / max(message.idf.sum(), 1e-6)),
        message.unknown / words,
        message.strangeness,
        message.repaired / words,
        float(np.log1p(message.count)),
        1 / words,
        float(np.log1p(len(library))),
        float(np.log(len(library.texts) / max(len(library), 1))),
    ]


def _spoken(message: Message, library: Library, number: int, nearest: int) -> list[float]:
    """How much of what each side speaks of, the other speaks of too: word by word."""
    rows = library.rows(number)
    few = slice(rows.start, min(rows.stop, rows.start + _SAID_ROWS))
    phrasing = library.words_of(slice(nearest, nearest + 1))
    said = np.unique(np.concatenate((library.words_of(few), phrasing)))
    same = message.stems[:, None] == library.word_stems[said][None, :]
    near = _alike(message, library, said)
    near[same] = 1
    met = near.max(axis=1)
    here = near[:, np.searchsorted(said, phrasing)]
    stems = same.any(axis=1)
    content, unmet = message.content, message.content * (1 - met)
    total = max(float(content.sum()), 1e-6)
    numbers = library.word_numbers[phrasing]
    theirs = np.maximum(vocabulary().surprisals(numbers) - EMPTY_WORDS, 0)
    return [
        float(message.idf[stems].sum() / max(message.idf.sum(), 1e-6)),
        float((content * met).sum()) / total,
        float(unmet.sum()) / (2 * _TEN),
        float(unmet.max()) / _TEN,
        float(np.where(content > 2, met, 1).min()),
        float((content * here.max(axis=1)).sum()) / total,
        float((theirs * here.max(axis=0)).sum() / max(theirs.sum(), 1e-6)),
    ]


def _alike(message: Message, library: Library, words: NDArray[np.int32]) -> Floats:
    """How near the words' meanings are, 0 … 1, shape (message words, words)."""
    table = vocabulary()
    near = table.meanings(message.numbers) @ table.meanings(library.word_numbers[words]).T
    positive: Floats = np.maximum(near, 0)
    return positive

"""What speaks for and against a FAQ being what a message means: the inputs of the confidence."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bot.matcher.index import Floats, Rows
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
_GENERAL = 8  # columns that do not depend on the FAQ
_TEN = 10.0  # keeps sums of surprisals in the range of the other inputs

Evidence = NDArray[np.float64]


def evidence(
    message: Message, view: View, library: Library, places: Sequence[int], language: str | None
) -> Evidence:
    """One row for each FAQ (by its place in the view), shape (len(places), len(EVIDENCE)).

    With a language only its FAQs are rivals of one in it.
    """
    asked = np.array(places, dtype=np.int64)
    numbers = view.near.faqs[asked]
    nearest = [view.nearest(place) for place in places]
    votes = view.measures[_VOTERS].argmax(axis=1)
    columns = (
        view.measures[:, asked].T,
        _against(view, library, asked, language),
        (votes == asked[:, None]).sum(axis=1)[:, None],
        [[fuzz.token_sort_ratio(message.folded, library.texts[row]) / 100] for row in nearest],
        _spoken(message, library, numbers, nearest),
        np.broadcast_to(_general(message, library), (len(asked), _GENERAL)),
        np.log(library.sizes[numbers])[:, None],
    )
    return np.concatenate(columns, axis=1, dtype=np.float64)


def _against(view: View, library: Library, places: Rows, language: str | None) -> Measures:
    """Margins and odds, shape (FAQs, measures + 1)."""
    everyone = np.ones(len(view.near.faqs), dtype=np.bool_)
    found = _Rivals(view, everyone).compared(places)
    if language is not None:
        same = library.languages[view.near.faqs] == language
        ours = np.flatnonzero(same[places])
        if len(ours) and not same.all():
            found[ours] = _Rivals(view, same).compared(places[ours])
    return found


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

    def compared(self, places: Rows) -> Measures:
        """Margins to the best of them and the log odds, shape (len(places), measures + 1)."""
        best, second = self._best[:, None], self._second[:, None]
        rival = np.where(self._first[:, None] == places, second, best)
        margins = self._measures[:, places] - np.maximum(rival, 0)
        own = np.maximum(self._softened[places], 1e-9)
        odds = np.log(own / np.maximum(self._total - own, 1e-9))
        found: Measures = np.concatenate((margins, odds[None])).T
        return found


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


def _spoken(message: Message, library: Library, numbers: Rows, nearest: list[int]) -> Measures:
    """How much of what each side speaks of, the other speaks of too: word by word."""
    said = [library.said(int(number)) for number in numbers]
    phrasings = [library.words_of(row) for row in nearest]
    parts = [*said, *phrasings]
    starts = np.cumsum([0, *map(len, parts[:-1])])
    words, cut = np.concatenate(parts), int(starts[len(said)])
    same = message.stems[:, None] == library.word_stems[words]
    near = _alike(message, library, words)
    near[same] = 1
    best = np.maximum.reduceat(near, starts, axis=1)
    met, here = best[:, : len(said)], best[:, len(said) :]
    covered = np.logical_or.reduceat(same[:, :cut], starts[: len(said)], axis=1)
    content = message.content[:, None]
    total = max(float(content.sum()), 1e-6)
    unmet = content * (1 - met)
    theirs = np.maximum(vocabulary().surprisals(library.word_numbers[words[cut:]]) - EMPTY_WORDS, 0)
    ends = starts[len(said) :] - cut
    answered = np.add.reduceat(theirs * near[:, cut:].max(axis=0), ends)
    found: Measures = np.stack(
        (
            message.idf @ covered / max(float(message.idf.sum()), 1e-6),
            (content * met).sum(axis=0) / total,
            unmet.sum(axis=0) / (2 * _TEN),
            unmet.max(axis=0) / _TEN,
            np.where(content > 2, met, 1).min(axis=0),
            (content * here).sum(axis=0) / total,
            answered / np.maximum(np.add.reduceat(theirs, ends), 1e-6),
        ),
        axis=1,
    )
    return found


def _alike(message: Message, library: Library, words: NDArray[np.int32]) -> Floats:
    """How near the words' meanings are, 0 … 1, shape (message words, words)."""
    table = vocabulary()
    near = table.meanings(message.numbers) @ table.meanings(library.word_numbers[words]).T
    positive: Floats = np.maximum(near, 0)
    return positive

"""Scores of whole FAQs: kernel ridge regression of "belongs to FAQ f" on the phrasings.

A FAQ is judged by all its phrasings at once, and phrasings that other FAQs share count for little.
Closed form: scores = k(q) · (K + λI)⁻¹ Y with Y the one-hot owner of each row. Up to `GLOBAL_ROWS`
rows it is solved once; above that only the rows nearest to the message, each time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matcher.features import ngrams, stem_pairs
from bot.matcher.index import Block, Floats, Query, Rows
from bot.matcher.meaning import meaning, meanings

GLOBAL_ROWS = 1500
_LONGEST = 2_000  # rows that may share a feature that is looked up, whatever their number
NEAREST = 32  # rows by their letters and words
_FAQS_BY_MEANING = 5  # FAQs about the same thing are looked at as well,
_ROWS_BY_MEANING = 2  # with so many of their rows

_PAIR_WEIGHT = 0.7
_MEANING_WEIGHT = 0.4
Vectors = NDArray[np.float32] | NDArray[np.float16]  # (rows, dimensions)
# The kernels and how much each of them is smoothed.
KERNELS = ("score", "lexical", "chars", "words", "meaning")
_RIDGES = np.array([0.15, 0.15, 0.15, 0.15, 0.3], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Nearby:
    """The rows a message is compared with, and their FAQs. K rows, F FAQs."""

    rows: Rows  # (K,) ascending
    faqs: Rows  # (F,) their numbers, ascending
    owners: Rows  # (K,) place of the row's FAQ in `faqs`, ascending
    chars: Floats  # (K,) cosines with the message
    words: Floats
    meaning: Floats
    scores: Floats  # (kernels, F) about 1 for a phrasing of the FAQ, about 0 for others

    @property
    def lexical(self) -> Floats:
        """Cosines of the written form, (K,)."""
        return _mix(self.chars, self.words)


@dataclass(frozen=True, slots=True)
class Scorer:
    """Immutable after `build`."""

    chars: Block
    words: Block
    meanings: Vectors  # by row; half precision in large libraries
    owners: Rows  # FAQ number by row, ascending
    faqs: Rows  # those with rows, ascending
    places: Rows  # by row, of its FAQ in `faqs`
    centres: Floats  # (len(faqs), dimensions) the mean meaning of the rows
    duals: Floats | None  # (kernels, rows, len(faqs)), solved once; None for large libraries

    @classmethod
    def build(cls, texts: list[str], owners: Rows) -> "Scorer":
        longest = None if len(texts) <= GLOBAL_ROWS else max(_LONGEST, len(texts) // 20)
        chars = Block.build(texts, owners, ngrams, longest)
        words = Block.build(texts, owners, stem_pairs, longest)
        vectors = meanings(texts)
        if not 0 < len(owners) <= GLOBAL_ROWS:
            return cls.of(chars, words, vectors.astype(np.float16), owners)
        tables = _kernels(chars.full_gram(), words.full_gram(), vectors @ vectors.T)
        places = np.unique(owners, return_inverse=True)[1]
        duals = _solve(_ridged(tables), _targets(places)[None])
        return cls.of(chars, words, vectors, owners, duals)

    @classmethod
    def of(
        cls, chars: Block, words: Block, vectors: Vectors, owners: Rows, duals: Floats | None = None
    ) -> "Scorer":
        """The scorer over what is there already."""
        faqs, places = np.unique(owners, return_inverse=True)
        first = np.flatnonzero(np.diff(owners, prepend=-1))
        sums = np.add.reduceat(vectors, first, axis=0, dtype=np.float32) if len(first) else vectors
        centres = sums / np.maximum(np.bincount(places), 1)[:, None]
        return cls(chars, words, vectors, owners, faqs, places, centres.astype(np.float32), duals)

    def nearby(self, folded: str, open_rows: Rows | None = None) -> Nearby:
        """What `folded` is compared with. With `open_rows` the other rows are as good as absent:
        two FAQs for two channels may share their phrasings without weakening each other.
        """
        about = meaning(folded.split())
        chars, words = self.chars.read(folded), self.words.read(folded)
        if self.duals is not None and open_rows is None:
            cosines = (
                self.chars.compare(chars),
                self.words.compare(words),
                self.meanings @ about,
            )
            scores = np.matmul(_kernels(*cosines)[:, None, :], self.duals)[:, 0]
            rows = np.arange(len(self.owners))
            return Nearby(rows, self.faqs, self.places, *cosines, scores)
        close = _mix(self.chars.nearest(chars), self.words.nearest(words))
        rows = self._nearest(close, about, open_rows)
        return self._solved(rows, chars, words, about)

    def _nearest(self, close: Floats, about: Floats, open_rows: Rows | None) -> Rows:
        """The rows most like a message, ascending."""
        if open_rows is not None:
            close = close[open_rows]
        if len(close) <= NEAREST:
            return np.arange(len(close)) if open_rows is None else open_rows
        lexical = np.argpartition(-close, NEAREST - 1)[:NEAREST]
        if open_rows is not None:
            lexical = open_rows[lexical]
        return np.unique(np.concatenate((lexical, self._alike(about, open_rows))))

    def _alike(self, about: Floats, open_rows: Rows | None) -> Rows:
        """The first rows of the FAQs that are about the same thing."""
        alike = self.centres @ about
        if open_rows is not None:
            alike[np.setdiff1d(np.arange(len(alike)), self.places[open_rows])] = -1
        count = min(_FAQS_BY_MEANING, len(alike))
        chosen = np.argpartition(-alike, count - 1)[:count]
        rows = np.searchsorted(self.places, chosen)[:, None] + np.arange(_ROWS_BY_MEANING)
        inside = rows < len(self.places)
        inside[inside] = self.places[rows[inside]] == np.repeat(chosen, inside.sum(axis=1))
        inside &= (alike[chosen] > 0)[:, None]
        return rows[inside]

    def _solved(self, rows: Rows, chars: Query, words: Query, about: Floats) -> Nearby:
        """Scores from `rows` alone."""
        faqs, places = np.unique(self.owners[rows], return_inverse=True)
        vectors = self.meanings[rows].astype(np.float32)
        chars_table, chars_cosines = self.chars.gram(rows, chars)
        words_table, words_cosines = self.words.gram(rows, words)
        cosines = (chars_cosines, words_cosines, vectors @ about)
        tables = _ridged(_kernels(chars_table, words_table, vectors @ vectors.T))
        shares = _solve(tables, _kernels(*cosines)[:, :, None])[:, :, 0]
        return Nearby(rows, faqs, places, *cosines, shares @ _targets(places))

    def left_out(self, row: int) -> Nearby:
        """What a row finds if it were not in the library; only the words' weights still know it."""
        chars, words = self.chars.query_of(row), self.words.query_of(row)
        about = self.meanings[row].astype(np.float32)
        close = _mix(self.chars.nearest(chars), self.words.nearest(words))
        rows = self._nearest(close, about, None)
        return self._solved(rows[rows != row], chars, words, about)

    def all_left_out(self) -> tuple[Rows, Floats]:
        """`left_out` of every row at once, by the closed form of leaving one out.

        Answers the FAQs' numbers and the scores, shape (rows, FAQs). For small libraries.
        """
        vectors = self.meanings.astype(np.float32)
        tables = _kernels(self.chars.full_gram(), self.words.full_gram(), vectors @ vectors.T)
        inverse = np.linalg.inv(_ridged(tables)[0]).astype(np.float32)
        targets = _targets(self.places)
        return self.faqs, targets - (inverse @ targets) / np.diag(inverse)[:, None]


def _solve(tables: Floats, right: Floats) -> Floats:
    return np.linalg.solve(tables, right).astype(np.float32, copy=False)


def _mix(chars: Floats, words: Floats) -> Floats:
    mixed = (chars + _PAIR_WEIGHT * words) / (1 + _PAIR_WEIGHT)
    return mixed.astype(np.float32, copy=False)


def _kernels(chars: Floats, words: Floats, meaning: Floats) -> Floats:
    """All kernels from the three cosines, one after the other along a new first axis."""
    lexical = np.maximum(_mix(chars, words), 0) ** 1.5
    about = np.maximum(meaning, 0) ** 2
    score = (lexical + _MEANING_WEIGHT * about) / (1 + _MEANING_WEIGHT)
    written = (np.maximum(chars, 0) ** 1.5, np.maximum(words, 0))
    return np.stack((score, lexical, *written, about)).astype(np.float32, copy=False)


def _ridged(tables: Floats) -> Floats:
    """K + λI of each kernel."""
    diagonal = np.arange(tables.shape[1])
    tables[:, diagonal, diagonal] += _RIDGES[:, None]
    return tables


def _targets(places: Rows) -> Floats:
    """One-hot owner of every row, shape (rows, FAQs)."""
    targets = np.zeros((len(places), int(places.max(initial=-1)) + 1), dtype=np.float32)
    targets[np.arange(len(places)), places] = 1
    return targets

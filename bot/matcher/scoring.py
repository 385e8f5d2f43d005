"""Scores of whole FAQs: kernel ridge regression of "belongs to FAQ f" on the phrasings.

A FAQ is judged by all its phrasings at once, and phrasings that other FAQs share count for
little. Closed form: scores = k(q) · (K + λI)⁻¹ Y with Y the one-hot owner of each row. Up to
`GLOBAL_ROWS` rows it is solved once; above that only the rows nearest to the message, each time.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.matcher.index import Block, Floats64

Rows = NDArray[np.int64]

GLOBAL_ROWS = 2500
NEAREST = 64
_RIDGE = 0.15
_PAIR_WEIGHT = 0.7
_EXPONENT = 1.5


@dataclass(frozen=True, slots=True)
class Similarities:
    """Cosines of one message with every row, each of shape (rows,)."""

    chars: Floats64
    words: Floats64
    mixed: Floats64


@dataclass(frozen=True, slots=True)
class Scorer:
    chars: Block
    words: Block
    owners: Rows  # FAQ number by row, ascending
    faqs: int
    dual: Floats64 | None  # (rows, faqs), solved once; None for large libraries

    @classmethod
    def build(cls, chars: Block, words: Block, owners: Rows, faqs: int) -> "Scorer":
        unsolved = cls(chars, words, owners, faqs, None)
        if not 0 < len(owners) <= GLOBAL_ROWS:
            return unsolved
        kernel = _ridged(chars.full_gram(), words.full_gram())
        return replace(unsolved, dual=_solved(kernel, unsolved._targets()))

    def similarities(self, folded: str) -> Similarities:
        chars = self.chars.similarities(folded)
        words = self.words.similarities(folded)
        return Similarities(chars, words, _mix(chars, words))

    def _targets(self) -> Floats64:
        """One-hot owner of every row, shape (rows, faqs)."""
        targets = np.zeros((len(self.owners), self.faqs))
        targets[np.arange(len(self.owners)), self.owners] = 1.0
        return targets

    def left_out(self) -> Floats64:
        """Scores of every row as if it were not in the library, shape (rows, faqs).

        The closed form of leaving one out (only the words' weights still know the row). Raises
        ValueError above `GLOBAL_ROWS` rows.
        """
        if self.dual is None:
            raise ValueError(f"more than {GLOBAL_ROWS} phrasings, or none")
        inverse = np.linalg.inv(_ridged(self.chars.full_gram(), self.words.full_gram()))
        return self._targets() - self.dual / np.diag(inverse)[:, None]

    def scores(self, similarities: Similarities, open_rows: Rows | None = None) -> Floats64:
        """Score of every FAQ, shape (faqs,); about 1 for a phrasing of it, about 0 for others.

        With `open_rows` the other rows are as good as absent: two FAQs for two channels may share
        their phrasings without weakening each other.
        """
        kernel = _kernel(similarities.mixed)
        if self.dual is not None and open_rows is None:
            result: Floats64 = kernel @ self.dual
            return result
        rows = np.arange(len(kernel)) if open_rows is None else open_rows
        return self._local_scores(kernel, rows)

    def _local_scores(self, kernel: Floats64, rows: Rows) -> Floats64:
        if len(rows) > NEAREST:
            rows = rows[np.sort(np.argpartition(-kernel[rows], NEAREST - 1)[:NEAREST])]
        if not len(rows):
            return np.zeros(self.faqs)
        table = _ridged(self.chars.gram(rows), self.words.gram(rows))
        shares = _solved(table, kernel[rows])
        sums = np.bincount(self.owners[rows], shares, self.faqs)
        return sums.astype(np.float64, copy=False)


def _mix(chars: Floats64, words: Floats64) -> Floats64:
    return (chars + _PAIR_WEIGHT * words) / (1 + _PAIR_WEIGHT)


def _kernel(mixed: Floats64) -> Floats64:
    result: Floats64 = np.maximum(mixed, 0.0) ** _EXPONENT
    return result


def _ridged(chars: Floats64, words: Floats64) -> Floats64:
    """K + λI from the cosines among rows."""
    kernel = _kernel(_mix(chars, words))
    kernel[np.diag_indices_from(kernel)] += _RIDGE
    return kernel


def _solved(table: Floats64, right: Floats64) -> Floats64:
    return np.linalg.solve(table, right).astype(np.float64, copy=False)

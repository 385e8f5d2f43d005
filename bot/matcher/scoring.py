"""Scores of whole FAQs: kernel ridge regression of "belongs to FAQ f" on the phrasings.

A FAQ is judged by all its phrasings at once, and phrasings that other FAQs share count for
little. Closed form: scores = k(q) · (K + λI)⁻¹ Y with Y the one-hot owner of each row. Up to
`GLOBAL_ROWS` rows it is solved once; above that only the rows nearest to the message, each time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matcher.index import Block, Floats64

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
    owners: NDArray[np.int64]  # FAQ number by row, ascending
    faqs: int
    dual: Floats64 | None  # (rows, faqs), solved once; None for large libraries

    @classmethod
    def build(cls, chars: Block, words: Block, owners: NDArray[np.int64], faqs: int) -> "Scorer":
        dual: Floats64 | None = None
        if 0 < len(owners) <= GLOBAL_ROWS:
            kernel = _kernel(_mix(chars.full_gram(), words.full_gram()))
            kernel[np.diag_indices_from(kernel)] += _RIDGE
            targets = np.zeros((len(owners), faqs))
            targets[np.arange(len(owners)), owners] = 1.0
            dual = np.linalg.solve(kernel, targets).astype(np.float64, copy=False)
        return cls(chars, words, owners, faqs, dual)

    def similarities(self, folded: str) -> Similarities:
        chars = self.chars.similarities(folded)
        words = self.words.similarities(folded)
        return Similarities(chars, words, _mix(chars, words))

    def scores(self, similarities: Similarities) -> Floats64:
        """Score of every FAQ, shape (faqs,); about 1 for a phrasing of it, about 0 for others."""
        kernel = _kernel(similarities.mixed)
        if self.dual is not None:
            result: Floats64 = kernel @ self.dual
            return result
        return self._local_scores(kernel)

    def _local_scores(self, kernel: Floats64) -> Floats64:
        size = min(NEAREST, len(kernel))
        rows = np.sort(np.argpartition(-kernel, size - 1)[:size])
        table = _kernel(_mix(self.chars.gram(rows), self.words.gram(rows)))
        table[np.diag_indices_from(table)] += _RIDGE
        shares = np.linalg.solve(table, kernel[rows])
        sums = np.bincount(self.owners[rows], shares, self.faqs)
        return sums.astype(np.float64, copy=False)


def _mix(chars: Floats64, words: Floats64) -> Floats64:
    return (chars + _PAIR_WEIGHT * words) / (1 + _PAIR_WEIGHT)


def _kernel(mixed: Floats64) -> Floats64:
    result: Floats64 = np.maximum(mixed, 0.0) ** _EXPONENT
    return result

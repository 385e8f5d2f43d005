"""Pairs of phrasings that are nearly the same, found without comparing each with each.

Of every row only the rarest features are looked up: so many that what is left of it is shorter than
`least`. Two rows of length 1 whose cosine reaches `least` have one of these in common, as one order
of rarity holds for all rows.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.matcher.features import ngrams
from bot.matcher.index import Block, Floats64

Rows = NDArray[np.int64]

_LEFT = 0.6  # fewer rare features would do (1.0), but more of them leave fewer rows to compare
_ROUNDING = 1e-4  # what single precision may lose


class Twins(NamedTuple):
    """Two rows of different FAQs and their cosine; `first` < `second`."""

    first: int
    second: int
    cosine: float


def twins(
    texts: Sequence[str], owners: Sequence[int], least: float
) -> Iterator[tuple[int, list[Twins]]]:
    """(row, its pairs with later rows) for each row in turn, so that a caller can tell how far it is.

    `texts` are folded; `owners[r]` is the number of the FAQ row r belongs to, ascending.
    """
    owner_of = np.array(owners, dtype=np.int64)
    block = Block.build(texts, owner_of, ngrams)
    rare = _Rare.of(block, least)
    weights = np.zeros(len(block.ids))
    for row in range(block.rows):
        part = slice(int(block.row_starts[row]), int(block.row_starts[row + 1]))
        weights[block.row_features[part]] = block.row_weights[part]
        others = rare.likely(row, weights)
        others = others[owner_of[others] != owner_of[row]]
        cosines = _cosines(block, others, weights)
        weights[block.row_features[part]] = 0.0
        near = np.flatnonzero(cosines >= least)
        yield row, [Twins(row, int(others[n]), float(cosines[n])) for n in near]


class _Rare(NamedTuple):
    """The rarest features of every row, and by feature the rows that have it among theirs."""

    least: float
    row_starts: Rows
    features: Rows  # by row
    starts: Rows
    rows: Rows  # by feature
    weights: Floats64  # of the feature in that row
    left: Floats64  # by row: the square of the length without its rarest features

    @classmethod
    def of(cls, block: Block, least: float) -> "_Rare":
        row_of = np.repeat(np.arange(block.rows), np.diff(block.row_starts))
        rank = np.empty(len(block.ids), dtype=np.int64)
        rank[np.argsort(-block.idf, kind="stable")] = np.arange(len(block.ids))
        order = np.lexsort((rank[block.row_features], row_of))
        mass = block.row_weights[order].astype(np.float64) ** 2
        before = np.cumsum(mass) - mass
        first = block.row_starts[:-1][np.diff(block.row_starts) > 0]
        before -= np.repeat(before[first], np.diff(np.append(first, len(mass))))
        kept = order[1.0 - before >= _LEFT * least * least]
        features, rows = block.row_features[kept].astype(np.int64), row_of[kept]
        weights = block.row_weights[kept].astype(np.float64)
        by_feature = np.argsort(features, kind="stable")
        return cls(
            least=least,
            row_starts=np.searchsorted(rows, np.arange(block.rows + 1)),
            features=features,
            starts=np.searchsorted(features[by_feature], np.arange(len(block.ids) + 1)),
            rows=rows[by_feature],
            weights=weights[by_feature],
            left=np.maximum(1.0 - np.bincount(rows, weights**2, block.rows), 0.0),
        )

    def likely(self, row: int, weights: Floats64) -> Rows:
        """The later rows that may reach `least` with this one, ascending; `weights` are its own."""
        features = self.features[self.row_starts[row] : self.row_starts[row + 1]]
        if not len(features):
            return np.empty(0, dtype=np.int64)
        parts = [slice(self.starts[feature], self.starts[feature + 1]) for feature in features]
        sharing = np.concatenate([self.rows[part] for part in parts])
        shared = np.concatenate(
            [self.weights[part] * weights[f] for f, part in zip(features, parts, strict=True)]
        )
        later = sharing > row
        found, number = np.unique(sharing[later], return_inverse=True)
        if not len(found):
            return found
        most = np.bincount(number, shared[later], len(found))
        # What is not among the rarest of both is less than what is left of one of them.
        most += np.sqrt(np.maximum(self.left[found], self.left[row]))
        return found[most + _ROUNDING >= self.least]


def _cosines(block: Block, rows: Rows, weights: Floats64) -> Floats64:
    """Cosines of `rows` with one dense vector over the features."""
    begin = block.row_starts[rows]
    lengths = block.row_starts[rows + 1] - begin
    ends = np.cumsum(lengths)
    at = np.arange(lengths.sum()) + np.repeat(begin - ends + lengths, lengths)
    products = block.row_weights[at] * weights[block.row_features[at]]
    sums = np.bincount(np.repeat(np.arange(len(rows)), lengths), products, len(rows))
    return sums.astype(np.float64, copy=False)

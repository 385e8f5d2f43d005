"""Pairs of phrasings that are nearly the same, found without comparing each with each.

A row is the vector of its character n-grams, weighted by how few FAQs have them, of length 1. Of every
row only the rarest n-grams are looked up: so many that what is left of it is shorter than `least`. Two
rows whose cosine reaches `least` have one of these in common, as one order of rarity holds for all rows.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Weights = NDArray[np.float64]

_SIZES = (2, 3, 4)
_LEFT = 0.6  # 1.0 needs fewest rare n-grams, but more of them leave fewer rows to compare
_ROUNDING = 1e-9


class Twins(NamedTuple):
    """Two rows of different FAQs and their cosine; `first` < `second`."""

    first: int
    second: int
    cosine: float


class Table(NamedTuple):
    """The n-grams of row r, the rarest first, are features[starts[r]:starts[r + 1]], with their weights.

    The rarer a feature, the lower its number.
    """

    starts: Rows
    features: Rows
    weights: Weights
    row_of: Rows  # by entry
    width: int  # how many features there are

    def part(self, row: int) -> slice:
        return slice(int(self.starts[row]), int(self.starts[row + 1]))


def twins(
    texts: Sequence[str], owners: Sequence[int], least: float
) -> Iterator[tuple[int, list[Twins]]]:
    """(row, its pairs with later rows) for each row in turn, so that a caller can tell how far it is.

    `texts` are folded; `owners[r]` is the number of the FAQ row r belongs to.
    """
    owner_of = np.array(owners, dtype=np.int64)
    table = weighted(texts, owner_of)
    rare = _Rare.of(table, least)
    own = np.zeros(table.width)
    for row in range(len(texts)):
        part = table.part(row)
        own[table.features[part]] = table.weights[part]
        others = rare.likely(row, own)
        others = others[owner_of[others] != owner_of[row]]
        cosines = _cosines(table, others, own)
        own[table.features[part]] = 0.0
        near = np.flatnonzero(cosines >= least)
        yield row, [Twins(row, int(others[n]), float(cosines[n])) for n in near]


def weighted(texts: Sequence[str], owners: Rows) -> Table:
    """The n-grams of all rows; document frequencies are counted in FAQs."""
    ids: dict[str, int] = {}
    found: list[int] = []
    starts = [0]
    for text in texts:
        found += [ids.setdefault(gram, len(ids)) for gram in sorted(_grams(text))]
        starts.append(len(found))
    features, row_starts = np.array(found, dtype=np.int64), np.array(starts, dtype=np.int64)
    row_of = np.repeat(np.arange(len(texts)), np.diff(row_starts))
    faqs = int(owners.max(initial=-1)) + 1
    different = np.unique(features * max(faqs, 1) + owners[row_of])
    frequency = np.bincount(different // max(faqs, 1), minlength=len(ids))
    rank = np.empty(len(ids), dtype=np.int64)
    rank[np.argsort(frequency, kind="stable")] = np.arange(len(ids))
    idf = np.log((1 + faqs) / (1 + np.sort(frequency))) + 1
    order = np.lexsort((rank[features], row_of))
    features = rank[features][order]
    lengths = np.sqrt(np.bincount(row_of, idf[features] ** 2, len(texts)))
    return Table(row_starts, features, idf[features] / lengths[row_of], row_of, len(ids))


def _grams(text: str) -> set[str]:
    padded = f" {text} "
    return {padded[at : at + size] for size in _SIZES for at in range(len(padded) - size + 1)}


class _Rare(NamedTuple):
    """The rarest features of every row, and by feature the rows that have it among theirs."""

    least: float
    row_starts: Rows
    features: Rows  # by row
    starts: Rows
    rows: Rows  # by feature
    weights: Weights  # of the feature in that row
    left: Weights  # by row: the square of the length without its rarest features

    @classmethod
    def of(cls, table: Table, least: float) -> "_Rare":
        mass = table.weights**2
        before = np.concatenate(([0.0], np.cumsum(mass)))
        within = before[:-1] - before[table.starts[table.row_of]]
        kept = 1.0 - within >= _LEFT * least * least
        features, rows, weights = table.features[kept], table.row_of[kept], table.weights[kept]
        texts = len(table.starts) - 1
        by_feature = np.argsort(features, kind="stable")
        return cls(
            least=least,
            row_starts=np.searchsorted(rows, np.arange(texts + 1)),
            features=features,
            starts=np.searchsorted(features[by_feature], np.arange(table.width + 1)),
            rows=rows[by_feature],
            weights=weights[by_feature],
            left=np.maximum(1.0 - np.bincount(rows, weights**2, texts), 0.0),
        )

    def likely(self, row: int, own: Weights) -> Rows:
        """The later rows that may reach `least` with this one, ascending; `own` are its weights."""
        features = self.features[self.row_starts[row] : self.row_starts[row + 1]]
        if not len(features):
            return np.empty(0, dtype=np.int64)
        parts = [slice(self.starts[feature], self.starts[feature + 1]) for feature in features]
        sharing = np.concatenate([self.rows[part] for part in parts])
        shared = np.concatenate(
            [self.weights[part] * own[f] for f, part in zip(features, parts, strict=True)]
        )
        later = sharing > row
        found, number = np.unique(sharing[later], return_inverse=True)
        if not len(found):
            return found
        most = np.bincount(number, shared[later], len(found))
        # What is not among the rarest of both is less than what is left of one of them.
        most += np.sqrt(np.maximum(self.left[found], self.left[row]))
        return found[most + _ROUNDING >= self.least]


def _cosines(table: Table, rows: Rows, own: Weights) -> Weights:
    """Cosines of `rows` with one dense vector over the features."""
    begin = table.starts[rows]
    lengths = table.starts[rows + 1] - begin
    ends = np.cumsum(lengths)
    at = np.arange(lengths.sum()) + np.repeat(begin - ends + lengths, lengths)
    products = table.weights[at] * own[table.features[at]]
    sums = np.bincount(np.repeat(np.arange(len(rows)), lengths), products, len(rows))
    return sums.astype(np.float64, copy=False)

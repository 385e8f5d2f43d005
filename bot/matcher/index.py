"""An inverted index: weighted features of many short texts, cosine of one text with all of them.

TF-IDF with tf = 1 + ln n; document frequencies are counted in FAQs, not in texts, so a FAQ with
many phrasings does not make its own words look common. Rows are L2-normalised.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Floats64 = NDArray[np.float64]
Ints = NDArray[np.int32]
Analyzer = Callable[[str], list[str]]

# A feature the library does not know makes a text longer, so that strange text scores lower,
# but by half only: most unknown pieces are typing errors and harmless words.
_UNKNOWN_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of feature over all rows. Immutable after `build`."""

    analyze: Analyzer
    ids: dict[str, int]
    idf: Floats  # by feature
    unknown_idf: float
    rows: int
    # By row: features and weights of row r are [row_starts[r]:row_starts[r + 1]].
    row_starts: NDArray[np.int64]
    row_features: Ints
    row_weights: Floats
    # By feature: rows and weights of feature f are [starts[f]:starts[f + 1]].
    starts: NDArray[np.int64]
    postings: Ints
    weights: Floats

    @classmethod
    def build(cls, texts: Sequence[str], owners: NDArray[np.int64], analyze: Analyzer) -> "Block":
        """Index `texts`; `owners[r]` is the number of the FAQ that row r belongs to."""
        ids: dict[str, int] = {}
        features: list[int] = []
        counts: list[int] = []
        row_starts = [0]
        for text in texts:
            for feature, count in Counter(analyze(text)).items():
                features.append(ids.setdefault(feature, len(ids)))
                counts.append(count)
            row_starts.append(len(features))
        feature_of = np.array(features, dtype=np.int64)
        starts_of = np.array(row_starts, dtype=np.int64)
        lengths = np.diff(starts_of)
        owner_of = np.repeat(owners, lengths)
        faqs = int(owners.max(initial=-1)) + 1
        pairs = np.unique(feature_of * max(faqs, 1) + owner_of)
        frequency = np.bincount(pairs // max(faqs, 1), minlength=len(ids))
        idf = np.log((1 + faqs) / (1 + frequency)) + 1
        weights = (1 + np.log(np.maximum(np.array(counts, dtype=np.float64), 1))) * idf[feature_of]
        row_of = np.repeat(np.arange(len(texts)), lengths)
        norms = np.sqrt(np.bincount(row_of, weights * weights, minlength=len(texts)))
        weights /= np.maximum(norms, 1e-9)[row_of]
        order = np.argsort(feature_of, kind="stable")
        sizes = np.bincount(feature_of, minlength=len(ids))
        return cls(
            analyze=analyze,
            ids=ids,
            idf=idf.astype(np.float32),
            unknown_idf=float(np.log(1 + faqs) + 1),
            rows=len(texts),
            row_starts=starts_of,
            row_features=feature_of.astype(np.int32),
            row_weights=weights.astype(np.float32),
            starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
            postings=row_of[order].astype(np.int32),
            weights=weights[order].astype(np.float32),
        )

    def weight(self, feature: str) -> float:
        """IDF of a feature, known or not."""
        number = self.ids.get(feature)
        return self.unknown_idf if number is None else float(self.idf[number])

    def similarities(self, text: str) -> Floats64:
        """Cosine of `text` with every row, shape (rows,)."""
        known: list[int] = []
        counts: list[int] = []
        unknown = 0.0
        for feature, count in Counter(self.analyze(text)).items():
            number = self.ids.get(feature)
            if number is None:
                unknown += (1 + np.log(count)) ** 2 if count > 1 else 1.0
            else:
                known.append(number)
                counts.append(count)
        if not known:
            return np.zeros(self.rows)
        chosen = np.array(known)
        weights = (1 + np.log(np.array(counts))) * self.idf[chosen]
        norm = np.sqrt(weights @ weights + unknown * (_UNKNOWN_WEIGHT * self.unknown_idf) ** 2)
        return self.multiply(chosen, weights / norm)

    def multiply(self, features: NDArray[np.int64], weights: NDArray[np.float64]) -> Floats64:
        """Rows times one sparse vector, shape (rows,)."""
        begin = self.starts[features]
        lengths = self.starts[features + 1] - begin
        ends = np.cumsum(lengths)
        at = np.arange(ends[-1]) + np.repeat(begin - ends + lengths, lengths)
        products = self.weights[at] * np.repeat(weights, lengths)
        return np.bincount(self.postings[at], products, self.rows).astype(np.float64, copy=False)

    def gram(self, rows: NDArray[np.int64]) -> Floats64:
        """Cosines among `rows`, shape (len(rows), len(rows)); for a few dozen rows."""
        begin = self.row_starts[rows]
        lengths = self.row_starts[rows + 1] - begin
        ends = np.cumsum(lengths)
        at = np.arange(ends[-1]) + np.repeat(begin - ends + lengths, lengths)
        columns, column_of = np.unique(self.row_features[at], return_inverse=True)
        dense = np.zeros((len(rows), len(columns)), dtype=np.float32)
        dense[np.repeat(np.arange(len(rows)), lengths), column_of] = self.row_weights[at]
        return (dense @ dense.T).astype(np.float64)

    def full_gram(self) -> Floats64:
        """Cosines among all rows, shape (rows, rows)."""
        table = np.empty((self.rows, self.rows))
        for row in range(self.rows):
            part = slice(self.row_starts[row], self.row_starts[row + 1])
            features = self.row_features[part].astype(np.int64)
            weights = self.row_weights[part].astype(np.float64)
            table[row] = self.multiply(features, weights) if len(features) else 0.0
        return table

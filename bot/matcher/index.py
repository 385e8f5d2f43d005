"""An inverted index: weighted features of many short texts, cosine of one text with all of them.

A text has a feature or has it not; features weigh their IDF. Document frequencies are counted in
FAQs, not in texts, so a FAQ with many phrasings does not make its own words look common.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.matcher.features import Codes

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Analyzer = Callable[[str], Codes]

# A feature the library does not know makes a text longer, so that strange text scores lower,
# but by half only: most unknown pieces are typing errors and harmless words.
_UNKNOWN_WEIGHT = 0.5
# Postings of one text that are looked at, the rarest features first: keeps large libraries fast.
_POSTINGS = 60_000
# FAQs that are taken to be there besides: one more changes little even in a small library.
_PRIOR = 4
_ROW_BITS = 32  # of a sorting key; the feature takes the others
_SMALL_CODES = 1 << 22  # codes up to here are looked up in a table
_CHUNK = 5_000  # texts


@dataclass(frozen=True, slots=True)
class Query:
    """A text as one block sees it."""

    features: Rows  # known ones, the rarest first
    length: float  # of the weighted text


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of feature over all rows. Immutable after `build`."""

    analyze: Analyzer
    codes: Codes  # of the features, ascending
    idf: Floats  # by feature
    unknown_idf: float
    lengths: Floats  # by row, of the weighted text
    # By row: features of row r are row_features[row_starts[r]:row_starts[r + 1]], ascending.
    row_starts: Rows
    row_features: NDArray[np.int32]
    # By feature: rows of feature f are postings[starts[f]:starts[f + 1]].
    starts: Rows
    postings: NDArray[np.int32]

    @classmethod
    def build(
        cls, texts: Sequence[str], owners: Rows, analyze: Analyzer, longest: int | None = None
    ) -> "Block":
        """Index `texts`; `owners[r]` is the number of the FAQ that row r belongs to, ascending.

        Features that more than `longest` rows have are not looked up any more: `nearest` would not
        come to them.
        """
        given, sizes = _analyzed(texts, analyze)
        codes, features = _numbered(given)
        # Sorted by feature, then by row. In place: these are the largest arrays there are.
        keys = features.astype(np.int64)
        keys <<= _ROW_BITS
        keys |= np.repeat(np.arange(len(texts), dtype=np.int32), sizes)
        keys.sort()
        rows = (keys & ((1 << _ROW_BITS) - 1)).astype(np.int32)
        keys >>= _ROW_BITS
        starts = _starts(np.bincount(keys, minlength=len(codes)))
        faqs = int(owners.max(initial=-1)) + 1
        # Rows of one FAQ stand together, so a change of owner within a feature is another FAQ.
        another = np.ones(len(rows), dtype=np.bool_)
        np.not_equal(owners[rows[1:]], owners[rows[:-1]], out=another[1:])
        another[starts[:-1]] = True
        frequency = np.bincount(keys[another], minlength=len(codes))
        idf = (np.log((_PRIOR + faqs) / (1 + frequency)) + 1).astype(np.float32)
        row_starts = _starts(sizes)
        of = np.repeat(np.arange(len(texts), dtype=np.int32), sizes)
        lengths = np.sqrt(np.bincount(of, np.square(idf)[features], len(texts)))
        if longest is not None:
            counts = np.diff(starts)
            rows = rows[np.repeat(counts <= longest, counts)]
            starts = _starts(np.where(counts <= longest, counts, 0))
        return cls(
            analyze=analyze,
            codes=codes,
            idf=idf,
            unknown_idf=float(np.log(_PRIOR + faqs) + 1),
            lengths=np.maximum(lengths, 1e-6).astype(np.float32),
            row_starts=row_starts,
            row_features=features,
            starts=starts,
            postings=rows,
        )

    @property
    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything but the analyzer; `restored` makes the block again."""
        names = ("codes", "idf", "lengths", "row_starts", "row_features", "starts", "postings")
        return {name: getattr(self, name) for name in names} | {
            "unknown_idf": np.array(self.unknown_idf)
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[np.generic]], analyze: Analyzer) -> "Block":
        given: dict[str, Any] = dict(arrays)
        return cls(analyze=analyze, unknown_idf=float(given.pop("unknown_idf")), **given)

    def numbers(self, codes: Codes) -> Rows:
        """The features with these codes; -1 for unknown ones."""
        if not len(self.codes):
            return np.full(len(codes), -1)
        at = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[at] == codes, at, -1)

    def weights(self, codes: Codes) -> Floats:
        """IDF of features, known or not."""
        numbers = self.numbers(codes)
        if not len(self.codes):
            return np.full(len(codes), self.unknown_idf, dtype=np.float32)
        return np.where(numbers < 0, np.float32(self.unknown_idf), self.idf[numbers])

    def read(self, text: str) -> Query:
        numbers = self.numbers(self.analyze(text))
        known = numbers[numbers >= 0]
        unknown = (len(numbers) - len(known)) * (_UNKNOWN_WEIGHT * self.unknown_idf) ** 2
        length = np.sqrt(np.square(self.idf[known], dtype=np.float64).sum() + unknown)
        rarity = np.argsort(-self.idf[known], kind="stable")
        return Query(known[rarity], max(float(length), 1e-6))

    def query_of(self, row: int) -> Query:
        """A row as if it were asked."""
        part = slice(self.row_starts[row], self.row_starts[row + 1])
        features = self.row_features[part].astype(np.int64)
        return Query(features[np.argsort(-self.idf[features], kind="stable")], self.lengths[row])

    def similarities(self, text: str) -> Floats:
        """Cosine of `text` with every row, shape (rows,)."""
        return self.compare(self.read(text))

    def compare(self, query: Query, postings: int | None = None) -> Floats:
        """Cosine with every row, shape (rows,); by the rarest features only, if need be."""
        features = query.features
        lengths = self.starts[features + 1] - self.starts[features]
        if postings is not None:
            kept = max(int(np.searchsorted(np.cumsum(lengths), postings, side="right")), 1)
            features, lengths = features[:kept], lengths[:kept]
        squares = np.square(self.idf[features])
        rows = self.postings[_spans(self.starts[features], lengths)]
        products = np.bincount(rows, np.repeat(squares, lengths), len(self.lengths))
        return (products / (self.lengths * query.length)).astype(np.float32)

    def nearest(self, query: Query) -> Floats:
        """`compare` within the time a message may take: close to it where it matters."""
        return self.compare(query, _POSTINGS)

    def gram(self, rows: Rows, query: Query) -> tuple[Floats, Floats]:
        """Cosines among `rows`, shape (K, K), and with the query, shape (K,); for a few dozen rows."""
        begin = self.row_starts[rows]
        sizes = self.row_starts[rows + 1] - begin
        own = self.row_features[_spans(begin, sizes)].astype(np.int64)
        given: Rows = np.concatenate((own, query.features))
        of = np.repeat(np.arange(len(rows) + 1), np.append(sizes, len(query.features)))
        keys = np.sort((given << _ROW_BITS) | of)
        of, features = keys & ((1 << _ROW_BITS) - 1), keys >> _ROW_BITS
        first = np.flatnonzero(np.diff(features, prepend=-1))
        counts = np.diff(first, append=len(features))
        # What only one text has says nothing about two.
        several = counts > 1
        shared = np.repeat(several, counts)
        columns = np.repeat(np.cumsum(several) - 1, counts)[shared]
        dense = np.zeros((len(rows) + 1, int(several.sum())), dtype=np.float32)
        dense[of[shared], columns] = self.idf[features[shared]]
        dense /= np.append(self.lengths[rows], np.float32(query.length))[:, None]
        table: Floats = dense @ dense.T
        np.fill_diagonal(table, 1)
        return table[:-1, :-1], table[-1, :-1]

    def full_gram(self) -> Floats:
        """Cosines among all rows, shape (rows, rows)."""
        table = np.empty((len(self.lengths), len(self.lengths)), dtype=np.float32)
        for row in range(len(self.lengths)):
            table[row] = self.compare(self.query_of(row))
        return table


def _starts(sizes: Rows) -> Rows:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def _analyzed(texts: Sequence[str], analyze: Analyzer) -> tuple[Codes | NDArray[np.int32], Rows]:
    """The features of all texts one after the other, and how many each text has."""
    parts: list[Codes | NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
    sizes: list[int] = []
    for start in range(0, len(texts), _CHUNK):
        found = [analyze(text) for text in texts[start : start + _CHUNK]]
        sizes += map(len, found)
        part = np.concatenate(found)
        parts.append(part.astype(np.int32) if part.max(initial=0) < _SMALL_CODES else part)
    joined: Any = np.concatenate(parts)
    return joined, np.array(sizes, dtype=np.int64)


def _numbered(given: Codes | NDArray[np.int32]) -> tuple[Codes, NDArray[np.int32]]:
    """The different codes, ascending, and for each given one its place among them."""
    if given.max(initial=0) < _SMALL_CODES:
        there = np.zeros(int(given.max(initial=0)) + 1, dtype=np.bool_)
        there[given] = True
        places = np.cumsum(there, dtype=np.int32) - np.int32(1)
        return np.flatnonzero(there)[: len(given)], places[given]
    codes = np.unique(given).astype(np.int64)
    return codes, np.searchsorted(codes, given).astype(np.int32)


def _spans(begin: Rows, lengths: Rows) -> Rows:
    """All numbers of the spans [begin, begin + length), one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(begin - ends + lengths, lengths)

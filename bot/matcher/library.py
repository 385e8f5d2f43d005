"""The FAQs as rows: every phrasing and keyword folded, with the FAQ it belongs to."""

from collections.abc import Iterator, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from bot.matcher.features import stems
from bot.matcher.folding import fold, plain, symbols
from bot.matcher.index import Floats64
from bot.types import Faq

_KEYWORDS = 30  # of one FAQ that are used


class Library:
    """Immutable. FAQs are known by their number, the place in `entries`.

    A FAQ's rows stand together, in the order of the FAQs. Keywords are rows like phrasings, but
    are never shown and are no exact match.
    """

    def __init__(self, entries: Sequence[Faq]) -> None:
        self.ids = tuple(entry.id for entry in entries)
        self.questions = tuple(entry.question for entry in entries)
        self.languages = np.array([entry.language for entry in entries], dtype=object)
        self.texts: list[str] = []  # folded
        self.phrasings: list[str | None] = []  # by row, as written; None for a keyword
        owners: list[int] = []
        for number, entry in enumerate(entries):
            for folded, phrasing in _rows(entry):
                self.texts.append(folded)
                self.phrasings.append(phrasing)
                owners.append(number)
        self.owners = np.array(owners, dtype=np.int64)
        self.sizes = np.bincount(self.owners, minlength=len(entries))  # rows by FAQ
        self._ends = np.cumsum(self.sizes)
        self._firsts = np.flatnonzero(np.diff(self.owners, prepend=-1))
        self.stems = [
            frozenset(stems(" ".join(self.texts[self.rows(n)]))) for n in range(len(self))
        ]
        self._known = frozenset[str]().union(*self.stems)
        self._exact = _exact_table(entries)

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, number: int) -> slice:
        """The rows of a FAQ."""
        return slice(int(self._ends[number] - self.sizes[number]), int(self._ends[number]))

    def exact(self, text: str, language: str | None, allowed: Set[str] | None) -> int | None:
        """The FAQ one of whose phrasings is `text`; of several one in the language, the first."""
        for key in keys(text):
            numbers = [
                number
                for number in self._exact.get(key, ())
                if allowed is None or self.ids[number] in allowed
            ]
            if numbers:
                return min(numbers, key=lambda n: (self.languages[n] != language, n))
        return None

    def knows(self, stem: str) -> bool:
        return stem in self._known

    def open(self, allowed: Set[str] | None) -> NDArray[np.bool_]:
        """Which FAQs may be found, shape (faqs,)."""
        filled = self.sizes > 0
        if allowed is None:
            return filled
        return filled & np.array([faq in allowed for faq in self.ids], dtype=np.bool_)

    def best_of(self, values: Floats64) -> Floats64:
        """The largest of the rows' values by FAQ, 0 for FAQs without rows."""
        best = np.zeros(len(self))
        best[self.owners[self._firsts]] = np.maximum.reduceat(values, self._firsts)
        return best

    def mean_of(self, values: Floats64) -> Floats64:
        """The mean of the rows' values by FAQ, 0 for FAQs without rows."""
        sums = np.bincount(self.owners, values, len(self))
        return sums / np.maximum(self.sizes, 1)


def keys(text: str) -> tuple[str, ...]:
    """Under which a phrasing is found again: as it is written first, then without courtesies."""
    written = plain(text)
    if not written:
        rest = symbols(text)
        return (f"symbols {rest}",) if rest else ()
    return (f"plain {written}", f"folded {fold(text)}")


def _rows(entry: Faq) -> Iterator[tuple[str, str | None]]:
    """(folded, as written) of the phrasings, then (folded, None) of keywords; each text once."""
    written: list[tuple[str, str | None]] = [
        (text, text) for text in (entry.question, *entry.alternatives)
    ]
    seen: set[str] = set()
    for text, phrasing in written + [(word, None) for word in entry.keywords[:_KEYWORDS]]:
        folded = fold(text)
        if folded and folded not in seen:
            seen.add(folded)
            yield folded, phrasing


def _exact_table(entries: Sequence[Faq]) -> dict[str, list[int]]:
    """FAQ numbers by key, ascending."""
    table: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        for text in (entry.question, *entry.alternatives):
            for key in keys(text):
                numbers = table.setdefault(key, [])
                if number not in numbers:
                    numbers.append(number)
    return table

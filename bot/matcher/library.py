"""The FAQs as rows: every phrasing and keyword folded, with the FAQ it belongs to."""

from collections.abc import Iterator, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from bot.matcher.features import stem_codes
from bot.matcher.folding import fold_plain, plain, symbols
from bot.matcher.index import Rows
from bot.matcher.vocabulary import vocabulary
from bot.types import Faq

_KEYWORDS = 30  # of one FAQ that are used
_SAID_ROWS = 40  # of a FAQ whose words are compared one by one


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
        self._exact: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            for key, phrasing in self._known(entry, number):
                self.texts.append(key)
                self.phrasings.append(phrasing)
                owners.append(number)
        self.owners = np.array(owners, dtype=np.int64)
        self.sizes = np.bincount(self.owners, minlength=len(entries))  # rows by FAQ
        self._ends = np.cumsum(self.sizes)
        self._index_words()

    def _known(self, entry: Faq, number: int) -> Iterator[tuple[str, str | None]]:
        """(folded, as written) of the phrasings, then (folded, None) of keywords; each text once."""
        seen: set[str] = set()
        for text in (entry.question, *entry.alternatives):
            written, folded = _forms(text)
            for key in _keys(text, written, folded):
                numbers = self._exact.setdefault(key, [])
                if number not in numbers:
                    numbers.append(number)
            if folded and folded not in seen:
                seen.add(folded)
                yield folded, text
        for word in entry.keywords[:_KEYWORDS]:
            folded = _forms(word)[1]
            if folded and folded not in seen:
                seen.add(folded)
                yield folded, None

    def _index_words(self) -> None:
        """The different words of each row: words[word_starts[r]:word_starts[r + 1]]."""
        numbers: dict[str, int] = {}
        rows = [dict.fromkeys(text.split()) for text in self.texts]
        words = [numbers.setdefault(word, len(numbers)) for row in rows for word in row]
        self.words: NDArray[np.int32] = np.array(words, dtype=np.int32)
        self.word_starts = np.concatenate(([0], np.cumsum([len(row) for row in rows])))
        self.word_starts = self.word_starts.astype(np.int64)
        said = [self._first_words(number) for number in range(len(self))]
        self._said: NDArray[np.int32] = np.concatenate([np.zeros(0, dtype=np.int32), *said])
        self._said_starts = np.cumsum([0, *map(len, said)])
        known = list(numbers)
        self.word_stems = stem_codes(known)
        self.word_numbers = vocabulary().numbers(known)

    def _first_words(self, number: int) -> NDArray[np.int32]:
        rows = self.rows(number)
        end = min(rows.stop, rows.start + _SAID_ROWS)
        words = self.words[self.word_starts[rows.start] : self.word_starts[end]]
        return np.array(list(dict.fromkeys(words.tolist())), dtype=np.int32)

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, number: int) -> slice:
        """The rows of a FAQ."""
        return slice(int(self._ends[number] - self.sizes[number]), int(self._ends[number]))

    def words_of(self, row: int) -> NDArray[np.int32]:
        """The different words of a row."""
        return self.words[self.word_starts[row] : self.word_starts[row + 1]]

    def said(self, number: int) -> NDArray[np.int32]:
        """The different words of a FAQ's first rows."""
        return self._said[self._said_starts[number] : self._said_starts[number + 1]]

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

    def open_rows(self, allowed: Set[str]) -> Rows:
        """The rows of the FAQs that may be found, ascending."""
        open_ = np.array([faq in allowed for faq in self.ids], dtype=np.bool_)
        return np.flatnonzero(open_[self.owners]) if len(self.owners) else self.owners


def keys(text: str) -> tuple[str, ...]:
    """Under which a phrasing is found again: as it is written first, then without courtesies."""
    return _keys(text, *_forms(text))


def _forms(text: str) -> tuple[str, str]:
    """(plain, folded)"""
    written = plain(text)
    return written, fold_plain(written)


def _keys(text: str, written: str, folded: str) -> tuple[str, ...]:
    if not written:
        rest = symbols(text)
        return (f"symbols {rest}",) if rest else ()
    return (f"plain {written}", f"folded {folded}")

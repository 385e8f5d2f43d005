"""Repair of words the library does not know: a noisy channel.

A word is replaced when another one is likely enough to have been meant: frequent in the library or
in the language, and few typing errors away. Kernighan, Church and Gale (1990), "A spelling correction
program based on a noisy channel model".
"""

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, log
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from bot.matcher.vocabulary import vocabulary

_SHORTEST = 4  # letters a word needs to be repaired
_TWO_ERRORS_FROM = 7  # letters a word needs to be allowed two errors
_LONGEST = 30
_ERROR = -6.0  # log probability of one typing error
_FIRST_LETTER = -1.5  # people rarely miss the first letter
_MISSING_SPACE = -5.0
_UNKNOWN = -19.0  # log probability of a word nobody knows
_BACKGROUND = -log(1e-5)  # surprisal up to which a word of the language may be meant
_REPAIRS = 12  # unknown words looked at in one message: bounds the time

Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class _Deletions:
    """Words by what they are with one letter left out, and as they are."""

    words: Sequence[str]
    hashes: Hashes  # ascending
    numbers: NDArray[np.int32]  # of the word, by hash

    @classmethod
    def of(cls, words: Sequence[str]) -> "_Deletions":
        found = [(number, _hashes(word)) for number, word in enumerate(words)]
        hashes = np.array([one for _, many in found for one in many], dtype=np.uint32)
        numbers = np.repeat(np.arange(len(words)), [len(many) for _, many in found])
        order = np.argsort(hashes, kind="stable")
        return cls(words, hashes[order], numbers[order].astype(np.int32))

    def near(self, hashes: Hashes) -> set[str]:
        """Words that share a hash: one error away, and most that are two away."""
        begin = self.hashes.searchsorted(hashes)
        end = self.hashes.searchsorted(hashes, side="right")
        found = np.flatnonzero(end > begin)
        return {
            self.words[number]
            for first, last in zip(begin[found].tolist(), end[found].tolist(), strict=True)
            for number in self.numbers[first:last].tolist()
        }


def _hashes(word: str) -> list[int]:
    data = word.encode()
    return [crc32(data), *(crc32(data[:at] + data[at + 1 :]) for at in range(len(data)))]


@functools.cache
def _background() -> _Deletions:
    """The frequent words of the languages; they never change."""
    table = vocabulary()
    frequent = (table.surprisal <= _BACKGROUND).tolist()
    words = [word for word, number in table.places.items() if frequent[number]]
    return _Deletions.of([word for word in words if len(word) >= _SHORTEST - 1])


class Speller:
    """Knows the words of one library. Immutable, safe for threads."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        total = sum(counts.values())
        self._shares = {word: count / total for word, count in counts.items()}
        own = [word for word in counts if len(word) >= _SHORTEST - 1 and word.isalpha()]
        self._near = (_Deletions.of(own), _background())

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Speller":
        return cls(Counter(word for text in texts for word in text.split()))

    def knows(self, word: str) -> bool:
        return word in self._shares

    def repair(self, words: Sequence[str]) -> list[str]:
        """The words with unknown ones replaced; one missing space may add a word."""
        read = self._readings(words)
        return [part for word in words for part in read.get(word, (word,))]

    def repairs(self, words: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """(as written, as read) of the words that `repair` replaces."""
        read = self._readings(words).items()
        return tuple((word, " ".join(best)) for word, best in read if best != (word,))

    def _readings(self, words: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """How the first unknown words are read."""
        unknown = [word for word in dict.fromkeys(words) if self._repairable(word)]
        return {word: self._best(word) for word in unknown[:_REPAIRS]}

    def _repairable(self, word: str) -> bool:
        return _SHORTEST <= len(word) <= _LONGEST and word not in self._shares and word.isalpha()

    def _best(self, word: str) -> tuple[str, ...]:
        errors = 2 if len(word) >= _TWO_ERRORS_FROM else 1
        hashes = np.array(_hashes(word), dtype=np.uint32)
        best: tuple[str, ...] = (word,)
        best_score = max(self._log_share(word), _UNKNOWN)
        for other in sorted(set().union(*(words.near(hashes) for words in self._near)) - {word}):
            wrong = OSA.distance(word, other, score_cutoff=errors)
            score = self._log_share(other) + _ERROR * wrong
            score += 0.0 if other[0] == word[0] else _FIRST_LETTER
            if wrong <= errors and score > best_score:
                best, best_score = (other,), score
        for at in range(1, len(word)):
            left, right = word[:at], word[at:]
            # Few words have a single letter; anything could be cut there.
            if at > 1 or left in "aeo":
                score = self._log_share(left) + self._log_share(right) + _MISSING_SPACE
                if score > best_score:
                    best, best_score = (left, right), score
        return best

    def _log_share(self, word: str) -> float:
        """Log of the mean of a word's shares in the library and in the language; -inf for unknown."""
        share = self._shares.get(word, 0.0) + vocabulary().share(word)
        return log(share / 2) if share else -inf

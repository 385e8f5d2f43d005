"""Repair of words the library does not know: a noisy channel over the library's own vocabulary.

A word is replaced when a known word is likely enough to have been meant: frequent in the library
and few typing errors away. Everyday words are left alone even when the library lacks them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.matcher.lexicon import COMMON_WORDS

_SHORTEST = 4  # letters a word needs to be repaired
_TWO_ERRORS_FROM = 7  # letters a word needs to be allowed two errors
_LONGEST = 30
_ERROR = -6.0  # log probability of one typing error
_FIRST_LETTER = -1.5  # people rarely miss the first letter
_MISSING_SPACE = -5.0
_UNKNOWN = -19.0  # log probability of a word nobody knows
_REPAIRS = 12  # unknown words looked at in one message: bounds the time


class Speller:
    """Knows the words of one library. Immutable, safe for threads."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        total = sum(counts.values())
        self._log_p = {word: log(count / total) for word, count in counts.items()}
        by_length: dict[int, list[str]] = {}
        for word in self._log_p:
            if len(word) >= _SHORTEST - 1 and word.isalpha():
                by_length.setdefault(len(word), []).append(word)
        self._by_length = by_length

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Speller":
        return cls(Counter(word for text in texts for word in text.split()))

    def knows(self, word: str) -> bool:
        return word in self._log_p

    def repair(self, words: Sequence[str]) -> list[str]:
        """The words with unknown ones replaced; one missing space may add a word."""
        repaired: list[str] = []
        tries = 0
        for word in words:
            if not self._repairable(word) or tries >= _REPAIRS:
                repaired.append(word)
                continue
            tries += 1
            repaired.extend(self._best(word))
        return repaired

    def repairs(self, words: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """(as written, as read) of the words that `repair` replaces."""
        read = ((word, " ".join(self.repair([word]))) for word in dict.fromkeys(words))
        return tuple((word, other) for word, other in read if word != other)

    def _repairable(self, word: str) -> bool:
        return (
            _SHORTEST <= len(word) <= _LONGEST
            and word not in self._log_p
            and word not in COMMON_WORDS
            and word.isalpha()
        )

    def _best(self, word: str) -> list[str]:
        best, best_score = [word], _UNKNOWN
        errors = 2 if len(word) >= _TWO_ERRORS_FROM else 1
        for length in range(len(word) - errors, len(word) + errors + 1):
            for other, distance, _ in process.extract(
                word,
                self._by_length.get(length, ()),
                scorer=OSA.distance,
                score_cutoff=errors,
                limit=None,
            ):
                score = self._log_p[other] + _ERROR * distance
                score += 0.0 if other[0] == word[0] else _FIRST_LETTER
                if score > best_score:
                    best, best_score = [other], score
        for cut in range(1, len(word)):
            left, right = self._log_p.get(word[:cut]), self._log_p.get(word[cut:])
            if left is not None and right is not None:
                score = left + right + _MISSING_SPACE
                if score > best_score:
                    best, best_score = [word[:cut], word[cut:]], score
        return best

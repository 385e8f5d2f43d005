"""Why a FAQ got its confidence: what the confidence would be without each word of the message."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from bot.matcher.stemming import stem
from bot.types import Piece

WORDS = 24  # of a message that are tried; bounds the time

_CERTAIN = 1e-6  # keeps the log odds finite
_ALIKE = 0.6  # similarity of two words that share letters, not a stem

Shares = NDArray[np.float64]
Judge = Callable[[list[str]], Shares]


def weights(words: Sequence[str], judge: Judge) -> Shares:
    """How far each of the first words moved the log odds of each FAQ, shape (words, FAQs).

    `judge` gives the FAQs' confidences for a message of these words.
    """
    whole = _log_odds(judge(list(words)))
    without = [judge([*words[:at], *words[at + 1 :]]) for at in range(len(words[:WORDS]))]
    return np.array([whole - _log_odds(shares) for shares in without])


def pieces(words: Sequence[str], moved: Shares, phrasing: str) -> tuple[Piece, ...]:
    """A piece for every word, in their order; `phrasing` is the closest one, folded."""
    known = phrasing.split()
    return tuple(
        Piece(word, round(float(weight), 3), _met(word, known))
        for word, weight in zip(words, moved, strict=False)
    )


def _met(word: str, known: Sequence[str]) -> str:
    """The word of the phrasing that this one was found as."""
    for other in known:
        if stem(other) == stem(word):
            return other
    best = max(known, key=lambda other: OSA.normalized_similarity(word, other), default="")
    return best if best and OSA.normalized_similarity(word, best) >= _ALIKE else ""


def _log_odds(shares: Shares) -> Shares:
    kept = np.clip(shares, _CERTAIN, 1 - _CERTAIN)
    found: Shares = np.log(kept / (1 - kept))
    return found

"""Why a FAQ got its confidence: what the confidence would be without each word of the message."""

import math
from collections.abc import Callable, Sequence

from rapidfuzz.distance import OSA

from bot.matcher.stemming import stem
from bot.types import Piece

WORDS = 24  # of a message that are tried; bounds the time

_CERTAIN = 1e-6  # keeps the log odds finite
_ALIKE = 0.6  # similarity of two words that share letters, not a stem

Judge = Callable[[str], float]


def pieces(words: Sequence[str], judge: Judge, phrasing: str) -> tuple[Piece, ...]:
    """A piece for every word, in their order.

    `judge` gives the FAQ's confidence for a folded text; `phrasing` is the closest one, folded.
    """
    whole = _log_odds(judge(" ".join(words)))
    known = phrasing.split()
    found = []
    for at, word in enumerate(words[:WORDS]):
        rest = " ".join((*words[:at], *words[at + 1 :]))
        without = _log_odds(judge(rest) if rest else 0.0)
        found.append(Piece(word, round(whole - without, 3), _met(word, known)))
    return tuple(found)


def _met(word: str, known: Sequence[str]) -> str:
    """The word of the phrasing that this one was found as."""
    for other in known:
        if stem(other) == stem(word):
            return other
    best = max(known, key=lambda other: OSA.normalized_similarity(word, other), default="")
    return best if best and OSA.normalized_similarity(word, best) >= _ALIKE else ""


def _log_odds(share: float) -> float:
    share = min(max(share, _CERTAIN), 1 - _CERTAIN)
    return math.log(share / (1 - share))

"""What a folded text is made of: character n-grams, stems and pairs of stems, as numbers.

Each feature is a whole number that is the same on every machine; a text has it or has it not.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.matcher.stemming import stem

Codes = NDArray[np.int64]

# Pairs grow with the square of the number of words; a question has fewer than this many.
_PAIRED_STEMS = 24
_PAIRS = [np.triu_indices(count, 1) for count in range(_PAIRED_STEMS + 1)]
# a-z, 0-9 and space; other alphabets share these places, which costs little.
_SIGNS = 37
_OF_ASCII = np.array(
    [
        ord(chr(sign).lower()) - 96 if chr(sign).isalpha() else sign - 21 if 48 <= sign <= 57 else 0
        for sign in range(128)
    ],
    dtype=np.int64,
)


def ngrams(folded: str) -> Codes:
    """Different character 2-, 3- and 4-grams of the padded text, across word borders, ascending."""
    signs = _signs(f" {folded} ")
    two = signs[:-1] * _SIGNS + signs[1:]
    three = two[:-1] * _SIGNS + signs[2:]
    four = three[:-1] * _SIGNS + signs[3:]
    return _different(np.concatenate((two, three + _SIGNS**2, four + _SIGNS**2 + _SIGNS**3)))


def stem_codes(words: Sequence[str]) -> Codes:
    """The stem of every word, in their order."""
    return np.array([crc32(stem(word).encode()) for word in words], dtype=np.int64)


def stem_pairs(folded: str) -> Codes:
    """Different stems and unordered pairs of different stems, ascending."""
    single = _different(stem_codes(folded.split()))
    few = single[:_PAIRED_STEMS]
    one, other = _PAIRS[len(few)]
    return np.concatenate((single, (few[one] << 32) | few[other]))


def _different(codes: Codes) -> Codes:
    """Each once, ascending; `codes` is sorted in place."""
    codes.sort()
    if len(codes) < 2:
        return codes
    first = np.empty(len(codes), dtype=np.bool_)
    first[0] = True
    np.not_equal(codes[1:], codes[:-1], out=first[1:])
    return codes[first]


def _signs(text: str) -> Codes:
    if text.isascii():
        return _OF_ASCII[np.frombuffer(text.encode("ascii"), dtype=np.uint8)]
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    return np.where(points < 128, _OF_ASCII[points & 127], 1 + points % (_SIGNS - 1))

"""Folding: the one written form under which texts are compared.

`plain` takes away case, accents, punctuation and stretched letters; `fold` also spells out chat
abbreviations and drops greetings and thanks around the question. Both are idempotent and look at
a bounded piece of the text only.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable

from bot.matcher.lexicon import ABBREVIATIONS, GREETINGS, THANKS

RAW_LIMIT = 4096  # characters of the message that are looked at
FOLDED_LIMIT = 1000  # characters of the folded text that are kept

_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_NOT_ASCII_WORD = re.compile(r"[^a-z0-9]+")
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´")
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans(
    {"ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th"}
)


def plain(text: str) -> str:
    """Words of letters and digits with single spaces between; may be empty."""
    return _plain(text[:RAW_LIMIT])


@functools.lru_cache(maxsize=32)  # a message is folded at several places, one after the other
def _plain(text: str) -> str:
    text = text.translate(_APOSTROPHES)
    spaced = _NOT_ASCII_WORD.sub(" ", text.lower()) if text.isascii() else _fold_letters(text)
    return _STRETCHED.sub(r"\1", spaced)[:FOLDED_LIMIT].strip()


def fold(text: str) -> str:
    """`plain` plus abbreviations spelt out, greetings and thanks taken off the ends."""
    return fold_plain(plain(text))


def fold_plain(text: str) -> str:
    """`fold` of a text that is plain already."""
    words: list[str] = []
    for word in text.split():
        words.extend(ABBREVIATIONS.get(word, word).split())
    return " ".join(_strip_courtesies(_cut(words)))


def symbols(text: str) -> str:
    """What is left to compare of a text without letters, such as "👍" or "?"."""
    compact = (
        char
        for char in unicodedata.normalize("NFKC", text[:RAW_LIMIT])[:RAW_LIMIT]
        if not char.isspace() and unicodedata.category(char)[0] not in "CM"
    )
    return "".join(compact)[:FOLDED_LIMIT]


def _cut(words: list[str]) -> list[str]:
    """As many whole words as fit the limit."""
    length = -1
    for count, word in enumerate(words):
        length += len(word) + 1
        if length > FOLDED_LIMIT:
            return words[:count]
    return words


def _fold_letters(text: str) -> str:
    # Some signs unfold into eighteen letters: cut again.
    text = unicodedata.normalize("NFKC", text)[:RAW_LIMIT].casefold()
    text = unicodedata.normalize("NFKD", text)[:RAW_LIMIT].casefold()
    kept = "".join(map(_fold_char, text)).translate(_LETTERS)
    return " ".join(kept.split())


def _fold_char(char: str) -> str:
    """The letter or digit itself, nothing for a mark or an invisible sign, else a space."""
    if char.isalnum():
        return char
    if unicodedata.combining(char):
        return ""
    category = unicodedata.category(char)
    if category in ("Cf", "Me") or _is_variation_selector(char):
        return ""
    # Vowel signs of Indic scripts are marks, but leaving them out would change the word.
    return char if category in ("Mn", "Mc") else " "


def _is_variation_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _by_first_word(phrases: Iterable[str], *, last: bool) -> dict[str, list[tuple[str, ...]]]:
    table: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrases:
        words = tuple(phrase.split())
        table.setdefault(words[-1 if last else 0], []).append(words)
    for entries in table.values():
        entries.sort(key=len, reverse=True)
    return table


_OPENINGS = _by_first_word(GREETINGS, last=False)
_CLOSINGS = _by_first_word(THANKS, last=True)


def _strip_courtesies(words: list[str]) -> list[str]:
    """Without courtesies at both ends; unchanged when nothing else was said."""
    start, end = 0, len(words)
    while start < end and (size := _opening(words, start, end)):
        start += size
    while start < end and (size := _closing(words, start, end)):
        end -= size
    return words[start:end] if start < end else words


def _opening(words: list[str], start: int, end: int) -> int:
    for phrase in _OPENINGS.get(words[start], ()):
        size = len(phrase)
        if start + size <= end and tuple(words[start : start + size]) == phrase:
            return size
    return 0


def _closing(words: list[str], start: int, end: int) -> int:
    for phrase in _CLOSINGS.get(words[end - 1], ()):
        size = len(phrase)
        if end - size >= start and tuple(words[end - size : end]) == phrase:
            return size
    return 0

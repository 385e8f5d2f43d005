"""Cutting texts where a reader does not mind: between words, and never inside a visible character."""

from collections.abc import Sequence
from typing import Literal

import regex

Unit = Literal["characters", "utf16", "bytes"]

_GRAPHEME = regex.compile(r"\X")
_SMALLEST_LIMIT = 4  # a code point takes at most 4 bytes


def size(text: str, unit: Unit = "characters") -> int:
    """How long `text` is as a platform counts it: code points, UTF-16 units or UTF-8 bytes."""
    if unit == "utf16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    if unit == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text)


def split(text: str, limit: int, unit: Unit = "characters") -> list[str]:
    """`text` in parts of at most `limit` units each; nothing but white space at the cuts is lost.

    Cuts at the end of a line or a word where it can, else between graphemes; only a single grapheme that is
    itself longer than `limit` is broken. A blank text has no parts. `limit` is at least 4.
    """
    _check(limit)
    if size(text, unit) <= limit:
        return [text] if text.strip() else []
    pieces = _pieces(text, limit, unit)
    sizes = [size(piece, unit) for piece in pieces]
    parts: list[str] = []
    start = _skip_blank(pieces, 0)
    while start < len(pieces):
        end = _fill(sizes, start, limit)
        if end < len(pieces):
            end = _good_cut(pieces, start, end)
        last = end
        while last > start and pieces[last - 1].isspace():
            last -= 1
        parts.append("".join(pieces[start:last]))
        start = _skip_blank(pieces, end)
    return parts


def shorten(text: str, limit: int, unit: Unit = "characters") -> str:
    """`text`, cut to `limit` units between graphemes, with "…" where something was cut off."""
    _check(limit)
    if size(text, unit) <= limit:
        return text
    pieces = _pieces(text, limit, unit)
    room = limit - size("…", unit)
    end = _fill([size(piece, unit) for piece in pieces], 0, room)
    return "".join(pieces[:end]).rstrip() + "…"


def _check(limit: int) -> None:
    if limit < _SMALLEST_LIMIT:
        raise ValueError(f"a limit of {limit} cannot hold every character")


def _pieces(text: str, limit: int, unit: Unit) -> list[str]:
    """The graphemes of `text`; one that is longer than `limit` is given as its code points."""
    pieces: list[str] = []
    for grapheme in _GRAPHEME.findall(text):
        if size(grapheme, unit) <= limit:
            pieces.append(grapheme)
        else:
            pieces.extend(grapheme)
    return pieces


def _skip_blank(pieces: Sequence[str], at: int) -> int:
    while at < len(pieces) and pieces[at].isspace():
        at += 1
    return at


def _fill(sizes: Sequence[int], start: int, limit: int) -> int:
    """The end of the longest run of pieces from `start` that fits."""
    end, used = start, 0
    while end < len(sizes) and used + sizes[end] <= limit:
        used += sizes[end]
        end += 1
    return end


def _good_cut(pieces: Sequence[str], start: int, end: int) -> int:
    """The best place to cut at or before `end`: a line's end in the second half, a word's end, `end` itself."""
    middle = start + (end - start) // 2
    for at in range(end, middle, -1):
        if "\n" in pieces[at]:
            return at
    for at in range(end, start, -1):
        if pieces[at].isspace():
            return at
    return end

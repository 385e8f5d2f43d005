"""Groups texts that ask the same thing, with the matcher's folding and similarities.

A text joins the group it is most like, if that is enough; else it opens one. How like a group it is
is half the likeness to the nearest of its texts and half the mean over all of them: the nearest
alone would chain different questions together, the mean alone would split what is asked in many ways.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.matcher.features import ngrams
from bot.matcher.folding import fold
from bot.matcher.index import Block

# From this likeness (a cosine, 0 … 1) a text belongs to a group. Four in five texts of a group then
# ask the same; more would split questions further, less would mix them.
ALIKE = 0.28
# From this one a text belongs to a group that nobody looks at any more: what is wrongly put there is
# lost from sight, so hardly any may be.
SURELY_ALIKE = 0.5
_COMPARED = 200  # characters of a text that are compared; questions are shorter


def signature(text: str) -> str:
    """What is compared: the folded text; "" for a text without letters and digits."""
    return fold(text)[:_COMPARED].rstrip()


def place(
    texts: Sequence[str],
    known: Sequence[str] = (),
    owners: Sequence[int] = (),
    closed: Collection[int] = (),
) -> list[int]:
    """For each text the number of its group.

    `known` are texts that have a group already, `owners` their groups' numbers (0 …). A text like
    none of them, nor like a group opened before it, opens a group; new groups are numbered on.
    Texts with the same signature share a group, and so do all that have none; groups in `closed`
    take others only when they are surely alike. Equal input gives equal output. Raises ValueError
    when `known` and `owners` differ in length.
    """
    groups: dict[str, int] = {}  # by signature; the first one counts
    for text, owner in zip(known, owners, strict=True):
        groups.setdefault(signature(text), owner)
    following = max(owners, default=-1) + 1
    signatures = [signature(text) for text in texts]
    fresh = [one for one in dict.fromkeys(signatures) if one not in groups]
    likeness = _Likeness(groups, fresh, closed)
    for one in fresh:
        group = likeness.nearest(one)
        if group is None:
            group, following = following, following + 1
        groups[one] = group
        likeness.put(one, group)
    return [groups[one] for one in signatures]


class _Likeness:
    """How alike signatures are, and which of them are in which group so far."""

    def __init__(
        self, placed: dict[str, int], fresh: Sequence[str], closed: Collection[int]
    ) -> None:
        self._closed = list(closed)
        rows = [one for one in (*placed, *fresh) if one]
        self._row = {one: number for number, one in enumerate(rows)}
        self._block = Block.build(rows, np.arange(len(rows)), ngrams)
        self._group: NDArray[np.int64] = np.full(len(rows), -1, dtype=np.int64)
        for one, group in placed.items():
            self.put(one, group)

    def put(self, one: str, group: int) -> None:
        if one:
            self._group[self._row[one]] = group

    def nearest(self, one: str) -> int | None:
        """The group `one` belongs to; None when it is like none of them."""
        rows = np.flatnonzero(self._group >= 0)
        if not one or not len(rows):
            return None
        groups = self._group[rows]
        found = self._block.similarities(one)[rows]
        highest = np.zeros(int(groups.max()) + 1)
        np.maximum.at(highest, groups, found)
        mean = np.bincount(groups, found) / np.maximum(np.bincount(groups), 1)
        likeness = (highest + mean) / 2
        needed = np.full(len(likeness), ALIKE)
        needed[[group for group in self._closed if group < len(needed)]] = SURELY_ALIKE
        best = int(np.argmax(np.where(likeness >= needed, likeness, -1.0)))
        return best if likeness[best] >= needed[best] else None

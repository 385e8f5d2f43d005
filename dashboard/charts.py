"""Geometry of the small charts: what is drawn where, in whole per cents and pixels. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.bands import OUTCOMES, Outcome

TALL = 180  # pixels of the highest column
_APART = 3  # per cent two dots need not to cover each other


class Dot(NamedTuple):
    """A candidate on the scale: at `x`, its number drawn at `label` so that none covers another."""

    number: int
    x: int  # per cent
    label: int  # per cent


class Bar(NamedTuple):
    """A piece of a column."""

    outcome: Outcome
    messages: int
    x: float  # per cent
    y: int  # pixels from the top
    height: int


class Columns(NamedTuple):
    """A histogram of 0 … 1. `highest` is how many messages the tallest column stands for."""

    bars: list[Bar]
    width: float  # per cent
    highest: int


def dots(scores: Sequence[float]) -> list[Dot]:
    """Where the candidates are on a scale, numbered from 1."""
    rising = sorted(range(len(scores)), key=lambda at: scores[at])
    labels: dict[int, int] = {}
    lowest = 1
    for at in rising:
        labels[at] = max(round(100 * scores[at]), lowest)
        lowest = labels[at] + _APART
    highest = 99
    for at in reversed(rising):
        labels[at] = min(labels[at], highest)
        highest = labels[at] - _APART
    return [Dot(at + 1, round(100 * score), labels[at]) for at, score in enumerate(scores)]


def columns(histogram: Sequence[Mapping[Outcome, int]]) -> Columns:
    """Stacked columns, missed at the bottom."""
    highest = max((sum(part.values()) for part in histogram), default=0)
    step = 100 / max(len(histogram), 1)
    bars = []
    for at, part in enumerate(histogram):
        top = TALL
        for outcome in reversed(OUTCOMES):
            count = part[outcome]
            if count:
                height = max(2, round(TALL * count / highest))
                top -= height
                bars.append(Bar(outcome, count, round(at * step + 0.3, 2), top, height))
    return Columns(bars, round(step - 0.6, 2), highest)


def shares(counts: Mapping[Outcome, int]) -> list[tuple[Outcome, int, float]]:
    """Each outcome with its count and its per cent of all."""
    total = sum(counts.values()) or 1
    return [(name, counts[name], round(100 * counts[name] / total, 2)) for name in OUTCOMES]

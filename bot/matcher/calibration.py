"""From evidence to a confidence between 0 and 1: one logistic with shipped constants.

`constants.json` is written by `scripts/fit_calibration.py`.
"""

import json
import math
from pathlib import Path
from typing import NamedTuple


class Evidence(NamedTuple):
    """What speaks for and against one FAQ being the answer to one message."""

    score: float  # kernel ridge
    margin: float  # to the best other FAQ
    odds: float  # log odds of this FAQ against all others, from the softened scores
    chars: float  # character cosine of the nearest phrasing
    chars_margin: float
    words_margin: float  # the same with stems and pairs of stems
    centroid: float  # mean cosine of the phrasings
    centroid_margin: float
    coverage: float  # IDF share of the message's stems that the FAQ has
    known: float  # IDF share of the message's stems that the library has
    alignment: float  # token_sort_ratio with the nearest phrasing
    unknown: float  # share of words the library does not know, after the repair
    repaired: float
    length: float  # ln(1 + words)
    shortness: float  # 1 / words
    faqs: float  # ln(1 + FAQs)


class Constants(NamedTuple):
    """A fitted logistic: inputs are clamped to [low, high], then weighted and summed."""

    weights: tuple[float, ...]
    bias: float
    low: tuple[float, ...]
    high: tuple[float, ...]


def load(path: Path) -> Constants:
    """Constants in the order of `Evidence`. Raises KeyError when a feature is missing."""
    content = json.loads(path.read_text(encoding="utf-8"))
    rows = [content["features"][name] for name in Evidence._fields]
    return Constants(
        weights=tuple(row["weight"] for row in rows),
        bias=content["bias"],
        low=tuple(row["low"] for row in rows),
        high=tuple(row["high"] for row in rows),
    )


SHIPPED = load(Path(__file__).with_name("constants.json"))


def confidence(evidence: Evidence, constants: Constants = SHIPPED) -> float:
    """Probability that the FAQ is the right answer, 0 … 1."""
    logit = constants.bias
    for value, weight, low, high in zip(
        evidence, constants.weights, constants.low, constants.high, strict=True
    ):
        logit += weight * min(max(value, low), high)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))

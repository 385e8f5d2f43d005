"""From evidence to a confidence between 0 and 1, with shipped constants.

The mean of two judges' log odds: a logistic regression, which goes on in a straight line where it has
seen nothing, and boosted trees, which see that two things count only together. `constants.json` is
written by `scripts/fit_calibration.py`.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.matcher.evidence import EVIDENCE, Evidence

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees, one after the other in flat arrays; a leaf leads to itself."""

    roots: Places  # by tree
    depth: int  # steps from a root to the deepest leaf
    features: Places  # by node
    thresholds: Floats  # up to this one it goes left
    left: Places
    right: Places
    values: Floats
    bias: float

    def log_odds(self, inputs: Evidence) -> Floats:
        """Shape (len(inputs),)."""
        rows = np.arange(len(inputs))[:, None]
        nodes = np.broadcast_to(self.roots, (len(inputs), len(self.roots)))
        for _ in range(self.depth):
            goes_left = inputs[rows, self.features[nodes]] <= self.thresholds[nodes]
            nodes = np.where(goes_left, self.left[nodes], self.right[nodes])
        found: Floats = self.values[nodes].sum(axis=1) + self.bias
        return found


@dataclass(frozen=True, slots=True)
class Constants:
    """Inputs are clamped to [low, high]; `weights` and `bias` are the logistic's."""

    low: Floats
    high: Floats
    weights: Floats
    bias: float
    trees: Trees


def load(path: Path) -> Constants:
    """Raises KeyError when a feature is missing."""
    return constants_of(json.loads(path.read_text(encoding="utf-8")))


def constants_of(content: dict[str, Any]) -> Constants:
    """From the JSON that `scripts/fit_calibration.py` writes."""
    rows = [content["features"][name] for name in EVIDENCE]
    trees = content["trees"]
    whole = ("roots", "features", "left", "right")
    return Constants(
        low=np.array([row["low"] for row in rows]),
        high=np.array([row["high"] for row in rows]),
        weights=np.array([row["weight"] for row in rows]),
        bias=content["bias"],
        trees=Trees(
            **{name: np.array(trees[name], dtype=np.int64) for name in whole},
            thresholds=np.array(trees["thresholds"]),
            values=np.array(trees["values"]),
            depth=trees["depth"],
            bias=trees["bias"],
        ),
    )


@functools.cache
def shipped() -> Constants:
    """The constants of the product; they never change."""
    return load(Path(__file__).with_name("constants.json"))


def confidences(inputs: Evidence, constants: Constants | None = None) -> Floats:
    """Probability that each FAQ is the right answer, 0 … 1, shape (len(inputs),)."""
    constants = constants or shipped()
    clamped = np.clip(inputs, constants.low, constants.high)
    log_odds = (
        clamped @ constants.weights + constants.bias + constants.trees.log_odds(clamped)
    ) / 2
    return 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))

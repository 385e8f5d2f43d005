"""From evidence to a confidence between 0 and 1, with shipped constants.

The mean of two judges' log odds: a logistic regression, which goes on in a straight line where it has
seen nothing, and boosted trees, which see that two things count only together. `constants.json` is
written by `scripts/fit_calibration.py`.
"""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.matcher.evidence import EVIDENCE, Evidence

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Node = Sequence[float]


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees. All questions of a tree are asked at once; their answers, read as the bits of a
    number, name the leaf. Shapes: T trees, Q questions of the one that asks most.
    """

    features: Places  # (T * Q,)
    thresholds: Floats  # (T * Q,) up to this one the answer is yes
    leaves: Floats  # (T, 2 ** Q)
    bias: float

    @classmethod
    def of(cls, trees: Sequence[Sequence[Node]], bias: float) -> "Trees":
        """From nodes [feature, threshold, left, right] and leaves [value]; the first is the root."""
        asking = [[at for at, node in enumerate(tree) if len(node) > 1] for tree in trees]
        most = max(map(len, asking))
        features = np.zeros((len(trees), most), dtype=np.int64)
        thresholds = np.full((len(trees), most), np.inf)
        answers = np.arange(2**most)
        leaves = np.empty((len(trees), 2**most))
        for number, (tree, questions) in enumerate(zip(trees, asking, strict=True)):
            value = {
                at: np.full(2**most, node[0]) for at, node in enumerate(tree) if len(node) == 1
            }
            # Children come after their parents.
            for bit, at in reversed(list(enumerate(questions))):
                feature, threshold, left, right = tree[at]
                features[number, bit], thresholds[number, bit] = int(feature), threshold
                yes = (answers >> bit) & 1 == 1
                value[at] = np.where(yes, value[int(left)], value[int(right)])
            leaves[number] = value[0]
        return cls(features.ravel(), thresholds.ravel(), leaves, bias)

    def log_odds(self, inputs: Evidence) -> Floats:
        """Shape (len(inputs),)."""
        trees, patterns = self.leaves.shape
        yes = (inputs[:, self.features] <= self.thresholds).reshape(len(inputs), trees, -1)
        named = yes @ (1 << np.arange(patterns.bit_length() - 1))
        found: Floats = self.leaves[np.arange(trees), named].sum(axis=1) + self.bias
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
    return Constants(
        low=np.array([row["low"] for row in rows]),
        high=np.array([row["high"] for row in rows]),
        weights=np.array([row["weight"] for row in rows]),
        bias=content["bias"],
        trees=Trees.of(content["trees"], content["trees_bias"]),
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

#!/usr/bin/env python3
"""Fit the constants of the matcher's confidence on sets of FAQs and labelled messages.

    python scripts/fit_calibration.py --data DIR [--write]

DIR holds one folder for each set, with

    kb_*.jsonl             {"faq_id", "question", "alternatives": [...], "keywords": [...], "language"}
    queries*.jsonl         {"text", "faq_id" (null = nothing answers it), "language"}

Every library is used as it is and cut down to its question only and to question + 2, because real
libraries come in all shapes. All cells (library × file of messages) weigh the same. The report is
leave-one-set-out: each set is judged by constants fitted on the others. `--write` stores the
constants fitted on all sets in bot/matcher/constants.json.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.matcher import Matcher  # noqa: E402
from bot.matcher.calibration import Constants, Evidence, confidence  # noqa: E402
from bot.matcher.evaluation import entry  # noqa: E402

MAX_WRONG = 0.05
CUTS = (0, 2)  # alternatives kept in the cut-down libraries
# The runner-up is fitted too: it says what a candidate behind another one is worth.
CANDIDATES = 2
PENALTY = 1.0  # L2 on standardised weights, per cell
Floats = NDArray[np.float64]


class Cell(NamedTuple):
    """One library and one file of messages."""

    group: str  # the set
    name: str
    judged: bool  # a library as it is; cut-down ones only train
    inputs: Floats  # (messages, CANDIDATES, features), best FAQ first
    right: Floats  # (messages, CANDIDATES) 1 where that FAQ is the right one


def lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def cells(data: Path) -> Iterator[Cell]:
    for folder in sorted(path.parent for path in data.glob("*/queries.jsonl")):
        for library in sorted(folder.glob("kb_*.jsonl")):
            kb = lines(library)
            shapes = [(kb, True)]
            if library == min(folder.glob("kb_*.jsonl"), key=lambda path: path.stat().st_size):
                shapes += [(shortened(kb, keep), False) for keep in CUTS]
            for entries, judged in shapes:
                matcher = Matcher.build(entry(line) for line in entries)
                for queries in sorted(folder.glob("queries*.jsonl")):
                    name = f"{folder.name} {library.stem} {queries.stem}"
                    yield cell(folder.name, name, judged, matcher, lines(queries))


def shortened(kb: Sequence[dict[str, Any]], keep: int) -> list[dict[str, Any]]:
    return [{**line, "alternatives": line["alternatives"][:keep]} for line in kb]


def cell(
    group: str, name: str, judged: bool, matcher: Matcher, queries: Sequence[dict[str, Any]]
) -> Cell:
    inputs, right = [], []
    for query in queries:
        found = matcher.evidence(query["text"], CANDIDATES)
        if len(found) == CANDIDATES:
            inputs.append([evidence for _, evidence in found])
            right.append([float(faq == query["faq_id"]) for faq, _ in found])
    return Cell(group, name, judged, np.array(inputs), np.array(right))


def fit(training: Sequence[Cell]) -> Constants:
    """Logistic regression by Newton's method, every cell of the same weight."""
    inputs = np.concatenate([one.inputs for one in training]).reshape(-1, len(Evidence._fields))
    right = np.concatenate([one.right.ravel() for one in training])
    weight = np.concatenate([np.full(one.right.size, 100 / len(one.right)) for one in training])
    low, high = np.quantile(inputs, [0.002, 0.998], axis=0)
    inputs = np.clip(inputs, low, high)
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    design = np.column_stack([(inputs - mean) / spread, np.ones(len(inputs))])
    penalty = np.append(np.full(design.shape[1] - 1, PENALTY * len(training)), 0.0)
    beta = np.zeros(design.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-design @ beta))
        slope = design.T @ (weight * (chance - right)) + penalty * beta
        curve = (design * (weight * chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        beta -= step
        if np.abs(step).max() < 1e-9:
            break
    weights = beta[:-1] / spread
    return Constants(tuple(weights), float(beta[-1] - weights @ mean), tuple(low), tuple(high))


def threshold(judged: Sequence[tuple[Floats, Floats]]) -> float:
    """The lowest confidence at which the mean share of wrong answers is within the limit."""
    rows = sorted(
        (
            (-score, (1 - good) / len(scores) / len(judged))
            for scores, right in judged
            for score, good in zip(scores, right, strict=True)
        ),
    )
    wrong, lowest = 0.0, 1.0
    for score, share in rows:
        wrong += share
        if wrong > MAX_WRONG:
            break
        lowest = -score
    return lowest


def report(title: str, scored: Sequence[tuple[Cell, Floats]]) -> float:
    limit = threshold([(scores, best(one)) for one, scores in scored])
    right = [float(((scores >= limit) * best(one)).mean()) for one, scores in scored]
    wrong = [float(((scores >= limit) * (1 - best(one))).mean()) for one, scores in scored]
    own = []
    for one, scores in scored:
        limit_here = threshold([(scores, best(one))])
        own.append(float(((scores >= limit_here) * best(one)).mean()))
    print(
        f"{title:<16} right {100 * np.mean(right):.1f}  wrong {100 * np.mean(wrong):.1f}  "
        f"worst cell {100 * max(wrong):.1f}  r@5 {100 * np.mean(own):.1f}  threshold {limit:.3f}"
    )
    return limit


def best(one: Cell) -> Floats:
    """(messages,) 1 where the first candidate is the right one."""
    return one.right[:, 0]


def scores_of(one: Cell, constants: Constants) -> Floats:
    return np.array([confidence(Evidence(*row), constants) for row in one.inputs[:, 0]])


def calibration_table(scored: Sequence[tuple[Cell, Floats]]) -> None:
    scores = np.concatenate([part for _, part in scored])
    right = np.concatenate([best(one) for one, _ in scored])
    for low in np.arange(0, 1, 0.1):
        inside = (scores >= low) & (scores < low + 0.1)
        if inside.any():
            print(
                f"  said {low:.1f}–{low + 0.1:.1f}: right {right[inside].mean():.2f} of {inside.sum()}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="store the constants")
    options = parser.parse_args()
    everything = list(cells(options.data))
    groups = sorted({one.group for one in everything})
    left_out = []
    for group in groups:
        constants = fit([one for one in everything if one.group != group])
        left_out += [
            (one, scores_of(one, constants))
            for one in everything
            if one.group == group and one.judged
        ]
    constants = fit(everything)
    judged = [(one, scores_of(one, constants)) for one in everything if one.judged]
    report("leave one set out", left_out)
    calibration_table(left_out)
    report("fitted on all", judged)
    if options.write:
        store(constants, groups)


def store(constants: Constants, groups: Sequence[str]) -> None:
    rows = zip(Evidence._fields, constants.weights, constants.low, constants.high, strict=True)
    content = {
        "fitted_on": list(groups),
        "bias": round(constants.bias, 6),
        "features": {
            name: {"weight": round(weight, 6), "low": round(low, 6), "high": round(high, 6)}
            for name, weight, low, high in rows
        },
    }
    path = ROOT / "bot" / "matcher" / "constants.json"
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

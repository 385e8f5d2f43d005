#!/usr/bin/env python3
"""Fit the constants of the matcher's confidence on sets of FAQs and labelled messages.

    python scripts/fit_calibration.py --data DIR [--write]

DIR holds one folder for each set, with

    kb_*.jsonl             {"faq_id", "question", "alternatives": [...], "keywords": [...], "language"}
    queries*.jsonl         {"text", "faq_id" (null = nothing answers it), "language", "kind"}

`kind` is `oos_far` or `oos_chitchat` where a message is about something else altogether; it is only reported.

Every library is used as it is and cut down to its question only and to question + 2, because real
libraries come in all shapes. All cells (library × file of messages) weigh the same. The report is
leave-one-set-out: each set is judged by constants fitted on the others; and it says what each part
of the evidence brings. `--write` stores the constants fitted on all sets in
bot/matcher/constants.json. Takes some minutes.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.matcher import Matcher  # noqa: E402
from bot.matcher.calibration import Constants, confidences, constants_of  # noqa: E402
from bot.matcher.evaluation import entry  # noqa: E402
from bot.matcher.evidence import EVIDENCE  # noqa: E402

MAX_WRONG = 0.05
CUTS = (0, 2)  # alternatives kept in the cut-down libraries
# The runner-up is fitted too: it says what a candidate behind another one is worth.
CANDIDATES = 2
TREES = {
    "max_iter": 150,
    "max_leaf_nodes": 8,
    "learning_rate": 0.05,
    "min_samples_leaf": 60,
    "l2_regularization": 5.0,
    "early_stopping": False,
    "random_state": 0,
}
FAR = ("oos_far", "oos_chitchat")
# What the ablation leaves out, each in turn.
PARTS = {
    "meaning of words": ("meaning", "met", "unmet", "answered"),
    "word by word": ("met", "unmet", "worst_unmet", "least_met", "met_nearest", "answered_nearest"),
    "separate kernels": ("lexical", "chars", "words", "meaning"),
    "nearest phrasing": ("nearest_",),
    "shape of the library": ("faqs", "phrasings", "own_phrasings"),
    "unknown words": ("known", "unknown", "strangeness", "repaired"),
}
Floats = NDArray[np.float64]


class Cell(NamedTuple):
    """One library and one file of messages."""

    group: str  # the set
    name: str
    judged: bool  # a library as it is; cut-down ones only train
    inputs: Floats  # (messages, CANDIDATES, evidence), best FAQ first
    right: Floats  # (messages, CANDIDATES) 1 where that FAQ is the right one
    answerable: Floats  # (messages,)
    far: Floats  # (messages,) 1 for another domain and chit-chat


def lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def cells(data: Path) -> Iterator[Cell]:
    for folder in sorted(path.parent for path in data.glob("*/queries.jsonl")):
        print(f"reading {folder.name}", file=sys.stderr, flush=True)
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
    inputs, right, answerable, far = [], [], [], []
    for query in queries:
        faqs, facts = matcher.evidence(query["text"], CANDIDATES)
        if len(faqs) == CANDIDATES:
            inputs.append(facts)
            right.append([float(faq == query["faq_id"]) for faq in faqs])
            answerable.append(float(query["faq_id"] is not None))
            far.append(float(query.get("kind") in FAR))
    return Cell(group, name, judged, *(np.array(one) for one in (inputs, right, answerable, far)))


def fit(training: Sequence[Cell], left_out: Sequence[str] = ()) -> dict[str, Any]:
    """The constants as they are stored. Evidence in `left_out` is not looked at."""
    inputs = np.concatenate([one.inputs for one in training]).reshape(-1, len(EVIDENCE))
    right = np.concatenate([one.right.ravel() for one in training])
    weight = np.concatenate([np.full(one.right.size, 1 / len(one.right)) for one in training])
    weight /= weight.mean()
    low, high = np.quantile(inputs, [0.002, 0.998], axis=0)
    looked = np.array([name not in left_out for name in EVIDENCE])
    inputs = np.where(looked, np.clip(inputs, low, high), 0)
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    logistic = LogisticRegression(C=0.3, max_iter=1000)
    logistic.fit((inputs - mean) / spread, right, sample_weight=weight)
    trees = HistGradientBoostingClassifier(**TREES).fit(inputs, right, sample_weight=weight)
    weights = np.where(looked, logistic.coef_[0] / spread, 0)
    rows = zip(EVIDENCE, weights, low, high, strict=True)
    return {
        "bias": round(float(logistic.intercept_[0] - weights @ mean), 6),
        "features": {
            name: {"weight": round(weight, 6), "low": round(low, 6), "high": round(high, 6)}
            for name, weight, low, high in rows
        },
        "trees": [nodes(tree) for (tree,) in trees._predictors],
        "trees_bias": round(float(trees._baseline_prediction[0, 0]), 6),
    }


def nodes(tree: Any) -> list[list[float]]:
    """[feature, threshold, left, right] of each node, [value] of each leaf."""
    return [
        [round(float(node["value"]), 6)]
        if node["is_leaf"]
        else [
            int(node["feature_idx"]),
            round(float(node["num_threshold"]), 6),
            int(node["left"]),
            int(node["right"]),
        ]
        for node in tree.nodes
    ]


def threshold(judged: Sequence[tuple[Floats, Floats]]) -> float:
    """The lowest confidence at which the mean share of wrong answers is within the limit."""
    rows = sorted(
        (-score, (1 - good) / len(scores) / len(judged))
        for scores, right in judged
        for score, good in zip(scores, right, strict=True)
    )
    wrong, lowest = 0.0, 1.0
    for score, share in rows:
        wrong += share
        if wrong > MAX_WRONG:
            break
        lowest = -score
    return lowest


def report(title: str, scored: Sequence[tuple[Cell, Floats]]) -> None:
    limit = threshold([(scores, best(one)) for one, scores in scored])
    right = [float(((scores >= limit) * best(one)).mean()) for one, scores in scored]
    wrong = [float(((scores >= limit) * (1 - best(one))).mean()) for one, scores in scored]
    own = []
    for one, scores in scored:
        limit_here = threshold([(scores, best(one))])
        own.append(float(((scores >= limit_here) * best(one)).mean()))
    top = [best(one)[one.answerable > 0].mean() for one, _ in scored]
    scope = [roc_auc_score(one.answerable, scores) for one, scores in scored]
    good = [roc_auc_score(best(one), scores) for one, scores in scored]
    distant = [scores[one.far > 0] >= limit for one, scores in scored if one.far.any()]
    answered = float(np.mean([one.mean() for one in distant])) if distant else 0.0
    print(
        f"{title:<34} top-1 {100 * np.mean(top):.1f}  AUROC {np.mean(scope):.3f} {np.mean(good):.3f}  "
        f"right {100 * np.mean(right):.1f}  wrong {100 * np.mean(wrong):.1f}  "
        f"worst cell {100 * max(wrong):.1f}  r@5 {100 * np.mean(own):.1f}  far {100 * answered:.1f}  threshold {limit:.3f}",
        flush=True,
    )


def best(one: Cell) -> Floats:
    """(messages,) 1 where the first candidate is the right one."""
    return one.right[:, 0]


def calibration_table(scored: Sequence[tuple[Cell, Floats]]) -> None:
    scores = np.concatenate([part for _, part in scored])
    right = np.concatenate([best(one) for one, _ in scored])
    for low in np.arange(0, 1, 0.1):
        inside = (scores >= low) & (scores < low + 0.1)
        if inside.any():
            print(
                f"  said {low:.1f}–{low + 0.1:.1f}: right {right[inside].mean():.2f} of {inside.sum()}"
            )


def left_out_scores(
    everything: Sequence[Cell], judge: Callable[[Sequence[Cell]], Callable[[Floats], Floats]]
) -> list[tuple[Cell, Floats]]:
    """Each judged cell with the confidences of a judge fitted on the other sets."""
    found = []
    for group in sorted({one.group for one in everything}):
        scores = judge([one for one in everything if one.group != group])
        found += [
            (one, scores(one.inputs[:, 0]))
            for one in everything
            if one.group == group and one.judged
        ]
    return found


def judge(
    without: Sequence[str] = (), only: str = ""
) -> Callable[[Sequence[Cell]], Callable[[Floats], Floats]]:
    def fitted(training: Sequence[Cell]) -> Callable[[Floats], Floats]:
        constants = constants_of(fit(training, without))
        if only:
            return lambda inputs: alone(constants, inputs, only)
        return lambda inputs: confidences(inputs, constants)

    return fitted


def alone(constants: Constants, inputs: Floats, which: str) -> Floats:
    """The log odds of one of the two judges."""
    clamped = np.clip(inputs, constants.low, constants.high)
    if which == "trees":
        return constants.trees.log_odds(clamped)
    found: Floats = clamped @ constants.weights + constants.bias
    return found


def plain(_training: Sequence[Cell]) -> Callable[[Floats], Floats]:
    """Nothing fitted: the score as it is."""
    column = EVIDENCE.index("score")
    return lambda inputs: inputs[:, column]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="store the constants")
    parser.add_argument("--ablation", action="store_true", help="say what each part brings")
    options = parser.parse_args()
    everything = list(cells(options.data))
    report("plain score, nothing fitted", left_out_scores(everything, plain))
    left_out = left_out_scores(everything, judge())
    report("leave one set out", left_out)
    calibration_table(left_out)
    if options.ablation:
        report("  logistic alone", left_out_scores(everything, judge(only="logistic")))
        report("  trees alone", left_out_scores(everything, judge(only="trees")))
        for part, names in PARTS.items():
            without = [e for e in EVIDENCE if e.startswith(names)]
            report(f"  without {part}", left_out_scores(everything, judge(without)))
    content = fit(everything)
    constants = constants_of(content)
    judged = [(one, confidences(one.inputs[:, 0], constants)) for one in everything if one.judged]
    report("fitted on all", judged)
    if options.write:
        groups = sorted({one.group for one in everything})
        path = ROOT / "bot" / "matcher" / "constants.json"
        path.write_text(json.dumps({"fitted_on": groups, **content}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

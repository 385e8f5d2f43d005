#!/usr/bin/env python3
"""The matcher's speed beside rapidfuzz, TF-IDF and BM25, in one run, on made-up phrasings.

    python scripts/bench_matcher.py [--sizes 1000,10000,100000] [--messages 400]

One thread, CPU time. Every contender works in a process of its own: `memory` is by how much that
grew with the index and the answers. The matcher's time is the whole decision: folding, repair,
scores of all FAQs and calibrated confidences of the best five; a peer folds the message and finds
its best phrasing. `x p50` is a peer's median divided by the matcher's: above 1 the matcher is
faster. Slow peers are asked fewer messages. Needs Linux.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SIZES = "1000,10000,100000"
# As the contender's script calls them, and as they are printed; the matcher is the measure.
CONTENDERS = {
    "matcher": "matcher",
    "wratio": "rapidfuzz WRatio",
    "token_sort_ratio": "rapidfuzz token_sort",
    "tfidf": "TF-IDF, scikit-learn",
    "bm25": "bm25s",
}
_STARTED_AT = 10_000  # phrasings of the library a process is started with


class Figures(NamedTuple):
    """What one contender took, CPU time."""

    built: float  # seconds
    memory: float  # MB the process grew by
    p50: float  # ms for one message
    p99: float
    messages: int  # that were asked


def bench(size: int, count: int, names: Sequence[str] = tuple(CONTENDERS)) -> None:
    found = {name: Figures(**_child("matcher_contender", name, size, count)) for name in names}
    print(f"{size} phrasings")
    print("\n".join(table(found)), flush=True)


def table(found: Mapping[str, Figures]) -> list[str]:
    ours = found["matcher"]
    head = f"  {'':<21}{'build':>9}{'memory':>10}{'p50':>11}{'p99':>11}"
    lines = [f"{head}{'x build':>9}{'x p50':>7}{'x p99':>7}{'messages':>10}"]
    for name, one in found.items():
        ratios = one.built / ours.built, one.p50 / ours.p50, one.p99 / ours.p99
        lines.append(
            f"  {CONTENDERS[name]:<21}{one.built:7.2f} s{one.memory:7.0f} MB"
            f"{one.p50:8.2f} ms{one.p99:8.2f} ms"
            f"{ratios[0]:9.2f}{ratios[1]:7.2f}{ratios[2]:7.2f}{one.messages:10}"
        )
    return lines


def start(size: int) -> None:
    """Print what a process needs from its start to its first answer, the index being stored."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "index")
        _child("matcher_start", "store", size, file)
        found = _child("matcher_start", "load", size, file)
    print(
        f"  a process with the stored index ({found['stored']:.1f} MB): first answer after"
        f" {found['started']:.2f} s, {found['imported']:.2f} s of it Python and imports",
        flush=True,
    )


def _child(module: str, *arguments: object) -> dict[str, float]:
    """What a script of its own process prints, one JSON object."""
    done = subprocess.run(
        [sys.executable, "-m", f"scripts.benchmarks.{module}", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **_ONE_THREAD},
        check=True,
        stdout=subprocess.PIPE,
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sizes", default=SIZES, help="phrasings, comma-separated")
    parser.add_argument("--messages", type=int, default=400)
    options = parser.parse_args()
    for size in map(int, options.sizes.split(",")):
        bench(size, options.messages)
        if size == _STARTED_AT:
            start(size)


if __name__ == "__main__":
    main()

"""One contender of scripts/bench_matcher.py in a process of its own. Prints its figures as JSON.

python -m scripts.benchmarks.matcher_contender NAME PHRASINGS MESSAGES
"""

import gc
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.matcher import Matcher
from bot.matcher.folding import fold
from bot.types import Faq
from scripts import baseline_matchers
from scripts.benchmarks.made_up_library import library, messages

_SECONDS = 6.0  # of asking, at most
_WARM = 10  # messages that are not counted
_LEAST = 20  # messages, however slow
_PEERS = {
    "wratio": baseline_matchers.best_by_wratio,
    "token_sort_ratio": baseline_matchers.best_by_token_sort_ratio,
    "tfidf": baseline_matchers.best_by_tfidf,
    "bm25": baseline_matchers.best_by_bm25,
}
Ask = Callable[[str], object]


def measured(name: str, size: int, count: int) -> dict[str, float]:
    rng = random.Random(size)  # noqa: S311 — reproducible, not secret
    faqs = library(rng, size)
    asked = messages(rng, faqs, count)
    gc.collect()
    before = _resident()
    started = time.process_time()
    ask = _built(name, faqs)
    built = time.process_time() - started
    taken = _timed(ask, asked)
    gc.collect()
    return {
        "built": built,
        "memory": _resident() - before,
        "p50": taken[len(taken) // 2],
        "p99": taken[int(len(taken) * 0.99)],
        "messages": len(taken),
    }


def _built(name: str, faqs: Sequence[Faq]) -> Ask:
    if name == "matcher":
        return Matcher.build(faqs).rank
    phrasings = [fold(text) for faq in faqs for text in (faq.question, *faq.alternatives)]
    best = _PEERS[name](phrasings)
    return lambda text: best(fold(text))


def _timed(ask: Ask, asked: Sequence[str]) -> list[float]:
    """CPU milliseconds of each message, ascending."""
    for message in asked[:_WARM]:
        ask(message)
    taken: list[float] = []
    ends = time.monotonic() + _SECONDS
    for message in asked:
        if len(taken) >= _LEAST and time.monotonic() > ends:
            break
        started = time.process_time()
        ask(message)
        taken.append((time.process_time() - started) * 1000)
    return sorted(taken)


def _resident() -> float:
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))

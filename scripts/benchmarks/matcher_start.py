"""Start of a process from the stored index, for scripts/bench_matcher.py. Prints JSON.

python -m scripts.benchmarks.matcher_start {store,load} PHRASINGS FILE
"""

import json
import random
import sys
import time
from pathlib import Path

from bot.matcher import Matcher
from bot.matcher.storing import restored, stored
from scripts.benchmarks.made_up_library import library, messages


def store(size: int, file: Path) -> dict[str, float]:
    file.write_bytes(stored(Matcher.build(library(_random(size), size))))
    return {}


def load(size: int, file: Path) -> dict[str, float]:
    """CPU seconds from the start of this process to its first answer, without making FAQs up."""
    imported = time.process_time()
    rng = _random(size)
    faqs = library(rng, size)
    message = messages(rng, faqs, 1)[0]
    began = time.process_time()
    restored(faqs, file.read_bytes()).rank(message)
    return {
        "stored": file.stat().st_size / 1e6,
        "imported": imported,
        "started": imported + time.process_time() - began,
    }


def _random(size: int) -> random.Random:
    return random.Random(size)  # noqa: S311 — reproducible, not secret


if __name__ == "__main__":
    does = {"store": store, "load": load}[sys.argv[1]]
    print(json.dumps(does(int(sys.argv[2]), Path(sys.argv[3]))))

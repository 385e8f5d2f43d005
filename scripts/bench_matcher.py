#!/usr/bin/env python3
"""The matcher's speed beside rapidfuzz's `extractOne`, in one run, on made-up phrasings.

    python scripts/bench_matcher.py [--sizes 1000,10000] [--messages 200]

One thread, CPU time. A ratio is the peer's median time divided by the matcher's: above 1 the
matcher is faster. The peers rank folded phrasings without any confidence; the matcher's time is
the whole answer: folding, repair, scores of all FAQs and calibrated confidences of the best five.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before numpy is loaded
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rapidfuzz import fuzz, process  # noqa: E402

from bot.matcher import Matcher  # noqa: E402
from bot.matcher.folding import fold  # noqa: E402
from bot.types import Faq  # noqa: E402

PHRASINGS_PER_FAQ = 6
_FRAMES = (
    "como faço para {verb} {thing} {detail}", "quero {verb} {thing} {detail}",
    "posso {verb} {thing} {detail}?", "não consigo {verb} {thing} {detail}",
    "quanto custa {verb} {thing} {detail}", "onde {verb} {thing} {detail}",
    "how do I {verb} {thing} {detail}?", "I need to {verb} {thing} {detail}",
)  # fmt: skip
_SYLLABLES = [c + v for c in "bcdfglmnprstv" for v in ("a", "e", "i", "o", "u", "ar", "en", "os")]


def made_up(rng: random.Random, syllables: int) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(syllables))


def library(rng: random.Random, phrasings: int) -> list[Faq]:
    """FAQs whose phrasings share a verb and a thing of the FAQ's own, in different frames."""
    verbs = [made_up(rng, 2) for _ in range(40)]
    things = [made_up(rng, 3) for _ in range(max(phrasings // 12, 20))]
    details = [made_up(rng, 2) for _ in range(300)]
    faqs = []
    for number in range(phrasings // PHRASINGS_PER_FAQ):
        verb, thing = rng.choice(verbs), rng.choice(things)
        texts = [
            frame.format(verb=verb, thing=thing, detail=rng.choice(details))
            for frame in rng.sample(_FRAMES, PHRASINGS_PER_FAQ)
        ]
        faqs.append(Faq(str(number), texts[0], "", "pt-br", tuple(texts[1:])))
    return faqs


def misspelt(rng: random.Random, text: str) -> str:
    """With a letter dropped and one word left out: nobody types a phrasing as it is published."""
    words = text.split()
    words.pop(rng.randrange(len(words)))
    at = rng.randrange(len(words))
    cut = rng.randrange(len(words[at]))
    words[at] = words[at][:cut] + words[at][cut + 1 :] or words[at]
    return " ".join(words)


def timed(ask: Callable[[str], object], messages: Sequence[str]) -> tuple[float, float]:
    """(p50, p99) in milliseconds."""
    for message in messages[:10]:
        ask(message)
    taken = []
    for message in messages:
        started = time.thread_time()
        ask(message)
        taken.append((time.thread_time() - started) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99)]


def bench(phrasings: int, count: int) -> None:
    rng = random.Random(phrasings)  # noqa: S311 — reproducible, not secret
    faqs = library(rng, phrasings)
    published = [text for faq in faqs for text in (faq.question, *faq.alternatives)]
    messages = [misspelt(rng, rng.choice(published)) for _ in range(count)]
    started = time.thread_time()
    matcher = Matcher.build(faqs)
    built = time.thread_time() - started
    choices = [fold(text) for text in published]
    ours = timed(matcher.rank, messages)
    print(f"{len(published)} phrasings, {len(faqs)} FAQs, built in {built:.2f} s")
    print(f"  {'matcher':<18} p50 {ours[0]:7.2f} ms   p99 {ours[1]:7.2f} ms")
    for scorer in (fuzz.WRatio, fuzz.token_sort_ratio):

        def ask(text: str, scorer: Callable[..., float] = scorer) -> object:
            return process.extractOne(fold(text), choices, scorer=scorer)

        p50, p99 = timed(ask, messages)
        print(
            f"  {scorer.__name__:<18} p50 {p50:7.2f} ms   p99 {p99:7.2f} ms   ratio {p50 / ours[0]:.1f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sizes", default="1000,10000", help="phrasings, comma-separated")
    parser.add_argument("--messages", type=int, default=200)
    options = parser.parse_args()
    for size in options.sizes.split(","):
        bench(int(size), options.messages)


if __name__ == "__main__":
    main()

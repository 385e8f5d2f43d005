"""Plain rapidfuzz behind the interface of an FAQ evaluator, to compare the matcher with.

    evaluate.py --matcher scripts.baseline_matchers:token_sort_ratio --data DIR

The confidence is rapidfuzz's score of the best phrasing, both sides folded by the matcher's own
`fold`: the comparison is about scoring, not about accents.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rapidfuzz import fuzz, process

from bot.matcher.folding import fold

Match = Callable[[str], tuple[str | None, float]]


def token_sort_ratio(kb: Iterable[Mapping[str, Any]]) -> Match:
    return _matcher(kb, fuzz.token_sort_ratio)


def wratio(kb: Iterable[Mapping[str, Any]]) -> Match:
    return _matcher(kb, fuzz.WRatio)


def _matcher(kb: Iterable[Mapping[str, Any]], scorer: Callable[..., float]) -> Match:
    phrasings = [
        (fold(text), line["faq_id"])
        for line in kb
        for text in (line["question"], *line["alternatives"])
    ]
    choices = [text for text, _ in phrasings]

    def match(text: str) -> tuple[str | None, float]:
        found = process.extractOne(fold(text), choices, scorer=scorer)
        return (phrasings[found[2]][1], found[1] / 100) if found else (None, 0.0)

    return match

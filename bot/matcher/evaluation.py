"""The product's matcher behind the interface of an FAQ evaluator. Needs no Django settings."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.matcher.matcher import Matcher
from bot.types import Faq

Match = Callable[[str], tuple[str | None, float]]


def make_matcher(kb: Iterable[Mapping[str, Any]]) -> Match:
    """`kb` lines hold faq_id, question, alternatives, keywords, language."""
    matcher = Matcher.build(entry(line) for line in kb)

    def match(text: str) -> tuple[str | None, float]:
        ranked = matcher.rank(text, limit=1)
        return (ranked[0].faq, ranked[0].score) if ranked else (None, 0.0)

    return match


def entry(line: Mapping[str, Any]) -> Faq:
    return Faq(
        id=str(line["faq_id"]),
        question=line["question"],
        answer="",
        language=str(line.get("language", "")).lower(),
        alternatives=tuple(line.get("alternatives", ())),
        keywords=tuple(line.get("keywords", ())),
    )

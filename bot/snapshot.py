"""A published snapshot as JSON, and compiled into the Knowledge a process answers from. No database."""

import functools
import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from bot import hours, rules, texts
from bot.language import LANGUAGES
from bot.matcher.matcher import Matcher
from bot.types import (
    Bands,
    Candidate,
    Explanation,
    Faq,
    FaqButton,
    Knowledge,
    Rule,
    RuleButton,
    Settings,
)

logger = logging.getLogger(__name__)

FORMAT = 2
_READABLE = (1, 2)  # what 1 has not, 2 has with a default
CANDIDATES = 5  # that are ranked for a message
_REMEMBERED = 1024  # answers kept in the process, in front of the shared cache

Rank = Callable[[str, str, str], Sequence[Candidate]]


class Unreadable(ValueError):
    """The content is not a snapshot of this release."""


def content_of(
    faqs: Iterable[Faq], rules: Iterable[Rule], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What is stored and cached. `settings` are BotSettings' fields as JSON."""
    return {
        "format": FORMAT,
        "faqs": [_plain(faq) for faq in faqs],
        "rules": [_plain(rule) for rule in rules],
        "settings": dict(settings),
    }


def _plain(item: Faq | Rule) -> dict[str, Any]:
    return {**asdict(item), "channels": sorted(item.channels)}


def faqs_of(content: Mapping[str, Any]) -> list[Faq]:
    """The FAQs a content holds. Raises KeyError, TypeError."""
    return [_faq(row) for row in content["faqs"]]


def digest_of(content: Mapping[str, Any]) -> str:
    """A hash of the content, the same on every machine."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def settings_of(raw: Mapping[str, Any]) -> Settings:
    """Settings from BotSettings' fields. Raises ValueError, KeyError or TypeError."""
    general = Bands(
        float(raw["accept"]),
        float(raw["suggest"]),
        float(raw["margin"]),
        int(raw["min_informative"]),
    )
    ZoneInfo(raw["time_zone"])
    return Settings(
        bands=general,
        language_bands={
            language: general._replace(**own)
            for language, own in raw["bands"].items()
            if language in LANGUAGES
        },
        misses_before_escalation=int(raw["misses_before_escalation"]),
        default_language=raw["default_language"],
        texts=texts.with_overrides(raw["texts"]),
        hours=hours.parse(raw["opening_hours"]),
        time_zone=raw["time_zone"],
        feedback=bool(raw.get("feedback", False)),
    )


def compiled(
    version: int,
    content: Any,
    through: Callable[[Rank], Rank] = lambda rank: rank,
    index: Callable[[Sequence[Faq]], Matcher] = Matcher.build,
) -> Knowledge:
    """The Knowledge of a snapshot. `through` may put a shared cache before the ranking, `index` may
    know the matcher already.

    Raises Unreadable. A rule whose pattern cannot be used any more is left out, with an error in
    the log, rather than taking the bot down.
    """
    try:
        if content["format"] not in _READABLE:
            raise Unreadable(f"format {content['format']!r}")
        faqs = {row["id"]: _faq(row) for row in content["faqs"]}
        settings = settings_of(content["settings"])
        book = rules.Book(_usable([_rule(row) for row in content["rules"]]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(str(error)) from error
    matcher = index(list(faqs.values()))
    allowed = functools.lru_cache(maxsize=256)(functools.partial(_allowed, faqs))

    def rank(text: str, language: str, channel: str) -> Sequence[Candidate]:
        return matcher.rank(text, limit=CANDIDATES, language=language, allowed=allowed(channel))

    def exact(text: str, language: str, channel: str) -> str | None:
        return matcher.exact(text, language=language, allowed=allowed(channel))

    def explain(text: str, language: str, channel: str) -> Explanation:
        return matcher.explain(text, CANDIDATES, language, allowed(channel))

    return Knowledge(
        version=version,
        settings=settings,
        faqs=faqs,
        rank=functools.lru_cache(maxsize=_REMEMBERED)(through(rank)),
        exact=exact,
        explain=explain,
        rules=book,
    )


def _allowed(faqs: Mapping[str, Faq], channel: str) -> frozenset[str] | None:
    """The FAQs for a channel; None for all."""
    if not any(faq.channels for faq in faqs.values()):
        return None
    return frozenset(faq.id for faq in faqs.values() if not faq.channels or channel in faq.channels)


def _faq(row: Mapping[str, Any]) -> Faq:
    return Faq(
        **{
            **row,
            "alternatives": tuple(row["alternatives"]),
            "keywords": tuple(row["keywords"]),
            "channels": frozenset(row["channels"]),
            "buttons": tuple(FaqButton(**button) for button in row.get("buttons", ())),
            "attachments": tuple(row.get("attachments", ())),
        }
    )


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        **{
            **row,
            "buttons": tuple(RuleButton(**button) for button in row["buttons"]),
            "tags": tuple(row["tags"]),
            "channels": frozenset(row["channels"]),
        }
    )


def _usable(found: Sequence[Rule]) -> list[Rule]:
    usable = []
    for rule in found:
        try:
            rules.check_pattern(rule.trigger, rule.pattern)
        except rules.BadPattern:
            logger.exception("rule %s is left out: its pattern cannot be used", rule.id)
        else:
            usable.append(rule)
    return usable

"""The knowledge base of an invented online shop, to try the bot with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.models import FAQ
from bot.services import changes, create_faq
from bot.types import Faq

_FILE = Path(__file__).with_name("faqs.yaml")


def faqs() -> Iterator[dict[str, Any]]:
    """The demo FAQs as the fields of `bot.services.create_faq`, one for each topic and language."""
    for topic in yaml.safe_load(_FILE.read_text(encoding="utf-8")):
        for language in ("pt-br", "en"):
            yield {"category": topic["category"], "language": language, **topic[language]}


def library() -> list[Faq]:
    """The demo FAQs as a matcher takes them, without a database; their ids count from 0."""
    return [
        Faq(
            id=str(number),
            question=row["question"],
            answer=row["answer"],
            language=row["language"],
            alternatives=tuple(row.get("alternatives", ())),
            keywords=tuple(row.get("keywords", ())),
            category=row["category"],
        )
        for number, row in enumerate(faqs())
    ]


def load() -> int:
    """Create the demo FAQs that are not there yet and publish them; how many were created.

    A FAQ counts as there when one asks the same question in the same language, so loading twice
    changes nothing, and neither do edited answers.
    """
    with changes(note="demo"):
        there = set(FAQ.objects.values_list("language", "question"))
        missing = [
            fields for fields in faqs() if (fields["language"], fields["question"]) not in there
        ]
        for fields in missing:
            create_faq(**fields)
    return len(missing)

"""`manage.py ask "onde está meu pedido?"`: what would the bot say?"""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from bot import services
from bot.types import TimedDecision
from messaging.models import Channel


class Command(BaseCommand):
    """A dry run of the bot: decision, deciding step, ranked candidates, time. Stores nothing."""

    help = "Ask the bot something without storing anything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", help="what the customer writes")
        parser.add_argument("--channel", default="", metavar="ID", help="id of a channel")
        parser.add_argument("--language", default="", help="the contact's language, e.g. pt-br")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        _check_channel(options["channel"])
        timed = services.match(options["text"], options["language"], options["channel"])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(timed), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(timed)))


def _check_channel(pk: str) -> None:
    try:
        known = not pk or Channel.connected.filter(pk=UUID(pk)).exists()
    except ValueError:
        known = False
    if not known:
        raise CommandError("there is no such channel")


def as_json(timed: TimedDecision) -> dict[str, Any]:
    """The decision in the shape scripts rely on."""
    made = timed.decision
    return {
        "decision": made.action,
        "step": made.step,
        "reply": made.text,
        "faq": made.faq,
        "score": made.score,
        "candidates": [candidate._asdict() for candidate in made.candidates],
        "ms": round(timed.ms, 3),
    }


def _lines(timed: TimedDecision) -> list[str]:
    made = timed.decision
    reason = f" ({made.reason})" if made.reason else ""
    lines = [f"{made.action} by {made.step}{reason}, {timed.ms:.1f} ms"]
    lines += [f"  {line}" for line in made.text.splitlines()]
    lines += [f"  [{button.title}]" for button in made.buttons]
    if made.candidates:
        lines.append("candidates:")
        lines += [f"  {c.score:.3f}  {c.phrasing}  ({c.faq})" for c in made.candidates]
    return lines

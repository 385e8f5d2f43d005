"""`manage.py ask "onde está meu pedido?"`: what would the bot say?"""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from bot import services
from bot.services import Tried
from bot.types import Explained
from messaging.matching import as_json
from messaging.medium import medium_at
from messaging.models import Channel


class Command(BaseCommand):
    """A dry run of the bot: the decision, the steps before it, the candidates and the words that
    counted for and against them. Stores nothing.
    """

    help = "Ask the bot something without storing anything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", help="what the customer writes")
        parser.add_argument("--channel", default="", metavar="ID", help="id of a channel")
        parser.add_argument("--language", default="", help="the contact's language, e.g. pt-br")
        parser.add_argument("--drafts", action="store_true", help="ask what is not published yet")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        _check_channel(options["channel"])
        tried = services.match(
            options["text"],
            options["language"],
            options["channel"],
            drafts=options["drafts"],
            medium=medium_at(options["channel"]),
        )
        if options["json"]:
            self.stdout.write(json.dumps(as_json(tried), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(tried)))


def _check_channel(pk: str) -> None:
    try:
        known = not pk or Channel.connected.filter(pk=UUID(pk)).exists()
    except ValueError:
        known = False
    if not known:
        raise CommandError("there is no such channel")


def _lines(tried: Tried) -> list[str]:
    made, why, bands = tried.decision, tried.explanation, tried.bands
    reason = f" ({made.reason})" if made.reason else ""
    lines = [f"{made.action} by {made.step}{reason}, {tried.timed.ms:.1f} ms"]
    lines += [f"  {line}" for line in made.text.splitlines()]
    lines += [f"  [{button.title}]" for button in made.buttons]
    lines.append(f"passed: {', '.join(tried.timed.passed) or '–'}")
    lines.append(f"read: {why.read or '–'}")
    lines += [f"  {written} → {read}" for written, read in why.repairs]
    lines.append(
        f"bands: accept {bands.accept:.2f}, suggest {bands.suggest:.2f}, margin {bands.margin:.2f}"
    )
    if why.candidates:
        lines.append("candidates:")
    for found in why.candidates:
        lines.append(f"  {found.score:.3f}  {found.phrasing}  ({found.faq})")
        lines.append(f"         {_pieces(found)}")
    return lines


def _pieces(found: Explained) -> str:
    """The words with their weights; "order←oder" where a word was met as another one."""
    return "  ".join(
        f"{piece.met}←{piece.text} {piece.weight:+.1f}"
        if piece.met and piece.met != piece.text
        else f"{piece.text} {piece.weight:+.1f}"
        for piece in found.pieces
    )

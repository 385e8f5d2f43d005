"""Checks of the library as it would be published: asked for by whoever looks, kept for the next.

A small library is checked at once. A larger one is checked by a background process, which writes how
far it is into the row of the check; whoever asks again meanwhile sees that.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot import checking, snapshot
from bot.checking import Finding, Limit, Report
from bot.models import LibraryCheck
from bot.services.publishing import unpublished

AT_ONCE = 1_000  # phrasings that are checked while somebody waits
KEPT = 20  # checks
_TOLD_EVERY = 0.5  # seconds, how far a run is

Limits = Mapping[str, Limit]  # by channel id
Alive = Callable[[], bool]  # whether a run may go on


def check(limits: Limits) -> LibraryCheck:
    """The check of what would be published now: done, or asked for if it takes long."""
    content = unpublished()
    row, created = LibraryCheck.objects.get_or_create(digest=_digest(content, limits))
    if row.report is None and _phrasings(content) <= AT_ONCE:
        _run(row, content, limits)
    elif created:
        _forget_old()
    return row


def report_of(row: LibraryCheck) -> Report | None:
    """What a check found; None while it is not done."""
    return None if row.report is None else checking.from_json(row.report)


def has_work() -> bool:
    """Whether a check was asked for that is not done."""
    return LibraryCheck.objects.filter(report__isnull=True).exists()


def run_waiting(limits: Limits, alive: Alive = lambda: True) -> bool:
    """Do the check that was asked for last; False when there is none.

    Checks of what is not the library any more are forgotten. `alive` is asked now and then; when
    it says no, the run is over without a result. One process at a time may do this.
    """
    waiting = LibraryCheck.objects.filter(report__isnull=True)
    if not waiting.exists():
        return False
    content = unpublished()
    waiting.exclude(digest=_digest(content, limits)).delete()
    row = waiting.first()
    if row is None:
        return False
    _run(row, content, limits, alive)
    return True


def sentence(finding: Finding, question: Callable[[str], str]) -> str:
    """What a finding says, for people. `question` gives the question of a FAQ's id."""
    values = {
        "faq": question(finding.faqs[0]),
        "other": question(finding.faqs[-1]),
        "phrasings": " · ".join(finding.phrasings),
        "channel": finding.channel,
        "number": finding.number,
    }
    return _sentence(finding) % values


def _sentence(finding: Finding) -> str:
    match finding.kind:
        case "empty_answer":
            return _("“%(faq)s” has no answer, or an empty one.")
        case "duplicate":
            return _("“%(faq)s” and “%(other)s” have the same phrasing: %(phrasings)s")
        case "stolen":
            return ngettext(
                "“%(other)s” takes a phrasing of “%(faq)s”: %(phrasings)s",
                "“%(other)s” takes %(number)d phrasings of “%(faq)s”: %(phrasings)s",
                finding.number,
            )
        case "near_duplicate":
            return _("“%(faq)s” and “%(other)s” have nearly the same phrasings: %(phrasings)s")
        case "dead_button":
            return _("“%(faq)s” has buttons that lead to no published FAQ: %(phrasings)s")
        case "channel_length":
            return _("On %(channel)s the answer of “%(faq)s” goes out as %(number)d messages.")
        case "long_answer":
            return _("The answer of “%(faq)s” has %(number)d characters: long for a chat.")
        case "same_answer":
            return _("“%(faq)s” and “%(other)s” give the same answer: they may be one FAQ.")
        case "lonely":
            return _("“%(faq)s” has one phrasing only: it cannot be tested.")


def _run(
    row: LibraryCheck, content: Mapping[str, Any], limits: Limits, alive: Alive = lambda: True
) -> None:
    told = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told < _TOLD_EVERY:
            return
        told = time.monotonic()
        row.done, row.total = done, total
        there = LibraryCheck.objects.filter(pk=row.pk).update(done=done, total=total)
        if not there or not alive():
            raise _Over

    try:
        report = checking.check(snapshot.faqs_of(content), limits, progress)
    except _Over:
        return
    row.report = checking.as_json(report)
    row.done = row.total
    row.save()
    _forget_old()


class _Over(Exception):
    """Nobody waits for this run any more, or somebody else does it now."""


def _digest(content: Mapping[str, Any], limits: Limits) -> str:
    """Names what is checked: the FAQs and what the channels take."""
    taken = [(pk, limit.name, limit.kind, limit.longest) for pk, limit in sorted(limits.items())]
    canonical = json.dumps([content["faqs"], taken], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _phrasings(content: Mapping[str, Any]) -> int:
    return sum(1 + len(row["alternatives"]) for row in content["faqs"])


def _forget_old() -> None:
    kept = LibraryCheck.objects.order_by("-asked_at").values_list("pk", flat=True)[:KEPT]
    LibraryCheck.objects.exclude(pk__in=list(kept)).delete()

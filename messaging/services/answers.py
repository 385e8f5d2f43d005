"""What an answer names outside the bot's knowledge: files and channels."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

import bot.services
from bot.models import FAQ
from bot.services import Report
from channels.registry import CHANNELS
from messaging.models import Channel
from messaging.services.attachments import uploads
from messaging.services.errors import Invalid


def check(given: Mapping[str, Any], before: FAQ | None = None) -> None:
    """Raise Invalid when the fields of a FAQ name a file or a channel that does not exist.

    A channel that the FAQ named `before` may be gone by now: that keeps nobody from changing the FAQ.
    """
    wrong = {}
    ids = {str(pk) for pk in given.get("attachments", ())}
    if len(uploads(ids)) != len(ids):
        wrong["attachments"] = _("There is no such file.")
    named = set(map(str, given.get("overrides", ()))) - set(CHANNELS)
    if not named <= set(before.overrides if before else ()) | _connected(named):
        wrong["overrides"] = _("There is no such channel and no such kind.")
    if wrong:
        raise Invalid(wrong)


def import_faqs(rows: Sequence[Mapping[str, Any]], **options: Any) -> Report:
    """`bot.services.import_faqs`; rows that name a file or channel which is not here are rejected."""
    return bot.services.import_faqs(rows, check=_row_check, **options)


def _row_check(fields: Mapping[str, Any], before: FAQ | None) -> None:
    try:
        check(fields, before)
    except Invalid as error:
        raise ValueError("; ".join(f"{k}: {v}" for k, v in error.fields.items())) from None


def _connected(named: set[str]) -> set[str]:
    """Those that are ids of channels, as they were written."""
    ids = {}
    for name in named:
        try:
            ids[UUID(name)] = name
        except ValueError:
            continue
    return {ids[pk] for pk in Channel.connected.filter(pk__in=ids).values_list("pk", flat=True)}

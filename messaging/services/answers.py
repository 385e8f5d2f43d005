"""What an answer names outside the bot's knowledge: files and channels."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from bot.models import FAQ
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


def _connected(named: set[str]) -> set[str]:
    """Those that are ids of channels, as they were written."""
    ids = {}
    for name in named:
        try:
            ids[UUID(name)] = name
        except ValueError:
            continue
    return {ids[pk] for pk in Channel.connected.filter(pk__in=ids).values_list("pk", flat=True)}

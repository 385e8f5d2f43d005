"""Reading and changing how the bot behaves."""

import zoneinfo
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from bot import hours, texts
from bot.models import BotSettings, Language
from bot.services import cleaning
from bot.services.errors import Invalid
from bot.services.publishing import changes, touch

_MOST_INTERVALS = 100


def get_settings() -> BotSettings:
    """The one row, made with the defaults when it is missing."""
    return BotSettings.objects.get_or_create(pk=1)[0]


def update_settings(*, author: User | None = None, **given: Any) -> BotSettings:
    """Change the given settings. Raises Invalid and changes nothing when one of them is wrong.

    Fields: accept, suggest, margin, min_informative, bands, misses_before_escalation, drafts,
    default_language, texts, opening_hours, time_zone, feedback. `texts` and `bands` are replaced as a whole.
    """
    fields = cleaning.check(given, _CLEANERS)
    with changes(author=author):
        get_settings()
        row = BotSettings.objects.select_for_update().get(pk=1)
        for name, value in fields.items():
            setattr(row, name, value)
        _check_bands(row)
        if author is not None:
            row._history_user = author  # type: ignore[attr-defined]
        row.save()
        touch()
    return row


def _check_bands(row: BotSettings) -> None:
    if row.suggest > row.accept:
        raise Invalid({"suggest": _("suggest may not be above accept.")})
    for language, own in row.bands.items():
        if own.get("suggest", row.suggest) > own.get("accept", row.accept):
            raise Invalid({"bands": f"{language}: " + _("suggest may not be above accept.")})


def _bands(value: object) -> dict[str, dict[str, float | int]]:
    found: dict[str, dict[str, float | int]] = {}
    for language, own in cleaning.mapping(value).items():
        cleaning.one_of(language, Language.values)
        found[language] = {}
        for name, number in cleaning.mapping(own).items():
            cleaner = _BANDS.get(name)
            if cleaner is None:
                raise ValueError(
                    _("This must be one of: %(words)s.") % {"words": ", ".join(_BANDS)}
                )
            found[language][name] = cleaner(number)
    return found


def _texts(value: object) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for language, own in cleaning.mapping(value).items():
        cleaning.one_of(language, Language.values)
        found[language] = {}
        for key, text in cleaning.mapping(own).items():
            cleaning.one_of(key, texts.KEYS)
            found[language][key] = cleaning.text(text, longest=2_000)
    return found


def _hours(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError(_("This must be a list of intervals."))
    if len(value) > _MOST_INTERVALS:
        raise ValueError(_("At most %(most)s of them.") % {"most": _MOST_INTERVALS})
    hours.parse(value)
    return [{key: row[key] for key in ("weekday", "start", "end")} for row in value]


def _zone(value: object) -> str:
    name = cleaning.line(value, longest=60, required=True)
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(_("This is not a time zone, like America/Sao_Paulo.")) from None
    return name


_BANDS: dict[str, cleaning.Cleaner] = {
    "accept": cleaning.share,
    "suggest": cleaning.share,
    "margin": cleaning.share,
    "min_informative": partial(cleaning.whole, lowest=1, highest=100),
}
_CLEANERS: dict[str, cleaning.Cleaner] = {
    **_BANDS,
    "bands": _bands,
    "misses_before_escalation": partial(cleaning.whole, lowest=1, highest=20),
    "drafts": cleaning.flag,
    "default_language": partial(cleaning.one_of, allowed=Language.values),
    "texts": _texts,
    "opening_hours": _hours,
    "time_zone": _zone,
    "feedback": cleaning.flag,
}

"""Thresholds as they are, as they might be, and setting them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User

from bot import snapshot
from bot.bands import Thresholds
from bot.models import FAQ, BotSettings
from bot.services.faqs import update_faq
from bot.services.publishing import changes
from bot.services.settings import get_settings, update_settings
from bot.types import Faq

Numbers = Mapping[str, float | int]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose thresholds: everybody's, those of one language, or those of one FAQ."""

    language: str = ""
    faq: UUID | None = None


def own_bands(scope: Scope) -> Numbers:
    """The thresholds set for this scope itself; the general ones are always set. Raises FAQ.DoesNotExist."""
    if scope.faq:
        return dict(FAQ.objects.values_list("bands", flat=True).get(pk=scope.faq))
    row = get_settings()
    if scope.language:
        return dict(row.bands.get(scope.language, {}))
    return {name: getattr(row, name) for name in ("accept", "suggest", "margin", "min_informative")}


def thresholds(
    faqs: Iterable[str], scope: Scope | None = None, own: Numbers | None = None
) -> Thresholds:
    """All thresholds as they stand, unpublished changes included, for messages that met these FAQs.

    With `scope` and `own` as they would be if that scope's own thresholds were `own`.
    """
    row = get_settings()
    raw = dict(vars(row))
    if scope and own is not None and not scope.faq:
        raw |= _changed(row, scope.language, own)
    rows = FAQ.objects.filter(pk__in=set(faqs)).values_list("pk", "language", "bands")
    known = {}
    for pk, language, bands in rows:
        mine = own if scope and own is not None and scope.faq == pk else bands
        known[str(pk)] = Faq(
            str(pk), "", "", language, accept=mine.get("accept"), suggest=mine.get("suggest")
        )
    return Thresholds(snapshot.settings_of(raw), known)


def set_bands(*, scope: Scope, own: Numbers, author: User | None = None) -> None:
    """Make `own` the thresholds of this scope; what is not named is as it is for everybody.

    Raises Invalid, FAQ.DoesNotExist.
    """
    with changes(author=author):
        if scope.faq:
            update_faq(faq=scope.faq, author=author, bands=dict(own))
            return
        get_settings()
        row = BotSettings.objects.select_for_update().get(pk=1)
        update_settings(author=author, **_changed(row, scope.language, own))


def _changed(row: BotSettings, language: str, own: Numbers) -> dict[str, object]:
    """The fields of the settings that make `own` the thresholds of a language, or of all."""
    if not language:
        return dict(own)
    others = {code: bands for code, bands in row.bands.items() if code != language}
    return {"bands": {**others, language: dict(own)} if own else others}

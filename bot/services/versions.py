"""Looking at published versions, comparing them, and going back to one."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from bot import snapshot, types
from bot.diffing import Content, ItemChange, compare
from bot.models import FAQ, BotSettings, Rule, Snapshot
from bot.services.errors import Outdated
from bot.services.faqs import set_phrasings
from bot.services.publishing import publish, unpublished

_Row = dict[str, Any]
_OWN = frozenset({"id", "version"})  # what a row keeps to itself when it is written back
_BANDS = ("accept", "suggest")


class Drafts(NamedTuple):
    """What would be published now, and how it differs from what the bot speaks from."""

    content: Content
    digest: str
    changes: list[ItemChange]


def content_of(version: int) -> Content:
    """What a version holds, in the present format. Raises Snapshot.DoesNotExist, snapshot.Unreadable."""
    return upgraded(Snapshot.objects.values_list("content", flat=True).get(pk=version))


def newest() -> Snapshot | None:
    """The version the bot speaks from, without its content; None before the first."""
    return Snapshot.objects.defer("content").order_by("-version").first()


def live_content() -> Content:
    """What the newest version holds; nothing when there is none, or it is of another release."""
    speaking = newest()
    try:
        return content_of(speaking.version) if speaking else {}
    except snapshot.Unreadable:
        return {}


def drafts() -> Drafts:
    """What waits to be published."""
    content = unpublished()
    changes = compare(live_content(), as_stored(content))
    return Drafts(content, snapshot.digest_of(content), changes)


def changes_between(
    before: int | None, after: int | None, *, same: bool = False
) -> list[ItemChange]:
    """What differs from one version to another; None stands for what is not published yet.

    Raises Snapshot.DoesNotExist, snapshot.Unreadable.
    """
    one, other = (
        as_stored(unpublished()) if version is None else content_of(version)
        for version in (before, after)
    )
    return compare(one, other, same=same)


def upgraded(content: Any) -> Content:
    """Content of this format or an older one, with the fields it does not know yet at their defaults.

    Raises snapshot.Unreadable for anything else.
    """
    form = content.get("format") if isinstance(content, dict) else None
    if not isinstance(form, int) or not 1 <= form <= snapshot.FORMAT:
        raise snapshot.Unreadable(f"format {form!r}")
    faqs = [{**_defaults(types.Faq), **row} for row in content["faqs"]]
    rules = [{**_defaults(types.Rule), **row} for row in content["rules"]]
    return {**content, "format": snapshot.FORMAT, "faqs": faqs, "rules": rules}


def as_stored(content: Content) -> Content:
    """Content as the database gives it back: lists where there were tuples."""
    stored: Content = json.loads(json.dumps(content))
    return stored


def rollback(
    version: int, *, author: User | None = None, note: str = "", seen: str = ""
) -> Snapshot | None:
    """Make FAQs, rules and settings what they were in a version, and publish that as a new one.

    Rows keep their ids. What came later is switched off, not deleted; what was deleted is made
    again. Drafts are overwritten; with `seen`, the digest of the drafts somebody was shown, it
    raises Outdated when they are others by now. None when there is nothing to do. All of it is one
    transaction. Raises Snapshot.DoesNotExist, snapshot.Unreadable.
    """
    with transaction.atomic():
        # In the order in which an edit takes them: its rows first, the settings when it publishes.
        faqs = {str(row.pk): row for row in FAQ.objects.order_by("pk").select_for_update()}
        rules = {str(row.pk): row for row in Rule.objects.order_by("pk").select_for_update()}
        BotSettings.objects.get_or_create(pk=1)
        settings = BotSettings.objects.select_for_update().get(pk=1)
        target = content_of(version)
        present = as_stored(unpublished(disabled=True))
        if _ids(present["faqs"]) != set(faqs) or _ids(present["rules"]) != set(rules):
            raise Outdated  # a row came in between the locks
        if seen and seen != snapshot.digest_of(unpublished()):
            raise Outdated
        reason = f"rollback to v{version}"
        writer = _Writer(author, reason)
        writer.restore(FAQ, faqs, target["faqs"], present["faqs"])
        writer.restore(Rule, rules, target["rules"], present["rules"])
        writer.restore_settings(settings, target["settings"])
        if not writer.written and not drafts().changes:
            return None
        return publish(author=author, note=f"{reason}: {note}" if note else reason, anyway=True)


class _Writer:
    """Writes rows back and counts them."""

    def __init__(self, author: User | None, reason: str) -> None:
        self._author = author
        self._reason = reason
        self.written = 0

    def restore(
        self,
        model: type[FAQ] | type[Rule],
        rows: Mapping[str, FAQ | Rule],
        target: list[_Row],
        present: list[_Row],
    ) -> None:
        """Make the enabled rows of a table those of `target`, touching only what differs."""
        now = {item["id"]: _without_own(item) for item in present}
        for item in target:
            row = rows.get(item["id"])
            if row is None:
                row = model(pk=UUID(item["id"]), version=_last_version(model, item))
            elif row.enabled and now[item["id"]] == _without_own(item):
                continue
            row.enabled = True
            self._fill(row, item)
            before = now.get(item["id"], {}).get("alternatives", [])
            if isinstance(row, FAQ):
                set_phrasings(row, before, item["alternatives"])
        wanted = _ids(target)
        for pk, row in rows.items():
            if row.enabled and pk not in wanted:
                row.enabled = False
                self._save(row)

    def restore_settings(self, row: BotSettings, target: Mapping[str, Any]) -> None:
        """Settings a version does not know stay as they are."""
        changed = {name: value for name, value in target.items() if getattr(row, name) != value}
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            self._store(row)

    def _fill(self, row: FAQ | Rule, item: _Row) -> None:
        columns = {field.name for field in row._meta.concrete_fields} - _OWN
        for name in columns & item.keys():
            setattr(row, name, _brief(item[name]))
        if isinstance(row, FAQ):
            row.bands = {name: item[name] for name in _BANDS if item.get(name) is not None}
        self._save(row)

    def _save(self, row: FAQ | Rule) -> None:
        row.version += 1
        self._store(row)

    def _store(self, row: FAQ | Rule | BotSettings) -> None:
        if self._author is not None:
            row._history_user = self._author  # type: ignore[union-attr]
        row._change_reason = self._reason  # type: ignore[union-attr]
        row.save()
        self.written += 1


def _last_version(model: type[FAQ] | type[Rule], item: _Row) -> int:
    """The version a deleted row had last, so that no number is ever used for two texts."""
    known = model.history.filter(id=item["id"]).aggregate(last=Max("version"))["last"]
    return max(int(known or 0), int(item["version"]))


def _without_own(item: _Row) -> _Row:
    return {name: value for name, value in item.items() if name not in _OWN}


def _brief(value: Any) -> Any:
    """A list of objects without their empty parts: rows keep them so, snapshots fill them up."""
    if not isinstance(value, list):
        return value
    return [
        {name: part for name, part in item.items() if part} if isinstance(item, dict) else item
        for item in value
    ]


def _ids(items: list[_Row]) -> set[str]:
    return {item["id"] for item in items}


def _defaults(kind: type[types.Faq] | type[types.Rule]) -> _Row:
    """The JSON of every field that has a default."""
    found: _Row = {}
    for field in fields(kind):
        value = field.default_factory() if field.default_factory is not MISSING else field.default
        if value is not MISSING:
            found[field.name] = list(value) if isinstance(value, tuple | frozenset) else value
    return found

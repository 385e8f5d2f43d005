"""What differs between the contents of two snapshots. Pure.

Contents are JSON as `bot.snapshot.content_of` makes it. Fields are compared by name whatever they
are; an object is taken apart into its parts ("texts.en.greeting"), and what is empty equals what is
missing, so contents of an older format can be compared as they are. Versions of rows do not count.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

Content = Mapping[str, Any]
Kind = Literal["faq", "rule", "settings"]
Change = Literal["added", "removed", "changed", "same"]

SETTINGS = "settings"  # the id and the title of the one item that holds them

_NOT_COMPARED = frozenset({"id", "version"})
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_TITLES = {"faq": "question", "rule": "name"}


class FieldChange(NamedTuple):
    """One field, before and after; None where it is empty.

    Of a list `added` and `removed` are the items that came and went; both are empty when only the
    order changed.
    """

    name: str
    before: Any
    after: Any
    added: tuple[Any, ...] = ()
    removed: tuple[Any, ...] = ()


class ItemChange(NamedTuple):
    """One FAQ, one rule or the settings, with the fields that differ."""

    kind: Kind
    id: str
    title: str
    change: Change
    fields: tuple[FieldChange, ...] = ()


def compare(before: Content, after: Content, *, same: bool = False) -> list[ItemChange]:
    """FAQs, then rules, then the settings that differ; with `same` the others as well.

    In the order of `after`, what is only in `before` last.
    """
    items = [
        *_rows("faq", before.get("faqs", ()), after.get("faqs", ())),
        *_rows("rule", before.get("rules", ()), after.get("rules", ())),
        _item("settings", SETTINGS, before.get(SETTINGS, {}), after.get(SETTINGS, {})),
    ]
    return items if same else [item for item in items if item.change != "same"]


def counted(items: Iterable[ItemChange]) -> dict[Change, int]:
    """How many items were added, removed and changed, and how many are the same."""
    counts: dict[Change, int] = {"added": 0, "removed": 0, "changed": 0, "same": 0}
    for item in items:
        counts[item.change] += 1
    return counts


def _rows(kind: Kind, before: Sequence[Content], after: Sequence[Content]) -> Iterator[ItemChange]:
    old = {row["id"]: row for row in before}
    new = {row["id"]: row for row in after}
    for pk, row in new.items():
        yield _item(kind, pk, old.get(pk), row)
    for pk, row in old.items():
        if pk not in new:
            yield _item(kind, pk, row, None)


def _item(kind: Kind, pk: str, before: Content | None, after: Content | None) -> ItemChange:
    fields = tuple(_fields(dict(_flat(before or {})), dict(_flat(after or {}))))
    change: Change = "changed" if fields else "same"
    if before is None:
        change = "added"
    elif after is None:
        change = "removed"
    shown = before if after is None else after
    title = str((shown or {}).get(_TITLES.get(kind, ""), pk))
    return ItemChange(kind, pk, title, change, fields)


def _flat(row: Content, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted name, value) of everything that is not empty."""
    for name, value in row.items():
        plain = list(value) if isinstance(value, tuple) else value
        if not prefix and name in _NOT_COMPARED:
            continue
        if isinstance(plain, Mapping):
            yield from _flat(plain, f"{prefix}{name}.")
        elif plain not in _EMPTY:
            yield prefix + name, plain


def _fields(before: Content, after: Content) -> Iterator[FieldChange]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if _key(old) == _key(new):
            continue
        if isinstance(old, list) or isinstance(new, list):
            yield FieldChange(name, old, new, _others(new, old), _others(old, new))
        else:
            yield FieldChange(name, old, new)


def _others(these: Any, those: Any) -> tuple[Any, ...]:
    """The items of one list that are not in the other; anything but a list has none."""
    known = {_key(item) for item in those} if isinstance(those, list) else set()
    return (
        tuple(item for item in these if _key(item) not in known) if isinstance(these, list) else ()
    )


def _key(value: Any) -> str:
    """Equal for equal JSON: 1 and True differ, as do 1 and "1"."""
    return json.dumps(value, sort_keys=True)

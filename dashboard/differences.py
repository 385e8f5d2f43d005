"""How a difference between two versions is shown and filtered: words for fields, marks in texts."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bot.diffing import Change, FieldChange, ItemChange, Kind
from bot.models import FAQ, BotSettings, Language, Rule
from dashboard.export import safe_cell
from dashboard.forms.lists import channel_choices

CHANGES: dict[Change, Promise] = {
    "added": gettext_lazy("new"),
    "changed": gettext_lazy("modified"),
    "removed": gettext_lazy("gone"),
    "same": gettext_lazy("unchanged"),
}
KINDS: dict[Kind, Promise] = {
    "faq": gettext_lazy("FAQ"),
    "rule": gettext_lazy("rule"),
    "settings": gettext_lazy("settings"),
}
COLUMNS = ("kind", "id", "title", "change", "field", "before", "after")

_MODELS: dict[Kind, Any] = {"faq": FAQ, "rule": Rule, "settings": BotSettings}
_OTHER_NAMES: dict[str, Promise] = {
    "alternatives": gettext_lazy("phrasings"),
    "accept": gettext_lazy("Accept from"),
    "suggest": gettext_lazy("Suggest from"),
}
_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")
_RELATED = (
    0.35  # of two texts: with less in common marks in between are harder to read than both whole
)
_MOST_TOKENS = 1_500  # of a text that is compared word by word; longer ones line by line
_MOST_LINES = 2_000

Mark = Literal["same", "del", "ins"]


class Piece(NamedTuple):
    """A part of a text that stayed, went or came."""

    mark: Mark
    text: str


class Field(NamedTuple):
    """One field as a page shows it: a text with marks, a list's comings and goings, or two values."""

    label: str
    pieces: Sequence[Piece] = ()
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    reordered: bool = False
    before: str = ""
    after: str = ""


class Item(NamedTuple):
    kind: Kind
    kind_label: str
    id: str
    title: str
    change: Change
    change_label: str
    fields: list[Field]


class Chosen(NamedTuple):
    """What the page is narrowed to."""

    kind: str
    change: str
    text: str
    same: bool  # unchanged ones as well

    @classmethod
    def of(cls, query: QueryDict) -> "Chosen":
        kind, change = query.get("kind", ""), query.get("change", "")
        return cls(
            kind if kind in KINDS else "",
            change if change in CHANGES else "",
            query.get("q", "").strip()[:200],
            "all" in query,
        )

    def keep(self, items: Iterable[ItemChange]) -> list[ItemChange]:
        return [item for item in items if self._fits(item)]

    def _fits(self, item: ItemChange) -> bool:
        if self.kind and item.kind != self.kind:
            return False
        if self.change and item.change != self.change:
            return False
        sought = self.text.casefold()
        return not sought or sought in f"{item.title} {item.fields}".casefold()


def shown(items: Iterable[ItemChange]) -> list[Item]:
    """The items in words."""
    names = dict(channel_choices())
    return [
        Item(
            kind=item.kind,
            kind_label=str(KINDS[item.kind]),
            id=item.id,
            title=_("Settings") if item.kind == "settings" else item.title,
            change=item.change,
            change_label=str(CHANGES[item.change]),
            fields=[_field(item.kind, change, names) for change in item.fields],
        )
        for item in items
    ]


def table(items: Iterable[ItemChange]) -> Iterator[list[str]]:
    """Rows of a CSV file, the head first."""
    names = dict(channel_choices())
    yield list(COLUMNS)
    for item in items:
        for change in item.fields:
            cells = (
                item.kind,
                item.id,
                item.title,
                item.change,
                change.name,
                _value(change.before, names),
                _value(change.after, names),
            )
            yield [str(safe_cell(cell)) for cell in cells]


def marked(before: str, after: str) -> list[Piece]:
    """The text after, with what went and what came marked in their places."""
    one, other = _TOKENS.findall(before), _TOKENS.findall(after)
    if max(len(one), len(other)) > _MOST_TOKENS:
        one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(one), len(other)) > _MOST_LINES:
        one, other = [before], [after]
    blocks = [
        ("".join(one[a:b]), "".join(other[c:d]), what == "equal")
        for what, a, b, c, d in SequenceMatcher(None, one, other).get_opcodes()
    ]
    shared = sum(len(text.strip()) for text, _text, equal in blocks if equal)
    if 2 * shared < _RELATED * (len(before) + len(after)):
        blocks = [(before, after, False)]
    return list(_pieces(blocks))


def _pieces(blocks: Iterable[tuple[str, str, bool]]) -> Iterator[Piece]:
    """Blocks of (before, after, equal) as pieces; changes with only a space between are one."""
    gone = came = gap = ""
    for old, new, equal in blocks:
        if not equal:
            gone, came, gap = gone + gap + old, came + gap + new, ""
        elif (gone or came) and not gap and old.isspace():
            gap = old
        else:
            yield from _change(gone, came)
            yield Piece("same", gap + old)
            gone = came = gap = ""
    yield from _change(gone, came)
    if gap:
        yield Piece("same", gap)


def _change(gone: str, came: str) -> Iterator[Piece]:
    if gone:
        yield Piece("del", gone)
    if came:
        yield Piece("ins", came)


def _field(kind: Kind, change: FieldChange, names: Mapping[str, str]) -> Field:
    label = _label(kind, change.name, names)
    before, after = change.before, change.after
    if isinstance(before, list) or isinstance(after, list):
        return Field(
            label,
            added=[_value(item, names) for item in change.added],
            removed=[_value(item, names) for item in change.removed],
            reordered=not change.added and not change.removed,
        )
    texts = [value for value in (before, after) if value is not None]
    if all(isinstance(value, str) for value in texts):
        return Field(label, pieces=marked(before or "", after or ""))
    return Field(label, before=_value(before, names), after=_value(after, names))


def _label(kind: Kind, name: str, names: Mapping[str, str]) -> str:
    """`texts.en.greeting` as "Texts · English · greeting"."""
    first, *rest = name.split(".")
    languages: dict[str, Any] = dict(Language.choices)
    parts = [names.get(part) or languages.get(part) or part for part in rest]
    return capfirst(" · ".join(map(str, [_name(kind, first), *parts])))


def _name(kind: Kind, field: str) -> str:
    model = _MODELS[kind]
    try:
        known = model._meta.get_field(field)
    except FieldDoesNotExist:
        return str(_OTHER_NAMES.get(field, field))
    return str(getattr(known, "verbose_name", field))


def _value(value: Any, names: Mapping[str, str]) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case str():
            return names.get(value, value)
        case list():
            return "\n".join(_value(item, names) for item in value)
        case {"weekday": int() as day, **rest} if 0 <= day <= 6:
            return " ".join([str(WEEKDAYS[day]), *(str(part) for part in rest.values())])
        case dict():
            return " · ".join(filter(None, (_value(part, names) for part in value.values())))
        case _:
            return str(value)

"""Lists of words, of channels, of buttons and of opening hours, without anybody seeing JSON."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
)

from bot import hours
from messaging.models import Channel

Data = Mapping[str, Any]


class WordsField(forms.CharField):
    """A list of strings, typed separated by commas. Repetitions and empty ones are dropped."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", _("Separated by commas."))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "")
        words = (word.strip() for word in re.split(r"[,;\n]", text))
        return list(dict.fromkeys(word for word in words if word))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.clean(data))


class ChannelsField(forms.MultipleChoiceField):
    """Channel ids as a list of strings; none chosen means every channel."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", _("None ticked: every channel."))
        super().__init__(choices=channel_choices, **kwargs)

    def keep(self, ids: Sequence[str]) -> None:
        """Offer these as well, though the channel may be gone: forgetting it would mean "every channel"."""
        known = {value for value, _label in channel_choices()}
        gone = [pk for pk in ids if pk not in known]
        if gone:
            self.choices = [*channel_choices(), *((pk, f"({pk})") for pk in gone)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(initial or []) != set(data or [])


def channel_choices() -> list[tuple[str, str]]:
    """Every channel as a choice."""
    rows = Channel.connected.order_by("name", "id").values_list("id", "name")
    return [(str(pk), name) for pk, name in rows]


class ButtonsWidget(forms.Widget):
    """Rows of a title and a payload; a row is added and removed in the page."""

    template_name = "dashboard/widgets/buttons.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [row for row in value or [] if isinstance(row, dict)]
        context["widget"]["rows"] = [*rows, {}]
        return context

    def value_from_datadict(self, data: Data, files: Any, name: str) -> list[dict[str, str]]:
        rows = zip(listed(data, f"{name}-title"), listed(data, f"{name}-payload"), strict=False)
        cleaned = ((title.strip(), payload.strip()) for title, payload in rows)
        return [{"title": t, "payload": p} for t, p in cleaned if t or p]

    def value_omitted_from_data(self, data: Data, files: Any, name: str) -> bool:
        return f"{name}-title" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else id_


class ButtonsField(forms.Field):
    """A list of {title, payload}. A button without a payload sends its own title."""

    widget = ButtonsWidget

    def clean(self, value: Any) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = value or []
        for row in rows:
            if not row["title"]:
                raise ValidationError(_("A button needs a title."), code="title")
            if len(row["title"]) > 64 or len(row["payload"]) > 256:
                raise ValidationError(_("This button's title or payload is too long."), code="long")
        return [{"title": r["title"], "payload": r["payload"] or r["title"]} for r in rows]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != list(data or [])


class HoursWidget(forms.Widget):
    """Seven days, each with as many intervals as needed."""

    template_name = "dashboard/widgets/hours.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [row for row in value or [] if isinstance(row, dict)]
        context["widget"]["days"] = [
            {
                "number": number,
                "name": WEEKDAYS[number],
                "rows": [row for row in rows if row.get("weekday") == number],
            }
            for number in range(7)
        ]
        return context

    def value_from_datadict(self, data: Data, files: Any, name: str) -> list[dict[str, Any]]:
        return [row for day in range(7) for row in _intervals(data, name, day)]

    def value_omitted_from_data(self, data: Data, files: Any, name: str) -> bool:
        return f"{name}-shown" not in data


class HoursField(forms.Field):
    """A list of {weekday 0–6, start, end} with times as "HH:MM"; empty means always open.

    An end at or before the start is on the next day.
    """

    widget = HoursWidget

    def clean(self, value: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = value or []
        if not all(row["start"] and row["end"] for row in rows):
            raise ValidationError(_("Hours need an opening and a closing time."), code="time")
        try:
            hours.parse(rows)
        except ValueError as error:
            raise ValidationError(str(error), code="hours") from None
        return sorted(rows, key=lambda row: (row["weekday"], row["start"]))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != list(data or [])


def _intervals(data: Data, name: str, day: int) -> Iterator[dict[str, Any]]:
    starts = listed(data, f"{name}-{day}-start")
    ends = listed(data, f"{name}-{day}-end")
    for start, end in zip(starts, ends, strict=False):
        if start or end:
            yield {"weekday": day, "start": start[:5], "end": end[:5]}


def listed(data: Data, name: str) -> list[str]:
    """All values posted under a name."""
    if isinstance(data, MultiValueDict):
        return [str(value) for value in data.getlist(name)]
    value = data.get(name, [])
    return list(value) if isinstance(value, list | tuple) else [str(value)]

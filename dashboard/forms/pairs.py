"""Names with values, one a line, for JSON objects."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget


class PairsField(forms.CharField):
    """A JSON object as lines of "name: value". A value that is not touched keeps its type."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", _("One “name: value” a line."))
        super().__init__(**kwargs)
        self.known: dict[str, Any] = {}

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{name}: {_shown(item)}" for name, item in value.items())

    def clean(self, value: Any) -> Any:
        pairs: dict[str, Any] = {}
        for line in str(super().clean(value) or "").splitlines():
            if not line.strip():
                continue
            name, colon, text = (part.strip() for part in line.partition(":"))
            if not colon or not name:
                raise ValidationError(_("Write “name: value” in each line."), code="pair")
            before = self.known.get(name)
            pairs[name] = before if name in self.known and _shown(before) == text else text
        return pairs

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial or {}) != (data or "").replace("\r\n", "\n"))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())

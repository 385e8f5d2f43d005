"""A channel's configuration as a form, made from what its kind says about itself."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordToggleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from channels.base import Channel as Kind
from channels.base import ConfigField
from dashboard.forms.lists import WordsField
from messaging.models import Channel

PREFIX = "config__"
MASK = "••••"
_SHORTEST_SHOWN = 12  # characters; less than that and the last four would give too much away

OWN_FIELDS = ("name", "enabled")
POLICY_FIELDS = (
    "reopen_within_hours",
    "max_automatic_replies",
    "retention_days",
    "keep_messages",
)


class ChannelForm(forms.ModelForm[Channel]):
    """Base of the forms made for each kind. `kind` is set on the subclass."""

    kind: Kind

    class Meta:
        model = Channel
        fields = (*OWN_FIELDS, *POLICY_FIELDS)

    def config(self) -> dict[str, Any]:
        """What the service is to store. Secrets that were left empty are not in it: they stay."""
        values: dict[str, Any] = {}
        for item in asked(self.kind):
            value = self.cleaned_data.get(PREFIX + item.name)
            if item.secret and not value:
                continue
            values[item.name] = value
        return values

    def config_changed(self) -> bool:
        return any(name.startswith(PREFIX) for name in self.changed_data)


def asked(kind: Kind) -> list[ConfigField]:
    """The settings people fill in; the others we make ourselves."""
    return [item for item in kind.fields if not item.generated]


def form_class(kind: Kind, stored: Mapping[str, Any] | None) -> type[ChannelForm]:
    """The form of one kind; `stored` is the configuration as it is, None for a new channel."""
    fields = {PREFIX + item.name: _field(item, stored) for item in asked(kind)}
    return type("ChannelForm", (ChannelForm,), {"kind": kind, **fields})


def masked(secret: Any) -> str:
    """What may be shown of a secret: that it is there, and its last four characters."""
    text = str(secret or "")
    if not text:
        return ""
    return MASK + (f" {text[-4:]}" if len(text) >= _SHORTEST_SHOWN else "")


def _field(item: ConfigField, stored: Mapping[str, Any] | None) -> forms.Field:
    value = (stored or {}).get(item.name)
    help_text = _(item.help) if item.help else ""  # the empty text stands for the catalogue's head
    common: dict[str, Any] = {
        "label": _(item.label),
        "required": item.required and not (item.secret and value),
        "help_text": help_text,
    }
    if item.secret:
        if value:
            kept = _("Stored: %s. Empty: stays as it is.") % masked(value)
            common["help_text"] = f"{kept} {help_text}".strip()
        widget = UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "new-password"})
        return forms.CharField(**common, widget=widget)
    common["initial"] = item.default if value is None else value
    if item.choices:
        choices = [(choice, choice) for choice in item.choices]
        if not item.required:
            choices.insert(0, ("", "–"))
        return forms.ChoiceField(**common, choices=choices, widget=UnfoldAdminSelectWidget)
    if item.type == "array":
        return WordsField(**common)
    if item.type == "integer":
        return forms.IntegerField(**common, widget=UnfoldAdminIntegerFieldWidget)
    return forms.CharField(**common, widget=UnfoldAdminTextInputWidget)

"""The bot's settings as one form with a page of texts for each language."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from bot import texts
from bot.models import BotSettings, Language
from dashboard.forms.lists import HoursField
from dashboard.forms.zones import zone_choices

PLAIN = (
    "accept",
    "suggest",
    "margin",
    "min_informative",
    "misses_before_escalation",
    "drafts",
    "feedback",
    "default_language",
    "opening_hours",
    "time_zone",
)
SHARES = ("accept", "suggest", "margin")

_LABELS = {
    "greeting": _("Greeting"),
    "help": _("Help"),
    "thanks": _("Answer to thanks"),
    "escalation_notice": _("When a human is called"),
    "away": _("When nobody is there"),
    "rephrase": _("Asking to rephrase"),
    "suggest": _("Above suggestions"),
    "none_of_these": _("None of these"),
    "no_text": _("After a message without text"),
    "helpful": _("Button: it helped"),
    "not_helpful": _("Button: it did not help"),
    "glad": _("After “it helped”"),
    "sorry": _("After “it did not help”, before a human is called"),
}


_SHARE_LABELS = {
    "accept": _("Accept from"),
    "suggest": _("Suggest from"),
    "margin": _("Margin"),
}


def text_field(language: str, key: str) -> str:
    return f"texts__{language}__{key}"


def share_field(language: str, name: str) -> str:
    return f"bands__{language}__{name}"


class SettingsForm(forms.ModelForm[BotSettings]):
    opening_hours = HoursField(
        label=_("Opening hours"),
        required=False,
        help_text=_(
            "No hours at all: always open. Closing before opening means the next day. Out of hours the bot still answers; only the escalation says when somebody will be there."
        ),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = BotSettings
        fields = PLAIN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language in Language.values:
            own = self.instance.texts.get(language, {})
            for key in texts.KEYS:
                self.initial[text_field(language, key)] = own.get(key, "")
            bands = self.instance.bands.get(language, {})
            for name in SHARES:
                self.initial[share_field(language, name)] = bands.get(name)

    def clean(self) -> dict[str, Any] | None:
        """Say beside the field what the database would only say by the name of its constraint."""
        cleaned = super().clean()
        accept, suggest = (self.cleaned_data.get(name) for name in ("accept", "suggest"))
        if accept is not None and suggest is not None and suggest > accept:
            self.add_error("suggest", _("This may not be above “accept”."))
        return cleaned

    def values(self) -> dict[str, Any]:
        """What the service takes. `min_informative` of a language, set elsewhere, is kept."""
        values = {name: self.cleaned_data[name] for name in PLAIN}
        values["texts"] = {
            language: own for language in Language.values if (own := self._texts(language))
        }
        bands = {language: self._bands(language) for language in Language.values}
        values["bands"] = {language: own for language, own in bands.items() if own}
        return values

    def _texts(self, language: str) -> dict[str, str]:
        typed = {key: self.cleaned_data.get(text_field(language, key), "") for key in texts.KEYS}
        return {key: text for key, text in typed.items() if text}

    def _bands(self, language: str) -> dict[str, float]:
        before = self.instance.bands.get(language, {})
        own = {name: value for name, value in before.items() if name not in SHARES}
        typed = {name: self.cleaned_data.get(share_field(language, name)) for name in SHARES}
        return own | {name: value for name, value in typed.items() if value is not None}


def settings_form() -> type[SettingsForm]:
    """The form with the fields of every language."""
    fields: dict[str, forms.Field] = {}
    for language in Language.values:
        for key in texts.KEYS:
            fields[text_field(language, key)] = forms.CharField(
                label=_LABELS.get(key, key),
                required=False,
                max_length=2_000,
                widget=UnfoldAdminTextareaWidget(
                    attrs={"rows": 2, "placeholder": getattr(texts.DEFAULTS[language], key)}
                ),
            )
        for name in SHARES:
            fields[share_field(language, name)] = forms.FloatField(
                label=_SHARE_LABELS[name],
                required=False,
                min_value=0,
                max_value=1,
                widget=UnfoldAdminDecimalFieldWidget,
            )
    return type("SettingsForm", (SettingsForm,), fields)

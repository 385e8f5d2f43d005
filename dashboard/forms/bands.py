"""Thresholds of everybody, of one language, or of one FAQ."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget

from bot.services import Scope
from bot.types import Bands

_WIDGET = {"step": "0.01"}


def _share(label: Any, help_text: Any) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=1,
        widget=UnfoldAdminDecimalFieldWidget(attrs=_WIDGET),
    )


class BandsForm(forms.Form):
    """Empty means as for everybody; only the general thresholds have to be there."""

    accept = _share(_("Accept from"), _("From this confidence (0–1) on the bot answers."))
    suggest = _share(_("Suggest from"), _("From this confidence (0–1) on it offers."))
    margin = _share(_("Margin"), _("Two FAQs closer than this are offered both."))
    min_informative = forms.IntegerField(
        label=_("Minimum informative length"),
        help_text=_("Letters a message needs before it is matched against the FAQs."),
        min_value=1,
        max_value=100,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def __init__(self, *args: Any, scope: Scope, inherited: Bands, **kwargs: Any) -> None:
        """`inherited` counts where a field is left empty."""
        super().__init__(*args, **kwargs)
        self._inherited = inherited
        if scope.faq:
            del self.fields["margin"], self.fields["min_informative"]
        for name, field in self.fields.items():
            if scope.faq or scope.language:
                field.required = False
                field.widget.attrs["placeholder"] = str(getattr(inherited, name))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        given = self.own()
        accept = given.get("accept", self._inherited.accept)
        suggest = given.get("suggest", self._inherited.suggest)
        if "suggest" in given and suggest > accept and not self.errors:
            self.add_error("suggest", _("This may not be above “accept”."))
        elif suggest > accept and not self.errors:
            self.add_error("accept", _("This may not be below “suggest”."))
        return cleaned

    def own(self) -> dict[str, float | int]:
        """What was given, without what is left empty."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}

"""Rules: when this is said, do that."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from bot import services
from bot.models import Rule
from dashboard import metrics
from dashboard.base import ServiceAdmin, each
from dashboard.filters import SpeaksOn
from dashboard.forms.lists import ButtonsField, ChannelsField, WordsField

FIELDS = (
    "name",
    "enabled",
    "priority",
    "trigger",
    "pattern",
    "action",
    "reply",
    "buttons",
    "tags",
    "channels",
)
# Starting tasks needs worker bots, which cannot be connected yet.
_ACTIONS = [("", "–"), *(c for c in Rule.Action.choices if c[0] != Rule.Action.START_TASK)]


class RuleForm(forms.ModelForm[Rule]):
    action = forms.ChoiceField(label=_("Action"), choices=_ACTIONS, widget=UnfoldAdminSelectWidget)
    buttons = ButtonsField(
        label=_("Buttons"),
        required=False,
        help_text=_("Shown under the reply; faq:<id> as the payload answers with that FAQ."),
    )
    tags = WordsField(label=_("Tags"))
    channels = ChannelsField(label=_("Channels"))

    class Meta:
        model = Rule
        fields = FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channels"].keep(self.instance.channels)  # type: ignore[attr-defined]


@admin.register(Rule)
class RuleAdmin(SimpleHistoryAdmin, ServiceAdmin):
    form = RuleForm
    ordering = ("priority", "pk")
    list_display = ("name", "enabled", "priority", "trigger_label", "cut", "action_label")
    list_filter = (
        ("trigger", ChoicesDropdownFilter),
        ("action", ChoicesDropdownFilter),
        "enabled",
        SpeaksOn,
    )
    search_fields = ("name", "pattern", "reply")
    actions = ("enable", "disable")
    fieldsets = (
        (None, {"fields": ("name", "enabled", "priority", "channels")}),
        (_("When"), {"fields": ("trigger", "pattern")}),
        (_("Then"), {"fields": ("action", "reply", "buttons", "tags")}),
    )

    @display(description=_("trigger"), label=True, ordering="trigger")
    def trigger_label(self, rule: Rule) -> str:
        return str(rule.get_trigger_display())

    @display(description=_("pattern"))
    def cut(self, rule: Rule) -> str:
        return metrics.shorten(rule.pattern, 60) or "–"

    @display(description=_("action"), label=True, ordering="action")
    def action_label(self, rule: Rule) -> str:
        return str(rule.get_action_display())

    def store(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Rule:
        given = {name: form.cleaned_data[name] for name in FIELDS}
        user: Any = request.user
        if change:
            return services.update_rule(rule=obj.pk, author=user, **given)
        return services.create_rule(author=user, **given)

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        services.delete_rule(rule=obj.pk, author=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        with services.changes(author=request.user):  # type: ignore[arg-type]
            for rule in list(queryset):
                self.delete_model(request, rule)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # an old version would be written past the services

    @admin.action(description=_("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        self._switch(request, queryset, enabled=True)

    @admin.action(description=_("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        self._switch(request, queryset, enabled=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Rule], *, enabled: bool) -> None:
        user: Any = request.user
        with services.changes(author=user):
            each(
                request,
                queryset,
                lambda rule: services.update_rule(rule=rule.pk, author=user, enabled=enabled),
            )

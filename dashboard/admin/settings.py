"""How the bot behaves: one row, so one form."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from bot import services, texts
from bot.models import BotSettings, Language
from dashboard import access
from dashboard.base import ServiceAdmin
from dashboard.forms.settings import SHARES, settings_form, share_field, text_field


@admin.register(BotSettings)
class SettingsAdmin(SimpleHistoryAdmin, ServiceAdmin):
    viewers = editors = access.ADMIN
    adders = deleters = access.NOBODY
    form = settings_form()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is nothing to list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:bot_botsettings_change", services.get_settings().pk)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BotSettings]:
        services.get_settings()  # made when it is missing
        return super().get_queryset(request)  # type: ignore[no-any-return]

    def get_fieldsets(self, request: HttpRequest, obj: BotSettings | None = None) -> Any:
        thresholds = {
            "fields": ("accept", "suggest", "margin", "min_informative"),
            "description": _beside_scores(
                _(
                    "Confidence from 0 to 1: from “accept” on the bot answers, from “suggest” on it offers, below it has no answer. Two FAQs closer than the margin are offered both."
                )
            ),
            "classes": ("tab",),
        }
        general = {
            "fields": ("default_language", "misses_before_escalation", "drafts", "feedback"),
            "classes": ("tab",),
        }
        hours = {"fields": ("time_zone", "opening_hours"), "classes": ("tab",)}
        return [
            (_("General"), general),
            (_("Thresholds"), thresholds),
            (_("Opening hours"), hours),
            *((Language(code).label, _language(code)) for code in Language.values),
        ]

    def store(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> BotSettings:
        return services.update_settings(author=request.user, **form.values())  # type: ignore[arg-type]

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # an old version would be written past the services


def _beside_scores(text: str | Promise) -> SafeString:
    """The text, and the way to where thresholds are set with their effect in sight."""
    return format_html(
        '{} <a class="text-link" href="{}">{}</a>',
        text,
        reverse("admin:thresholds"),
        _("Set them beside the scores of recent messages"),
    )


def _language(code: str) -> dict[str, Any]:
    shares = tuple(share_field(code, name) for name in SHARES)
    return {
        "fields": (*(text_field(code, key) for key in texts.KEYS), *shares),
        "description": _(
            "Empty: the built-in text, shown in grey. {first_name}, {name} and {opening} are filled in. Thresholds only where this language differs."
        ),
        "classes": ("tab",),
    }

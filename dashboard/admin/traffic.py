"""What came in and went out, as the machine sees it: deliveries, attempts, decisions. Read-only."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from dashboard import access, metrics, words
from dashboard.base import ReadOnlyAdmin, badge, capped, moment
from dashboard.filters import one_of
from messaging.models import Attempt, Decision, Delivery
from messaging.services import inbound

BODY_SHOWN = 10_000  # characters
TIME = moment("created_at", _("time"))

OUTCOMES = (
    "ok",
    "transient",
    "rate_limited",
    "uncertain",
    "permanent",
    "recipient_gone",
    "window_closed",
    "account",
    "moved",
)
Outcome = one_of("outcome", _("outcome"), [(name, name) for name in OUTCOMES])

STATE_COLORS = {
    Delivery.State.PENDING.value: "info",
    Delivery.State.HANDLED.value: "success",
    Delivery.State.REJECTED.value: "warning",
    Delivery.State.ERROR.value: "danger",
}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    viewers = access.ADMIN
    list_display = (
        moment("received_at", _("received")),
        "channel",
        badge("state", _("state"), STATE_COLORS),
        "why",
        "platform_key",
    )
    list_select_related = ("channel",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("channel", RelatedDropdownFilter),
        ("received_at", RangeDateTimeFilter),
    )
    search_fields = ("=platform_key",)
    search_help_text = _("The platform's own id of the delivery")
    actions = ("run_again",)
    fields = readonly_fields = (
        "received_at",
        "channel",
        "state",
        "reason",
        "platform_key",
        "body_text",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        rows: QuerySet[Delivery] = super().get_queryset(request)
        return rows.defer("body", "headers")

    @display(description=_("reason"))
    def why(self, row: Delivery) -> str:
        return metrics.shorten(row.reason) or "–"

    @display(description=_("body"))
    def body_text(self, row: Delivery) -> SafeString:
        text = bytes(row.body).decode("utf-8", errors="replace")
        cut = text if len(text) <= BODY_SHOWN else text[:BODY_SHOWN] + "…"
        return format_html('<pre class="desk-pre">{}</pre>', cut)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return access.is_admin(request)

    @admin.action(description=_("Handle again"), permissions=["replay"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Safe to repeat: what was stored before is recognised and not stored twice."""
        done = inbound.replay([row.pk for row in capped(request, queryset)])
        text = ngettext("%d delivery waits again.", "%d deliveries wait again.", done) % done
        messages.success(request, text)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    viewers = access.ADMIN
    list_display = (TIME, "call", "result", "provider_code", "why", "ms", "message_link")
    list_filter = (Outcome, ("created_at", RangeDateTimeFilter))
    search_fields = ("=external_id", "=provider_code")
    search_help_text = _("The platform's own id or error code")
    readonly_fields = ("message_link",)
    fields = (
        "created_at",
        "message_link",
        "number",
        "part",
        "call",
        "outcome",
        "provider_code",
        "detail",
        "external_id",
        "ms",
    )

    @display(description=_("outcome"), label={"ok": "success", "uncertain": "warning"})
    def result(self, row: Attempt) -> str:
        return row.outcome

    @display(description=_("detail"))
    def why(self, row: Attempt) -> str:
        return metrics.shorten(row.detail) or "–"

    @display(description=_("message"))
    def message_link(self, row: Attempt) -> SafeString:
        return _message_link(row.message_id)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    viewers = access.ADMIN
    ordering = ("-created_at",)
    list_display = (TIME, "said", "action_label", "step_label", "percent", "runner", "ms")
    list_select_related = ("message",)
    list_filter = (
        one_of("step", _("step"), words.STEPS.items()),
        one_of("action", _("action"), words.ACTIONS.items()),
        ("created_at", RangeDateTimeFilter),
    )
    readonly_fields = ("said", "action_label", "step_label", "message_link", "again")
    fields: Any = (
        "message_link",
        "again",
        "said",
        "action_label",
        "step_label",
        "reason",
        "score",
        "runner_up",
        "faq_id",
        "rule_id",
        "snapshot",
        "candidates",
        "ms",
        "created_at",
    )

    @display(description=_("message"))
    def said(self, row: Decision) -> str:
        return metrics.shorten(row.message.text) or "–"

    @display(description=_("Try the bot"))
    def again(self, row: Decision) -> SafeString:
        url = reverse("admin:try_bot") + f"?message={row.message_id}"
        return format_html(
            '<a class="text-link" href="{}">{}</a>', url, _("Look closer: try it again")
        )

    @display(description=_("action"))
    def action_label(self, row: Decision) -> str:
        return words.action(row.action)

    @display(description=_("step"))
    def step_label(self, row: Decision) -> str:
        return words.step(row.step)

    @display(description=_("score"))
    def percent(self, row: Decision) -> str:
        return "–" if row.score is None else f"{row.score:.0%}"

    @display(description=_("runner-up"))
    def runner(self, row: Decision) -> str:
        return "–" if row.runner_up is None else f"{row.runner_up:.0%}"

    @display(description=_("message"))
    def message_link(self, row: Decision) -> SafeString:
        return _message_link(row.message_id)


def _message_link(pk: Any) -> SafeString:
    url = reverse("admin:messaging_message_change", args=[pk])
    return format_html('<a class="text-link" href="{}">{}</a>', url, _("show"))

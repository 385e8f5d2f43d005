"""Messages as a list, to search, filter, export, and send again."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from dashboard import access, metrics
from dashboard.base import ReadOnlyAdmin, badge, each, moment
from dashboard.export import ExportsRows, SafeResource
from messaging.models import Attempt, Decision, Message, MessageStatus
from messaging.services import outbound

STATUS_COLORS = {
    MessageStatus.RECEIVED.value: "info",
    MessageStatus.SENT.value: "success",
    MessageStatus.DELIVERED.value: "success",
    MessageStatus.READ.value: "success",
    MessageStatus.FAILED.value: "danger",
    MessageStatus.UNCERTAIN.value: "warning",
    MessageStatus.EXPIRED.value: "danger",
    MessageStatus.RETRY_WAIT.value: "warning",
}
SENDER_COLORS = {
    Message.SenderKind.CONTACT.value: "info",
    Message.SenderKind.BOT.value: "primary",
    Message.SenderKind.AGENT.value: "success",
}


class LookInline(TabularInline):
    """Rows to look at."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.is_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


class AttemptInline(LookInline):
    model = Attempt
    fields = readonly_fields = (
        "created_at",
        "number",
        "part",
        "call",
        "outcome",
        "provider_code",
        "detail",
        "ms",
    )


class DecisionInline(LookInline):
    model = Decision
    fields = readonly_fields = ("action", "step", "reason", "score", "runner_up", "ms")


class MessageResource(SafeResource):
    contact = Field(attribute="contact__name", column_name="contact")
    channel = Field(attribute="channel__name", column_name="channel")

    class Meta:
        model = Message
        fields = (
            "id",
            "conversation",
            "created_at",
            "direction",
            "sender",
            "contact",
            "channel",
            "text",
            "status",
            "error_code",
        )
        export_order = fields


@admin.register(Message)
class MessageAdmin(ExportsRows, ReadOnlyAdmin):
    resource_classes: ClassVar[list[Any]] = [MessageResource]
    list_display = (
        "short",
        badge("sender", _("from"), SENDER_COLORS),
        "contact",
        "channel",
        badge("status", _("status"), STATUS_COLORS),
        moment("created_at", _("time")),
    )
    list_select_related = ("contact", "channel", "agent__user")
    list_filter = (
        ("direction", ChoicesDropdownFilter),
        ("sender", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("channel", RelatedDropdownFilter),
        ("agent", RelatedDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    search_fields = ("text", "=external_id")
    search_help_text = _("Text or id, newest 100 000 messages; older ones by period")
    actions = ("send_again",)
    inlines = (AttemptInline, DecisionInline)
    fieldsets = (
        (None, {"fields": ("conversation_link", "text", "status", "sender", "agent", "channel")}),
        (_("times"), {"fields": ("created_at", "platform_time", "sent_at", "expires_at")}),
        (_("at the platform"), {"fields": ("external_id", "error_code", "error_detail", "tries")}),
    )
    readonly_fields = ("conversation_link",)

    @display(description=_("text"))
    def short(self, message: Message) -> str:
        return metrics.shorten(message.text) or "–"

    @display(description=_("conversation"))
    def conversation_link(self, message: Message) -> SafeString:
        url = reverse("admin:messaging_conversation_change", args=[message.conversation_id])
        return format_html('<a class="text-link" href="{}">{}</a>', url, message.contact)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return access.is_staff(request)

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        agent = access.agent_of(request)
        if agent is None:
            self.message_user(request, _("Only agents can do this. Make yourself an agent first."))
            return
        each(request, queryset, lambda message: outbound.retry(message=message.pk, by=agent))

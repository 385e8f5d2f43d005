"""Accounts of Django, locked logins and the log of changes; and what other packages registered."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm

from dashboard import access
from dashboard.base import ReadOnlyAdmin, RefusalsShown, moment
from dashboard.filters import one_of
from messaging.models import Agent, Role
from messaging.services import agents

# Roles take the place of groups; tokens and raw login logs are nothing to browse.
_HIDDEN = {"token_blacklist", "axes"}
for _model in [m for m in admin.site._registry if m._meta.app_label in _HIDDEN or m is Group]:
    admin.site.unregister(_model)
admin.site.unregister(User)


@admin.register(User)
class DeskUserAdmin(UserAdmin, RefusalsShown):  # type: ignore[type-arg, misc]
    """Accounts. New people are made on the agents' page, which makes the account along."""

    viewers = editors = access.ADMIN
    adders = deleters = access.NOBODY
    form = UserChangeForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "agent_role", "is_active", "is_staff", "is_superuser")
    list_filter = ("is_active", "is_staff", "is_superuser")
    list_select_related = ("agent",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Whoever may set passwords here can become anybody.
        return access.is_admin(request) and bool(request.user.is_superuser)

    @display(description=_("role"))
    def agent_role(self, user: User) -> str:
        agent: Agent | None = getattr(user, "agent", None)
        return str(agent.get_role_display()) if agent else "–"

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        agent: Agent | None = getattr(obj, "agent", None)
        if agent and "is_active" in form.changed_data and not obj.is_active:
            by = access.agent_of(request) or Agent(role=Role.ADMIN)
            agents.deactivate(agent=agent.pk, by=by)
        super().save_model(request, obj, form, change)


@admin.register(AccessAttempt)
class LockedLoginAdmin(ReadOnlyAdmin):
    """Failed logins that count towards a lock; deleting one lets the person try again."""

    viewers = deleters = access.ADMIN
    list_display = (
        moment("attempt_time", _("time")),
        "username",
        "ip_address",
        "failures_since_start",
    )
    search_fields = ("=username", "=ip_address")
    fields = readonly_fields = ("attempt_time", "username", "ip_address", "failures_since_start")


@admin.register(LogEntry)
class ChangesAdmin(ReadOnlyAdmin):
    viewers = access.ADMIN
    list_display = (
        moment("action_time", _("time")),
        "user",
        "content_type",
        "object_repr",
        "kind",
        "what",
    )
    list_select_related = ("user", "content_type")
    list_filter = (
        one_of(
            "action_flag", _("action"), [("1", _("Add")), ("2", _("Change")), ("3", _("Delete"))]
        ),
    )
    fields = readonly_fields = ("action_time", "user", "content_type", "object_repr", "what")

    @display(description=_("action"))
    def kind(self, entry: LogEntry) -> str:
        return str(entry.get_action_flag_display())

    @display(description=_("what"))
    def what(self, entry: LogEntry) -> str:
        return str(entry.get_change_message())

"""The people behind the desk: agents with their accounts, and teams."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordToggleWidget,
    UnfoldAdminTextInputWidget,
)

from dashboard import access
from dashboard.base import ServiceAdmin, badge, each, moment
from messaging.models import Agent, Owner, Role, Status, Team
from messaging.services import agents

PRESENCE_COLORS = {
    Agent.Presence.AVAILABLE.value: "success",
    Agent.Presence.BUSY.value: "warning",
}
ROLE_COLORS = {Role.ADMIN.value: "primary", Role.SUPERVISOR.value: "info"}


class AgentForm(forms.ModelForm[Agent]):
    """The agent and the account in one."""

    username = forms.CharField(
        label=_("User name"), max_length=150, widget=UnfoldAdminTextInputWidget
    )
    email = forms.EmailField(label=_("E-mail"), required=False, widget=UnfoldAdminEmailInputWidget)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Agent
        fields = ("name", "role", "presence", "capacity", "teams")
        widgets: ClassVar[dict[str, Any]] = {"teams": UnfoldAdminCheckboxSelectMultipleWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.fields["password"].required = True
            return
        user = self.instance.user
        self.fields["username"].disabled = True
        self.fields["password"].help_text = _("Empty: stays as it is.")
        self.initial["username"] = user.get_username()
        self.initial["email"] = user.email


@admin.register(Agent)
class AgentAdmin(ServiceAdmin):
    deleters = access.NOBODY  # people are switched off, so that what they did stays theirs
    form = AgentForm
    list_display = (
        "who",
        badge("role", _("role"), ROLE_COLORS),
        badge("presence", _("status"), PRESENCE_COLORS),
        "load",
        "team_names",
        moment("seen_at", _("last seen")),
        "on",
    )
    list_filter = (
        ("role", ChoicesDropdownFilter),
        ("presence", ChoicesDropdownFilter),
        ("teams", RelatedDropdownFilter),
    )
    search_fields = ("name", "user__username", "user__email")
    actions = ("switch_off",)
    fieldsets = (
        (None, {"fields": ("name", "role", "teams")}),
        (_("account"), {"fields": ("username", "email", "password")}),
        (_("work"), {"fields": ("presence", "capacity")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        rows: QuerySet[Agent] = super().get_queryset(request)
        open_now = Q(conversations__owner=Owner.AGENT, conversations__status=Status.OPEN)
        return (
            rows.select_related("user")
            .prefetch_related("teams")
            .annotate(open_now=Count("conversations", filter=open_now))
        )

    def has_change_permission(self, request: HttpRequest, obj: Agent | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.user.is_active)

    @display(description=_("name"), header=True, ordering="name")
    def who(self, agent: Agent) -> list[str]:
        return [str(agent), agent.user.get_username(), str(agent)[:1].upper()]

    @display(description=_("open conversations"))
    def load(self, agent: Any) -> str:
        return f"{agent.open_now} / {agent.capacity}"

    @display(description=_("teams"))
    def team_names(self, agent: Agent) -> str:
        return ", ".join(team.name for team in agent.teams.all()) or "–"

    @display(description=_("active"), boolean=True)
    def on(self, agent: Agent) -> bool:
        return agent.user.is_active

    def store(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Agent:
        values = form.cleaned_data
        teams = [team.pk for team in values["teams"]]
        fields = {name: values[name] for name in ("name", "email", "role", "presence", "capacity")}
        if change:
            password = values["password"] or None
            return agents.update(agent=obj.pk, password=password, teams=teams, **fields)
        return agents.create(
            username=values["username"], password=values["password"], teams=teams, **fields
        )

    def has_switch_permission(self, request: HttpRequest) -> bool:
        return access.is_admin(request)

    @admin.action(description=_("Switch off"), permissions=["switch"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Agent]) -> None:
        """Their sessions end, their conversations go back to the queue."""
        by = access.agent_of(request) or Agent(role=Role.ADMIN)
        active = queryset.filter(user__is_active=True)
        each(request, active, lambda agent: agents.deactivate(agent=agent.pk, by=by))


class TeamForm(forms.ModelForm[Team]):
    agents = forms.ModelMultipleChoiceField(
        label=_("Agents"),
        required=False,
        queryset=Agent.objects.none(),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Team
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = agents.active().exclude(role=Role.WORKER).select_related("user")
        self.fields["agents"].queryset = people  # type: ignore[attr-defined]
        if not self.instance._state.adding:
            self.initial["agents"] = list(self.instance.agents.values_list("pk", flat=True))


@admin.register(Team)
class TeamAdmin(ServiceAdmin):
    form = TeamForm
    list_display = ("name", "people", "waiting")
    search_fields = ("name",)
    fields = ("name", "agents")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        rows: QuerySet[Team] = super().get_queryset(request)
        in_queue = Q(conversations__owner=Owner.QUEUE, conversations__status=Status.OPEN)
        return rows.annotate(
            people_now=Count("agents", filter=Q(agents__user__is_active=True), distinct=True),
            waiting_now=Count("conversations", filter=in_queue, distinct=True),
        )

    @display(description=_("agents"))
    def people(self, team: Any) -> int:
        return int(team.people_now)

    @display(description=_("waiting"))
    def waiting(self, team: Any) -> int:
        return int(team.waiting_now)

    def store(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Team:
        name = form.cleaned_data["name"]
        people = [agent.pk for agent in form.cleaned_data["agents"]]
        if change:
            return agents.update_team(team=obj.pk, name=name, agents=people)
        return agents.create_team(name=name, agents=people)

    def delete_model(self, request: HttpRequest, obj: Team) -> None:
        agents.delete_team(team=obj.pk)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # One team at a time: each may be refused.
        return {n: a for n, a in super().get_actions(request).items() if n != "delete_selected"}

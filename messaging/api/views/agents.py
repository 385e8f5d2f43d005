"""agents/ and teams/: the people behind the desk."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from messaging.api.base import Detail, Listing
from messaging.api.permissions import ADMIN, DESK
from messaging.api.serializers.agents import (
    AgentBody,
    AgentChange,
    AgentSerializer,
    MeBody,
    TeamBody,
    TeamChange,
    TeamSerializer,
)
from messaging.models import Agent, Team
from messaging.services import agents as service


class Agents(Listing, Detail):
    queryset = Agent.objects.none()
    serializer_class = AgentSerializer
    bodies = {"create": AgentBody, "partial_update": AgentChange, "change_me": MeBody}
    roles = {
        "list": DESK,
        "retrieve": DESK,
        "create": ADMIN,
        "partial_update": ADMIN,
        "destroy": ADMIN,
        "read_me": DESK,
        "change_me": DESK,
    }

    def visible(self, me: Agent) -> QuerySet[Agent]:
        rows: QuerySet[Agent] = service.active()
        return rows.select_related("user").prefetch_related("teams")

    @extend_schema(request=AgentBody, responses={201: AgentSerializer})
    def create(self, request: Request) -> Response:
        return self.show(service.create(**self.body()), status=201)

    @extend_schema(request=AgentChange, responses={200: AgentSerializer})
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """A new password ends all sessions of the person."""
        row = self.get_object()
        return self.show(service.update(agent=row.pk, **self.body()))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Switches the person off: tokens die at once, open conversations go back to the queue."""
        service.deactivate(agent=self.get_object().pk, by=self.me)
        return Response(status=204)

    @extend_schema(responses={200: AgentSerializer})
    @action(detail=False, url_path="me")
    def read_me(self, request: Request) -> Response:
        return self.show(self.me)

    @extend_schema(request=MeBody, responses={200: AgentSerializer})
    @read_me.mapping.patch
    def change_me(self, request: Request) -> Response:
        """My status and capacity."""
        return self.show(service.set_presence(agent=self.me, **self.body()))


class Teams(Listing, Detail):
    queryset = Team.objects.none()
    serializer_class = TeamSerializer
    bodies = {"create": TeamBody, "partial_update": TeamChange}
    roles = {
        "list": ADMIN,
        "retrieve": ADMIN,
        "create": ADMIN,
        "partial_update": ADMIN,
        "destroy": ADMIN,
    }

    def visible(self, me: Agent) -> QuerySet[Team]:
        return Team.objects.prefetch_related(Prefetch("agents", queryset=service.active()))

    @extend_schema(request=TeamBody, responses={201: TeamSerializer})
    def create(self, request: Request) -> Response:
        return self.show(service.create_team(**self.body()), status=201)

    @extend_schema(request=TeamChange, responses={200: TeamSerializer})
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        row = self.get_object()
        return self.show(service.update_team(team=row.pk, **self.body()))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        service.delete_team(team=self.get_object().pk)
        return Response(status=204)

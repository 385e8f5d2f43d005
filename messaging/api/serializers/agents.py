"""Bodies of agents/ and teams/."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from messaging.api.serializers.fields import RowSerializer, ids
from messaging.models import Agent, Role, Team
from messaging.services.agents import MAX_CAPACITY

ID_LIST = {"type": "array", "items": {"type": "string", "format": "uuid"}}


class AgentSerializer(RowSerializer):
    """A human agent."""

    username = serializers.CharField(source="user.username")
    email = serializers.EmailField(source="user.email")
    status = serializers.ChoiceField(source="presence", choices=Agent.Presence.choices)
    teams = serializers.SerializerMethodField()

    class Meta:
        model = Agent
        fields = ("id", "username", "name", "email", "role", "status", "capacity", "teams")

    @extend_schema_field(ID_LIST)
    def get_teams(self, row: Agent) -> list[str]:
        return [str(team.pk) for team in row.teams.all()]


class MeBody(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        source="presence", choices=Agent.Presence.choices, required=False
    )
    capacity = serializers.IntegerField(min_value=0, max_value=MAX_CAPACITY, required=False)


class AgentChange(MeBody):
    name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    teams = ids(required=False)
    password = serializers.CharField(
        max_length=1000, required=False, write_only=True, trim_whitespace=False
    )


class AgentBody(AgentChange):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, write_only=True, trim_whitespace=False)


class TeamSerializer(RowSerializer):
    agents = serializers.SerializerMethodField()

    class Meta:
        model = Team
        fields = ("id", "name", "agents")

    @extend_schema_field(ID_LIST)
    def get_agents(self, row: Team) -> list[str]:
        return [str(agent.pk) for agent in row.agents.all()]


class TeamChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, required=False)
    agents = ids(required=False)


class TeamBody(TeamChange):
    name = serializers.CharField(max_length=100)

"""Who may call what. Default: nobody."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from messaging.models import Agent, Role

ADMIN = frozenset({Role.ADMIN})
DESK = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AGENT})  # everybody but worker bots

Roles = Mapping[str, frozenset[Role]]


class RoleAllows(BasePermission):
    """The view's `roles` lists, for each action, the roles that may call it; an unlisted action is denied."""

    def has_permission(self, request: Request, view: Any) -> bool:
        action: Any = getattr(view, "action", None)
        if action in (None, "metadata"):  # no such method here: the view answers 405
            return bool(request.user and request.user.is_authenticated)
        roles: Roles = getattr(view, "roles", {})
        agent = getattr(request.user, "agent", None)
        return agent is not None and agent.role in roles.get(action, frozenset())


def agent_of(request: Request) -> Agent:
    """The agent who asks. Raises PermissionDenied for a user who is none."""
    agent = getattr(request.user, "agent", None)
    if not isinstance(agent, Agent):
        raise PermissionDenied
    return agent

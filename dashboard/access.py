"""Who may do what in the admin. Roles decide, not Django's per-model permissions.

Superusers and the role `admin` may do everything; `supervisor` works with conversations and contacts and
reads the rest of what is needed for that. Nobody else comes in.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from messaging.models import Agent, Role

ADMIN: frozenset[str] = frozenset({Role.ADMIN})
STAFF: frozenset[str] = frozenset({Role.ADMIN, Role.SUPERVISOR})
NOBODY: frozenset[str] = frozenset()


def agent_of(request: HttpRequest) -> Agent | None:
    """The agent behind this user; looked up once for each request."""
    user = request.user
    if isinstance(user, AnonymousUser):
        return None
    try:
        return user.agent
    except Agent.DoesNotExist:
        return None


def allowed(request: HttpRequest, roles: frozenset[str]) -> bool:
    """Whether this user is a superuser, or staff with one of the roles."""
    user = request.user
    if not user.is_active or not user.is_staff or not roles:
        return False
    if user.is_superuser:
        return True
    agent = agent_of(request)
    return agent is not None and agent.role in roles


def is_staff(request: HttpRequest) -> bool:
    return allowed(request, STAFF)


def is_admin(request: HttpRequest) -> bool:
    return allowed(request, ADMIN)


class ByRole:
    """For a ModelAdmin: each kind of access names the roles that have it."""

    viewers = STAFF
    editors = ADMIN
    adders: frozenset[str] | None = None  # None: the editors
    deleters: frozenset[str] | None = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return allowed(request, self.viewers)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.viewers)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.editors)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.editors if self.adders is None else self.adders)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, self.editors if self.deleters is None else self.deleters)

"""The people behind the desk: accounts, roles, presence and teams."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from messaging.models import Agent, Conversation, Owner, Role, Status, Team
from messaging.services import conversations
from messaging.services.errors import Conflict, Invalid, NotVisible

HEARTBEAT = timedelta(seconds=30)
MAX_CAPACITY = 1000


def create(
    *,
    username: str,
    password: str,
    name: str = "",
    email: str = "",
    role: str = Role.AGENT,
    capacity: int = 5,
    presence: str = Agent.Presence.UNAVAILABLE,
    teams: Sequence[UUID] = (),
) -> Agent:
    """A person with an account. Raises Invalid."""
    username = username.strip()
    user = get_user_model()(username=username, email=email.strip())
    _check_username(username)
    _check_password(password, user)
    _set_rights(user, role)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            agent = Agent.objects.create(
                user=user,
                name=name.strip() or username,
                role=role,
                capacity=_capacity(capacity),
                presence=presence,
            )
            agent.teams.set(_teams(teams))
    except IntegrityError:
        raise Invalid({"username": "This user name is taken."}) from None
    return agent


def update(
    *,
    agent: UUID,
    password: str | None = None,
    email: str | None = None,
    role: str | None = None,
    teams: Sequence[UUID] | None = None,
    **fields: Any,
) -> Agent:
    """Change what is named (`name`, `capacity`, `presence` besides). A new password ends all sessions.

    Raises Invalid, NotVisible, and Conflict when nobody would be left to administer the desk.
    """
    with transaction.atomic():
        row = _lock(agent)
        if "capacity" in fields:
            fields["capacity"] = _capacity(fields["capacity"])
        for field, value in fields.items():
            if field not in ("name", "capacity", "presence"):
                raise TypeError(f"not a field of an agent: {field}")
            setattr(row, field, value)
        if role is not None and role != row.role:
            if row.role == Role.ADMIN:
                _refuse_last_admin(row)
            row.role = role
            _set_rights(row.user, role)
        row.save()
        if email is not None:
            row.user.email = email.strip()
        if password is not None:
            _check_password(password, row.user)
            row.user.set_password(password)
        row.user.save()
        if teams is not None:
            row.teams.set(_teams(teams))
    return row


def set_presence(
    *, agent: Agent, presence: str | None = None, capacity: int | None = None
) -> Agent:
    """What a person may say about themselves: status and capacity."""
    fields: dict[str, Any] = {"seen_at": timezone.now()}
    if presence is not None:
        fields["presence"] = presence
    if capacity is not None:
        fields["capacity"] = _capacity(capacity)
    Agent.objects.filter(pk=agent.pk).update(**fields)
    for name, value in fields.items():
        setattr(agent, name, value)
    return agent


def heartbeat(*, agent: Agent) -> None:
    """Note that the person is here, at most every 30 seconds."""
    now = timezone.now()
    if agent.seen_at and now - agent.seen_at < HEARTBEAT:
        return
    stale = Q(seen_at=None) | Q(seen_at__lt=now - HEARTBEAT)
    Agent.objects.filter(stale, pk=agent.pk).update(seen_at=now)
    agent.seen_at = now


def deactivate(*, agent: UUID, by: Agent) -> None:
    """Switch a person off: the tokens die at once, the open conversations go back to the queue.

    Raises NotVisible, and Conflict when nobody would be left to administer the desk.
    """
    with transaction.atomic():
        row = _lock(agent)
        if row.role == Role.ADMIN:
            _refuse_last_admin(row)
        row.presence = Agent.Presence.UNAVAILABLE
        row.save(update_fields=["presence"])
        row.user.is_active = False
        row.user.save(update_fields=["is_active"])
        # So that none of them lives again when the person is switched on again.
        BlacklistedToken.objects.bulk_create(
            [BlacklistedToken(token=t) for t in OutstandingToken.objects.filter(user=row.user)],
            ignore_conflicts=True,
        )
        held = Conversation.objects.filter(agent=row, owner=Owner.AGENT)
        for pk in held.exclude(status=Status.CLOSED).values_list("pk", flat=True):
            conversations.escalate(conversation=pk, by=by, reason="agent_deactivated")


def active() -> Any:
    """The agents whose account is switched on."""
    return Agent.objects.filter(user__is_active=True)


# --- teams ---------------------------------------------------------------------------------------


def create_team(*, name: str, agents: Sequence[UUID] = ()) -> Team:
    """Raises Invalid."""
    try:
        with transaction.atomic():
            team = Team.objects.create(name=_team_name(name))
            team.agents.set(_agents(agents))
    except IntegrityError:
        raise Invalid({"name": "There is a team of this name."}) from None
    return team


def update_team(
    *, team: UUID, name: str | None = None, agents: Sequence[UUID] | None = None
) -> Team:
    """Raises Invalid, NotVisible."""
    try:
        with transaction.atomic():
            row = Team.objects.select_for_update().filter(pk=team).first()
            if row is None:
                raise NotVisible
            if name is not None:
                row.name = _team_name(name)
                row.save()
            if agents is not None:
                row.agents.set(_agents(agents))
    except IntegrityError:
        raise Invalid({"name": "There is a team of this name."}) from None
    return row


def delete_team(*, team: UUID) -> None:
    """Remove a team. Raises NotVisible, and Conflict while open conversations belong to it."""
    with transaction.atomic():
        row = Team.objects.select_for_update().filter(pk=team).first()
        if row is None:
            raise NotVisible
        # Without their team they would be everybody's to see.
        if row.conversations.exists():
            raise Conflict("in_use", "Conversations belong to this team: transfer them first.")
        row.delete()


def _lock(pk: UUID) -> Agent:
    row = (
        Agent.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=pk, user__is_active=True)
        .first()
    )
    if row is None:
        raise NotVisible
    return row


def _refuse_last_admin(row: Agent) -> None:
    others = Agent.objects.select_for_update().filter(role=Role.ADMIN, user__is_active=True)
    if not any(other.pk != row.pk for other in others):
        raise Conflict("last_admin", "Somebody must be left who administers the desk.")


def _set_rights(user: Any, role: str) -> None:
    """The dashboard's own rights follow the role: supervisors come in, admins may do everything."""
    user.is_staff = role in (Role.ADMIN, Role.SUPERVISOR)
    user.is_superuser = role == Role.ADMIN


def _check_username(username: str) -> None:
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as error:
        raise Invalid({"username": error.messages[0]}) from None
    if len(username) > 150:
        raise Invalid({"username": "At most 150 characters."})


def _check_password(password: str, user: Any) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid({"password": " ".join(error.messages)}) from None


def _capacity(value: int) -> int:
    if not 0 <= value <= MAX_CAPACITY:
        raise Invalid({"capacity": f"A number from 0 to {MAX_CAPACITY}."})
    return value


def _team_name(name: str) -> str:
    if not name.strip():
        raise Invalid({"name": "A team needs a name."})
    return name.strip()


def _teams(ids: Sequence[UUID]) -> list[Team]:
    found = list(Team.objects.filter(pk__in=ids))
    if len(found) != len(set(ids)):
        raise Invalid({"teams": "There is no such team."})
    return found


def _agents(ids: Sequence[UUID]) -> list[Agent]:
    found = list(active().filter(pk__in=ids))
    if len(found) != len(set(ids)):
        raise Invalid({"agents": "There is no such agent."})
    return found

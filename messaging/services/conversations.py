"""Who has a conversation, and how it changes hands. The only writer of owner and status (SEMANTICS A1).

Each change locks the row, raises its epoch (so that a bot decision made before it cannot be
written after it) and leaves one event.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from messaging import selectors
from messaging.models import (
    Agent,
    Conversation,
    ConversationEvent,
    Escalation,
    Message,
    MessageStatus,
    Owner,
    Role,
    Status,
    Team,
)
from messaging.services.counters import count
from messaging.services.errors import Conflict, Invalid, NotVisible

REASON_LENGTH = 200


# --- verbs of agents -------------------------------------------------------------------------


def claim(*, conversation: UUID, agent: Agent) -> Conversation:
    """Take a conversation. What is mine already stays mine. Raises Conflict when a colleague has it."""
    with transaction.atomic():
        row = _lock_for(conversation, agent)
        _refuse_closed(row)
        if row.agent_id == agent.id:
            return row
        with change(row, "claimed", actor=agent):
            assign(row, agent)
        return row


def transfer(
    *,
    conversation: UUID,
    by: Agent,
    agent: UUID | None = None,
    team: UUID | None = None,
    note: str = "",
) -> Conversation:
    """Hand a conversation to another agent, or to the queue of a team. Exactly one of the two."""
    if (agent is None) == (team is None):
        raise Invalid({"agent": "Name either an agent or a team."})
    target_agent = _active_agent(agent) if agent else None
    target_team = _team(team) if team else None
    with transaction.atomic():
        row = _lock_for(conversation, by)
        _refuse_closed(row)
        with change(row, "transferred", actor=by, note=note):
            if target_agent:
                assign(row, target_agent)
            else:
                enqueue(row, reason="transfer", team=target_team)
        return row


def release(*, conversation: UUID, by: Agent) -> Conversation:
    """Give a conversation back to the bot, which starts a new session."""
    with transaction.atomic():
        row = _lock_for(conversation, by)
        _refuse_closed(row)
        if row.owner == Owner.BOT:
            return row
        with change(row, "released", actor=by):
            give_to_bot(row)
        return row


def escalate(
    *, conversation: UUID, by: Agent, reason: str = "", team: UUID | None = None
) -> Conversation:
    """Put a conversation into the queue of the named team, or of its own."""
    target_team = _team(team) if team else None
    with transaction.atomic():
        row = _lock_for(conversation, by)
        _refuse_closed(row)
        with change(row, "escalated", actor=by, cause=reason):
            enqueue(row, reason=reason or "agent", team=target_team or row.team)
        count("escalated")
        return row


def snooze(*, conversation: UUID, by: Agent, until: datetime | None = None) -> Conversation:
    """Park a conversation until a time, or until the contact writes."""
    if until and until <= timezone.now():
        raise Invalid({"until": "This time has passed."})
    with transaction.atomic():
        row = _lock_for(conversation, by)
        _refuse_closed(row)
        with change(row, "snoozed", actor=by):
            row.status = Status.SNOOZED
            row.snoozed_until = until
        return row


def close(*, conversation: UUID, by: Agent) -> Conversation:
    """Close a conversation. Closing a closed one changes nothing."""
    with transaction.atomic():
        row = _lock_for(conversation, by)
        if row.status == Status.CLOSED:
            return row
        with change(row, "closed", actor=by):
            shut(row)
        return row


def reopen(*, conversation: UUID, by: Agent) -> Conversation:
    """Open a closed or snoozed conversation again; a closed one is then the agent's own."""
    with transaction.atomic():
        row = _lock_for(conversation, by)
        if row.status == Status.OPEN:
            return row
        with change(row, "reopened", actor=by):
            reopen_for(row, by)
        return row


def add_note(*, conversation: UUID, by: Agent, text: str) -> Conversation:
    """Write a note that only agents see. Anybody who sees the conversation may."""
    if not text.strip():
        raise Invalid({"text": "A note needs a text."})
    row = selectors.visible_conversations(by).filter(pk=conversation).first()
    if row is None:
        raise NotVisible
    ConversationEvent.objects.create(
        conversation=row, kind="note", actor_id=by.user_id, note=text.strip()
    )
    return row


# --- what the other services build on; all need the row locked and to run inside `change` ----------


def lock(conversation: UUID) -> Conversation:
    """The conversation, its row locked until the commit. Raises Conversation.DoesNotExist."""
    return (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("channel", "contact", "agent__user", "team")
        .get(pk=conversation)
    )


@contextmanager
def change(
    row: Conversation, kind: str, *, actor: Agent | None = None, cause: str = "", note: str = ""
) -> Iterator[None]:
    """Save what the block changes in `row`, under a new epoch, with one event."""
    before = _state(row)
    yield
    row.epoch += 1
    row.leased_until = None
    row.save()
    ConversationEvent.objects.create(
        conversation=row,
        kind=kind,
        actor_id=actor.user_id if actor else None,
        cause=cause[:REASON_LENGTH],
        before=before,
        after=_state(row),
        note=note,
    )


def assign(row: Conversation, agent: Agent | None) -> None:
    """Make `agent` the owner (None: a human we do not know); the bot falls silent."""
    row.owner = Owner.AGENT
    row.agent = agent
    if row.status == Status.SNOOZED:
        row.status, row.snoozed_until = Status.OPEN, None
    now = timezone.now()
    Escalation.objects.filter(conversation=row, closed_at=None, claimed_at=None).update(
        claimed_at=now
    )
    cancel_bot_replies(row)


def enqueue(row: Conversation, *, reason: str, team: Team | None, summary: str = "") -> None:
    """Put it into the humans' queue; at most one escalation is open."""
    now = timezone.now()
    row.owner = Owner.QUEUE
    row.agent = None
    row.team = team
    row.waiting_since = row.waiting_since or now
    if row.status == Status.SNOOZED:
        row.status, row.snoozed_until = Status.OPEN, None
    Escalation.objects.filter(conversation=row, closed_at=None).update(closed_at=now)
    Escalation.objects.create(
        conversation=row, reason=reason[:REASON_LENGTH] or "unknown", team=team, summary=summary
    )


def give_to_bot(row: Conversation) -> None:
    """Back to the bot, in a new session that remembers no misses and no offers."""
    row.owner = Owner.BOT
    row.agent = None
    start_session(row)
    _close_escalation(row)


def start_session(row: Conversation) -> None:
    """A new bot session: hand-backs and reopenings must not inherit what went wrong before."""
    row.session += 1
    row.misses = 0
    row.offered = []
    row.looping = False


def shut(row: Conversation) -> None:
    """Close it, remembering who had it."""
    row.last_agent = row.agent or row.last_agent
    row.status = Status.CLOSED
    row.owner = Owner.BOT
    row.agent = None
    row.snoozed_until = None
    row.waiting_since = None
    row.closed_at = timezone.now()
    _close_escalation(row)


def reopen_for(row: Conversation, agent: Agent | None) -> None:
    """Open it again for `agent`; None: for whoever had it before it was snoozed, else the bot.

    Raises Conflict when the contact has another open conversation by now.
    """
    if row.status == Status.SNOOZED:
        row.status, row.snoozed_until = Status.OPEN, None
        return
    other = Conversation.objects.filter(
        channel=row.channel_id, contact=row.contact_id, thread_key=row.thread_key
    ).exclude(status=Status.CLOSED)
    newer = other.first()
    if newer:
        raise Conflict(
            "another_open",
            "This contact has another open conversation.",
            owner=newer.owner,
            agent=newer.agent_id,
        )
    row.status = Status.OPEN
    row.closed_at = None
    start_session(row)
    if agent:
        assign(row, agent)


def cancel_bot_replies(row: Conversation) -> None:
    """A human took over: what the bot has not sent yet is not sent."""
    Message.objects.filter(
        conversation=row,
        sender=Message.SenderKind.BOT,
        status__in=(MessageStatus.QUEUED, MessageStatus.RETRY_WAIT),
    ).update(status=MessageStatus.CANCELLED, epoch=F("epoch") + 1)


def refuse_owned(row: Conversation, by: Agent) -> None:
    """Raise Conflict when a colleague owns it; supervisors and admins may act on anybody's."""
    if row.agent_id and row.agent_id != by.id and not by.sees_everything:
        raise Conflict(
            "owned", "A colleague has this conversation.", owner=row.owner, agent=row.agent_id
        )


def wake_snoozed() -> int:
    """Open the snoozed conversations whose time has come; answers how many."""
    due = Conversation.objects.filter(status=Status.SNOOZED, snoozed_until__lte=timezone.now())
    woken = 0
    for pk in due.values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            row = lock(pk)
            if row.status != Status.SNOOZED:
                continue
            with change(row, "woken", cause="time"):
                reopen_for(row, None)
            woken += 1
    return woken


def _lock_for(conversation: UUID, by: Agent) -> Conversation:
    visible = selectors.visible_conversations(by).filter(pk=conversation)
    if by.role == Role.WORKER or not visible.exists():
        raise NotVisible
    row = lock(conversation)
    refuse_owned(row, by)
    return row


def _refuse_closed(row: Conversation) -> None:
    if row.status == Status.CLOSED:
        raise Conflict("closed", "This conversation is closed.", owner=row.owner)


def _close_escalation(row: Conversation) -> None:
    Escalation.objects.filter(conversation=row, closed_at=None).update(closed_at=timezone.now())


def _active_agent(pk: UUID) -> Agent:
    agent = Agent.objects.select_related("user").filter(pk=pk, user__is_active=True).first()
    if agent is None or agent.role == Role.WORKER:
        raise Invalid({"agent": "There is no such agent."})
    return agent


def _team(pk: UUID) -> Team:
    team = Team.objects.filter(pk=pk).first()
    if team is None:
        raise Invalid({"team": "There is no such team."})
    return team


def _state(row: Conversation) -> dict[str, Any]:
    return {
        "owner": row.owner,
        "status": row.status,
        "agent": str(row.agent_id) if row.agent_id else None,
        "team": str(row.team_id) if row.team_id else None,
    }

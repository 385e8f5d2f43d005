"""Taking work from the queue."""

from django.db import transaction
from django.db.models import QuerySet

from messaging import selectors
from messaging.models import Agent, Conversation, Owner, Status
from messaging.services import conversations
from messaging.services.errors import Conflict


def waiting(*, agent: Agent) -> QuerySet[Conversation]:
    """What this agent may take, in the order it is served."""
    return selectors.queue_for(agent)


def claim_next(*, agent: Agent) -> Conversation | None:
    """Claim the first waiting conversation this agent may take; None when nothing waits.

    Raises Conflict (`unavailable`, `at_capacity`). Capacity is counted under a lock on the agent, so that
    two clicks at once cannot exceed it.
    """
    with transaction.atomic():
        me = Agent.objects.select_for_update().get(pk=agent.pk)
        if me.presence != Agent.Presence.AVAILABLE:
            raise Conflict("unavailable", "Set your status to available first.")
        if open_conversations(me) >= me.capacity:
            raise Conflict("at_capacity", "You have as many open conversations as you may take.")
        first = selectors.queue_for(agent).select_for_update(of=("self",), skip_locked=True).first()
        if first is None:
            return None
        row = conversations.lock(first.pk)
        with conversations.change(row, "claimed", actor=agent, cause="queue"):
            conversations.assign(row, agent)
        return row


def open_conversations(agent: Agent) -> int:
    """How many open conversations the agent has now."""
    return Conversation.objects.filter(agent=agent, owner=Owner.AGENT, status=Status.OPEN).count()

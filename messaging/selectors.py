"""Who may see what. Every list and every lookup by id begins here."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from messaging.models import Agent, Attachment, Contact, Conversation, Message, Owner, Role, Status


def visible_conversations(agent: Agent) -> QuerySet[Conversation]:
    """The conversations this person may see: all, or those of the own teams, of no team, and the own."""
    if agent.sees_everything:
        return Conversation.objects.all()
    if agent.role == Role.WORKER:
        return Conversation.objects.none()
    return Conversation.objects.filter(
        Q(team=None) | Q(agent=agent) | Q(team__in=agent.teams.values("id"))
    )


def visible_messages(agent: Agent) -> QuerySet[Message]:
    """The messages of visible conversations."""
    if agent.sees_everything:
        return Message.objects.all()
    return Message.objects.filter(conversation__in=visible_conversations(agent).values("id"))


def visible_contacts(agent: Agent) -> QuerySet[Contact]:
    """Contacts with a visible conversation, and those that never had one."""
    if agent.sees_everything:
        return Contact.objects.all()
    if agent.role == Role.WORKER:
        return Contact.objects.none()
    own = visible_conversations(agent).filter(contact=OuterRef("pk"))
    any_at_all = Conversation.objects.filter(contact=OuterRef("pk"))
    return Contact.objects.filter(Exists(own) | ~Exists(any_at_all))


def visible_attachments(agent: Agent) -> QuerySet[Attachment]:
    """Attachments of visible messages, and own uploads that no message uses yet."""
    if agent.sees_everything:
        return Attachment.objects.all()
    return Attachment.objects.filter(
        Q(message__in=visible_messages(agent).values("id")) | Q(message=None, uploaded_by=agent)
    )


def queue_for(agent: Agent) -> QuerySet[Conversation]:
    """The queue as this person may take from it: by priority, then longest waiting."""
    return (
        visible_conversations(agent)
        .filter(owner=Owner.QUEUE, status=Status.OPEN)
        .order_by("-priority", "waiting_since", "id")
    )

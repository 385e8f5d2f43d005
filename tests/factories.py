"""Rows for tests: plain functions with sensible defaults. Names, numbers and addresses are invented.

`make_agent(role="supervisor", teams=[team])`, `make_conversation(owner="queue")`, `make_message(...)`.
Everything not given is made on the way.
"""

import itertools
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from bot.models import FAQ, Phrasing, Rule
from messaging.models import (
    Address,
    Agent,
    Attachment,
    Channel,
    Contact,
    Conversation,
    Message,
    MessageStatus,
    Miss,
    Team,
    UnansweredQuestion,
)
from messaging.unanswered import key_of

PASSWORD = "correct-horse-battery-42"

_numbers = itertools.count(1)


def make_user(username: str | None = None, *, password: str = PASSWORD, **fields: Any) -> Any:
    """A user of Django without an agent."""
    name = username or f"person{next(_numbers)}"
    fields.setdefault("email", f"{name}@example.com")
    return get_user_model().objects.create_user(username=name, password=password, **fields)


def make_team(name: str | None = None) -> Team:
    return Team.objects.create(name=name or f"Team {next(_numbers)}")


def make_agent(
    username: str | None = None,
    *,
    role: str = "agent",
    teams: list[Team] | tuple[Team, ...] = (),
    presence: str = "available",
    password: str = PASSWORD,
    **fields: Any,
) -> Agent:
    """An agent with a user; available and seen just now unless told otherwise."""
    user = make_user(username, password=password)
    fields.setdefault("name", user.username.title())
    fields.setdefault("seen_at", timezone.now())
    agent = Agent.objects.create(user=user, role=role, presence=presence, **fields)
    agent.teams.set(teams)
    return agent


def make_channel(kind: str = "mock", **fields: Any) -> Channel:
    fields.setdefault("name", f"Channel {next(_numbers)}")
    return Channel.objects.create(kind=kind, **fields)


def make_contact(
    *, channel: Channel | None = None, external_id: str | None = None, **fields: Any
) -> Contact:
    """A contact; with `channel`, reachable there."""
    number = next(_numbers)
    fields.setdefault("name", f"Contact {number}")
    contact = Contact.objects.create(**fields)
    if channel is not None:
        make_address(contact, channel, external_id)
    return contact


def make_address(contact: Contact, channel: Channel, external_id: str | None = None) -> Address:
    return Address.objects.create(
        contact=contact,
        channel=channel,
        external_id=external_id or f"visitor-{next(_numbers)}",
        last_inbound_at=timezone.now(),
    )


def make_conversation(
    *,
    contact: Contact | None = None,
    channel: Channel | None = None,
    owner: str = "bot",
    agent: Agent | None = None,
    **fields: Any,
) -> Conversation:
    """A conversation; naming an agent gives it to that agent, `owner="queue"` puts it in the queue."""
    if channel is None:
        known = contact.addresses.first() if contact is not None else None
        channel = known.channel if known is not None else make_channel()
    if contact is None:
        contact = make_contact(channel=channel)
    elif not contact.addresses.filter(channel=channel).exists():
        make_address(contact, channel)
    if agent is not None:
        owner = "agent"
    now = timezone.now()
    if owner == "queue":
        fields.setdefault("waiting_since", now)
    fields.setdefault("last_message_at", now)
    fields.setdefault("last_inbound_at", now)
    address = contact.addresses.get(channel=channel)
    fields.setdefault("destination", address.external_id)
    return Conversation.objects.create(
        contact=contact, channel=channel, owner=owner, agent=agent, **fields
    )


def make_message(
    conversation: Conversation | None = None,
    *,
    direction: str = "in",
    text: str = "Where is my order?",
    **fields: Any,
) -> Message:
    """The next message of a conversation."""
    conversation = conversation or make_conversation()
    inbound = direction == "in"
    fields.setdefault("sender", "contact" if inbound else "bot")
    fields.setdefault("status", MessageStatus.RECEIVED if inbound else MessageStatus.SENT)
    fields.setdefault("external_id", f"ext-{next(_numbers)}")
    if not inbound and fields["status"] != MessageStatus.QUEUED:
        fields.setdefault("sent_at", timezone.now())
    conversation.last_position += 1
    conversation.save(update_fields=["last_position"])
    return Message.objects.create(
        conversation=conversation,
        contact=conversation.contact,
        channel=conversation.channel,
        direction=direction,
        position=conversation.last_position,
        text=text,
        **fields,
    )


def make_attachment(message: Message | None = None, **fields: Any) -> Attachment:
    """An attachment without a file."""
    fields.setdefault("type", "document")
    fields.setdefault("name", "receipt.pdf")
    fields.setdefault("mime", "application/pdf")
    fields.setdefault("size", 1234)
    return Attachment.objects.create(message=message, **fields)


def make_faq(
    question: str = "Where is my order?",
    answer: str = "You find it under My orders.",
    *,
    alternatives: list[str] | tuple[str, ...] = (),
    **fields: Any,
) -> FAQ:
    """A FAQ in the database; not published."""
    fields.setdefault("language", "en")
    faq = FAQ.objects.create(question=question, answer=answer, **fields)
    Phrasing.objects.bulk_create(Phrasing(faq=faq, text=text) for text in alternatives)
    return faq


def make_rule(**fields: Any) -> Rule:
    """A rule in the database; not published."""
    fields.setdefault("name", f"Rule {next(_numbers)}")
    fields.setdefault("trigger", Rule.Trigger.KEYWORD)
    fields.setdefault("pattern", "refund")
    fields.setdefault("action", Rule.Action.REPLY)
    fields.setdefault("reply", "Refunds take five days.")
    return Rule.objects.create(**fields)


def make_question(*messages: Message, **fields: Any) -> UnansweredQuestion:
    """An unanswered question of these messages, or of one more."""
    messages = messages or (make_message(text="Can my parrot fly in the cabin?"),)
    question = UnansweredQuestion.objects.create(times=len(messages), **fields)
    for message in messages:
        Miss.objects.create(
            message=message,
            question=question,
            cause=Miss.Cause.MISS,
            language="en",
            key=key_of(message.text),
        )
    return question

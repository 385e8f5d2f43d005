"""Everything the desk remembers. One file a subject; import from here."""

from messaging.models.agents import Agent, Role, Team
from messaging.models.channels import Channel
from messaging.models.contacts import Address, Contact
from messaging.models.conversations import (
    Conversation,
    ConversationEvent,
    Escalation,
    Owner,
    Status,
)
from messaging.models.counters import DailyCounter
from messaging.models.deliveries import DedupeKey, Delivery, PendingReceipt
from messaging.models.jobs import Lease, PeriodicJob
from messaging.models.messages import (
    Attachment,
    Attempt,
    Decision,
    Direction,
    Message,
    MessageStatus,
)
from messaging.models.requests import IdempotentRequest
from messaging.models.unanswered import Miss, UnansweredQuestion

__all__ = [
    "Address",
    "Agent",
    "Attachment",
    "Attempt",
    "Channel",
    "Contact",
    "Conversation",
    "ConversationEvent",
    "DailyCounter",
    "Decision",
    "DedupeKey",
    "Delivery",
    "Direction",
    "Escalation",
    "IdempotentRequest",
    "Lease",
    "Message",
    "MessageStatus",
    "Miss",
    "Owner",
    "PendingReceipt",
    "PeriodicJob",
    "Role",
    "Status",
    "Team",
    "UnansweredQuestion",
]

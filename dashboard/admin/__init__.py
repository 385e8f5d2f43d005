"""The pages of the admin, one file a subject. Importing them registers them."""

from dashboard.admin import (
    agents,
    channels,
    contacts,
    conversations,
    faqs,
    messages,
    rules,
    settings,
    snapshots,
    system,
    traffic,
    unanswered,
)

__all__ = [
    "agents",
    "channels",
    "contacts",
    "conversations",
    "faqs",
    "messages",
    "rules",
    "settings",
    "snapshots",
    "system",
    "traffic",
    "unanswered",
]

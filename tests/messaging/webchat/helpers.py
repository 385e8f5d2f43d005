"""A web chat with visitors who hold real tokens."""

from typing import Any

from django.test import Client

from channels.webchat import issue_token
from messaging.models import Channel, Conversation
from tests import factories

SECRET = {"session_secret": "a-secret-made-for-tests"}


def make_chat(**config: Any) -> Channel:
    return factories.make_channel("webchat", config={**SECRET, **config})


def make_visitor(channel: Channel, visitor: str, **fields: Any) -> Conversation:
    """A visitor who has written before: contact, address and open conversation."""
    contact = factories.make_contact(channel=channel, external_id=visitor)
    return factories.make_conversation(contact=contact, channel=channel, **fields)


def bearer(visitor: str, config: dict[str, Any] = SECRET) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(visitor, config)}"}


def get_messages(client: Client, channel: Channel, visitor: str, after: Any = None) -> list[Any]:
    """What this visitor's page is shown."""
    query = {"after": str(after)} if after else {}
    answer = client.get(f"/chat/{channel.id}/messages", query, headers=bearer(visitor))
    assert answer.status_code == 200, answer.content
    results: list[Any] = answer.json()["results"]
    return results

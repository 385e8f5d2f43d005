"""Bodies of conversations/ and queue/."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from messaging.api.serializers.fields import TEXT_LENGTH, RowSerializer, UtcDateTimeField
from messaging.models import Conversation

CONVERSATION_FIELDS = (
    "id",
    "contact",
    "channel",
    "owner",
    "status",
    "agent",
    "team",
    "priority",
    "tags",
    "waiting_since",
    "last_message_at",
    "created_at",
)


class ConversationSerializer(RowSerializer):
    tags = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Conversation
        fields: tuple[str, ...] = CONVERSATION_FIELDS


class QueueRowSerializer(ConversationSerializer):
    position = serializers.IntegerField(help_text="In the whole queue, from 1.")
    wait_seconds = serializers.SerializerMethodField()

    class Meta(ConversationSerializer.Meta):
        fields = (*CONVERSATION_FIELDS, "position", "wait_seconds")

    def get_wait_seconds(self, row: Conversation) -> int:
        since = row.waiting_since or row.created_at
        return max(0, int((timezone.now() - since).total_seconds()))


class EmptyBody(serializers.Serializer[Any]):
    """An empty object."""


class TransferBody(serializers.Serializer[Any]):
    """Either an agent or a team."""

    agent = serializers.UUIDField(required=False, allow_null=True, default=None)
    team = serializers.UUIDField(required=False, allow_null=True, default=None)
    note = serializers.CharField(
        max_length=TEXT_LENGTH, required=False, allow_blank=True, default=""
    )


class EscalateBody(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    team = serializers.UUIDField(required=False, allow_null=True, default=None)


class SnoozeBody(serializers.Serializer[Any]):
    until = UtcDateTimeField(required=False, allow_null=True, default=None)


class NoteBody(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=TEXT_LENGTH)

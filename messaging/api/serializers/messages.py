"""Bodies of messages/ and attachments/."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from messaging.api.serializers.fields import RowSerializer
from messaging.models import Attachment, Attempt, Decision, Message


class SendProblem(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class MessageSerializer(RowSerializer):
    """One message. References are ids."""

    agent = serializers.UUIDField(source="agent_id", allow_null=True)
    campaign = serializers.SerializerMethodField()
    attachments = serializers.SerializerMethodField()
    reply_to = serializers.UUIDField(source="reply_to_id", allow_null=True)
    external_id = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields: tuple[str, ...] = (
            "id",
            "conversation",
            "contact",
            "channel",
            "agent",
            "campaign",
            "direction",
            "sender",
            "text",
            "attachments",
            "reply_to",
            "external_id",
            "status",
            "error",
            "created_at",
            "sent_at",
        )

    @extend_schema_field({"type": ["string", "null"], "format": "uuid"})
    def get_campaign(self, row: Message) -> None:
        return None

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
    def get_attachments(self, row: Message) -> list[str]:
        return [str(a.pk) for a in row.attachments.all()]

    @extend_schema_field({"type": ["string", "null"]})
    def get_external_id(self, row: Message) -> str | None:
        return row.external_id or None

    @extend_schema_field(SendProblem(allow_null=True))
    def get_error(self, row: Message) -> dict[str, str] | None:
        if not row.error_code and not row.error_detail:
            return None
        return {"code": row.error_code, "detail": row.error_detail}


class AttemptSerializer(RowSerializer):
    """One try to send one part of a message."""

    class Meta:
        model = Attempt
        fields = (
            "number",
            "part",
            "call",
            "outcome",
            "provider_code",
            "detail",
            "external_id",
            "ms",
            "created_at",
        )


class DecisionSerializer(RowSerializer):
    """Why the bot said it."""

    faq = serializers.UUIDField(source="faq_id", allow_null=True)
    rule = serializers.UUIDField(source="rule_id", allow_null=True)

    class Meta:
        model = Decision
        fields = ("action", "step", "faq", "rule", "score", "runner_up", "ms")


class MessageDetailSerializer(MessageSerializer):
    attempts = AttemptSerializer(many=True)
    decision = serializers.SerializerMethodField()

    class Meta(MessageSerializer.Meta):
        fields = (*MessageSerializer.Meta.fields, "attempts", "decision")

    @extend_schema_field(DecisionSerializer(allow_null=True))
    def get_decision(self, row: Message) -> dict[str, Any] | None:
        """A bot's reply: of the message it answers. An inbound message: its own."""
        for message in (row, row.answers):
            decision = getattr(message, "decision", None)
            if decision is not None:
                return dict(DecisionSerializer(decision).data)
        return None


class UploadBody(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=None, allow_empty_file=True)


class AttachmentSerializer(RowSerializer):
    class Meta:
        model = Attachment
        fields = ("id", "name", "type", "mime", "size", "state", "data")

"""Bodies of channels/."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

import channels.registry
from messaging.api.serializers.fields import RowSerializer, UtcDateTimeField
from messaging.models import Channel, Message


class CapabilitiesSerializer(serializers.Serializer[Any]):
    max_text = serializers.IntegerField()
    text_unit = serializers.CharField()
    max_buttons = serializers.IntegerField()
    link_buttons = serializers.BooleanField(help_text="A button may open a web address.")
    attachments = serializers.SerializerMethodField()
    max_attachment = serializers.IntegerField(help_text="Bytes.")
    replies = serializers.BooleanField()
    receipts = serializers.SerializerMethodField()
    typing = serializers.BooleanField()
    groups = serializers.BooleanField()
    edits = serializers.BooleanField()
    starts_conversations = serializers.BooleanField()
    reply_window_hours = serializers.IntegerField(allow_null=True)
    max_per_second = serializers.FloatField(allow_null=True)

    def get_attachments(self, row: Any) -> list[str]:
        return sorted(row.attachments)

    def get_receipts(self, row: Any) -> list[str]:
        return sorted(row.receipts)


class KindSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    config = serializers.DictField(help_text="JSON schema of the configuration.")
    capabilities = CapabilitiesSerializer()


class KindsPage(serializers.Serializer[Any]):
    """All kinds on one page, in the shape of every list."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = KindSerializer(many=True)


class ChannelBody(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[])
    name = serializers.CharField(max_length=100)
    config = serializers.DictField(
        required=False, default=dict, help_text="See channels/kinds/. Secrets are write-only."
    )
    enabled = serializers.BooleanField(required=False, default=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["kind"] = serializers.ChoiceField(choices=channels.registry.choices())
        return fields


class ChannelChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, required=False)
    config = serializers.DictField(
        required=False, help_text="Keys that are not named keep their value."
    )
    enabled = serializers.BooleanField(required=False)


class ChannelSerializer(RowSerializer):
    """A connected channel. `config` holds no secret."""

    config = serializers.SerializerMethodField()
    webhook_url = serializers.SerializerMethodField()

    class Meta:
        model = Channel
        fields = (
            "id",
            "kind",
            "name",
            "config",
            "enabled",
            "webhook_url",
            "health",
            "health_detail",
            "checked_at",
            "created_at",
        )

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_config(self, row: Channel) -> dict[str, Any]:
        return row.public_config()

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_webhook_url(self, row: Channel) -> str:
        """Without PUBLIC_URL: the address as this client sees us."""
        known = row.webhook_url()
        if known:
            return known
        return str(self.context["request"].build_absolute_uri(f"/webhooks/{row.kind}/{row.id}"))


class ButtonSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    payload = serializers.CharField()
    url = serializers.CharField(required=False, help_text="Opened instead; only then it is there.")


class OutboxSerializer(serializers.Serializer[Any]):
    """What a mock channel would have sent."""

    id = serializers.UUIDField()
    message = serializers.UUIDField(source="id")
    contact = serializers.UUIDField(source="contact_id")
    external_id = serializers.CharField()
    text = serializers.CharField()
    buttons = ButtonSerializer(many=True)
    attachments = serializers.SerializerMethodField()
    sent_at = UtcDateTimeField()

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
    def get_attachments(self, row: Message) -> list[str]:
        return [str(a.pk) for a in row.attachments.all()]

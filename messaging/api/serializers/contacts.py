"""Bodies of contacts/."""

from typing import Any

from rest_framework import serializers

from messaging.api.serializers.fields import TEXT_LENGTH, RowSerializer, ids, texts
from messaging.models import Address, Contact
from messaging.services.contacts import MAX_TAG, MAX_TAGS


class AddressSerializer(RowSerializer):
    class Meta:
        model = Address
        fields = ("channel", "external_id")


class ContactSerializer(RowSerializer):
    addresses = AddressSerializer(many=True)
    tags = texts(MAX_TAG)
    attributes = serializers.DictField()

    class Meta:
        model = Contact
        fields = (
            "id",
            "name",
            "phone",
            "email",
            "language",
            "time_zone",
            "tags",
            "attributes",
            "addresses",
            "created_at",
        )


class AddressBody(serializers.Serializer[Any]):
    channel = serializers.UUIDField()
    external_id = serializers.CharField(max_length=255)


class ContactBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    phone = serializers.CharField(
        max_length=32, required=False, allow_blank=True, help_text="E.164, e.g. +15550101234."
    )
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    language = serializers.RegexField(
        r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,6})?$",
        required=False,
        allow_blank=True,
        help_text="BCP 47, e.g. pt-BR.",
    )
    time_zone = serializers.CharField(
        max_length=60, required=False, allow_blank=True, help_text="E.g. America/Sao_Paulo."
    )
    tags = texts(MAX_TAG, max_length=MAX_TAGS, required=False)
    attributes = serializers.DictField(required=False)
    addresses = serializers.ListField(child=AddressBody(), required=False, max_length=20)


class SendBody(serializers.Serializer[Any]):
    """A message to a contact: a text, attachments, or both."""

    text = serializers.CharField(
        max_length=TEXT_LENGTH, required=False, default="", allow_blank=True, trim_whitespace=False
    )
    attachments = ids(required=False, default=list, max_length=10)
    reply_to = serializers.UUIDField(required=False, allow_null=True, default=None)
    channel = serializers.UUIDField(required=False, allow_null=True, default=None)

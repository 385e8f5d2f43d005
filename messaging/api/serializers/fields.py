"""Fields that several subjects share."""

from datetime import UTC
from typing import Any

from django.db import models
from rest_framework import serializers

TEXT_LENGTH = 20_000  # characters
MAX_LIST = 200  # items


class UtcDateTimeField(serializers.DateTimeField):
    """ISO 8601 in UTC both ways, whatever the desk's own zone is."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default_timezone", UTC)
        super().__init__(**kwargs)


class RowSerializer(serializers.ModelSerializer[Any]):
    """A row as it is answered: times in UTC, nothing writable."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: UtcDateTimeField,
    }

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.read_only = True
        return fields


def ids(**kwargs: Any) -> serializers.ListField:
    """A list of ids."""
    kwargs.setdefault("max_length", MAX_LIST)
    return serializers.ListField(child=serializers.UUIDField(), **kwargs)


def texts(length: int, **kwargs: Any) -> serializers.ListField:
    """A list of short texts of at most `length` characters."""
    kwargs.setdefault("max_length", MAX_LIST)
    return serializers.ListField(child=serializers.CharField(max_length=length), **kwargs)

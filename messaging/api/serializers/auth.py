"""Bodies of auth/."""

from rest_framework import serializers

from messaging.api.auth import MAX_TOKEN


class LoginBody(serializers.Serializer[None]):
    username = serializers.CharField(max_length=150, write_only=True)
    password = serializers.CharField(
        max_length=1000, write_only=True, trim_whitespace=False, style={"input_type": "password"}
    )


class TokenPair(serializers.Serializer[None]):
    access = serializers.CharField(read_only=True)
    refresh = serializers.CharField(read_only=True)


class RefreshBody(serializers.Serializer[None]):
    refresh = serializers.CharField(help_text=f"At most {MAX_TOKEN} characters.")


class VerifyBody(serializers.Serializer[None]):
    token = serializers.CharField(help_text=f"At most {MAX_TOKEN} characters.")


class Nothing(serializers.Serializer[None]):
    """An empty object."""

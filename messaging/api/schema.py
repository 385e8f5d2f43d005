"""How operations are described in OpenAPI."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from rest_framework import serializers


class Problem(serializers.Serializer[Any]):
    """What every refusal looks like."""

    detail = serializers.CharField(help_text="For people.")
    code = serializers.CharField(help_text="For programs; stable.")
    request_id = serializers.CharField(help_text="As in the log.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), required=False, help_text="What is wrong with each field."
    )
    owner = serializers.CharField(required=False, help_text="With `owned`: bot, queue or agent.")
    agent = serializers.UUIDField(required=False, allow_null=True, help_text="With `owned`: who.")


class DeskSchema(AutoSchema):
    """Adds the one shape of refusals to every operation and groups operations by resource."""

    def get_description(self) -> str:  # type: ignore[override]
        """What the method says of itself; a view's own docstring is for us."""
        method = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        return get_doc(method) if method else ""

    def get_tags(self) -> list[str]:
        parts = [p for p in self.path.split("/") if p and not p.startswith("{")]
        return [parts[2] if len(parts) > 2 else parts[-1]]

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction=direction)
        problem = self._get_response_for_code(Problem, "default", direction=direction)
        bodies["default"] = {**problem, "description": "Refused."}
        return bodies


class AuthenticationScheme(OpenApiAuthenticationExtension):
    target_class = "messaging.api.auth.Authentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}

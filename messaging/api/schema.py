"""How the API describes itself: OpenAPI 3.1 at /api/schema/, Swagger UI at /docs/."""

from typing import Any

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


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


class DeskSchema(AutoSchema):  # type: ignore[misc]
    """Adds the one shape of refusals to every operation, and groups operations by resource."""

    def get_tags(self) -> list[str]:
        parts = [p for p in self.path.split("/") if p and not p.startswith("{")]
        return [parts[2] if len(parts) > 2 else parts[-1]]

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction=direction)
        problem = self._get_response_for_code(Problem, "default", direction=direction)
        bodies["default"] = {**problem, "description": "Refused."}
        return bodies


class AuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[misc]
    target_class = "messaging.api.auth.Authentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class Schema(SpectacularAPIView):  # type: ignore[misc]
    """The description itself; anybody may read it, it holds no secret."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().get(request, *args, **kwargs)
        return response


class Docs(SpectacularSwaggerSplitView):  # type: ignore[misc]
    """Swagger UI, all of it served by us."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().get(request, *args, **kwargs)
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

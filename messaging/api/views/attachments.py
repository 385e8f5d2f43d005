"""attachments/: files on their way out, and those that came in."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from messaging import selectors
from messaging.api.base import Detail
from messaging.api.parsers import FileParser
from messaging.api.permissions import DESK
from messaging.api.serializers.messages import AttachmentSerializer, UploadBody
from messaging.models import Agent, Attachment
from messaging.services import attachments as service


class _AnyAccept(BaseContentNegotiation):
    """A download is what it is, whatever `Accept` says; everything else is JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        wanted = (request.content_type or "").split(";")[0].strip().lower()
        return next((p for p in parsers if p.media_type == wanted), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class Attachments(Detail):
    queryset = Attachment.objects.none()
    serializer_class = AttachmentSerializer
    bodies = {"create": UploadBody}
    parser_classes = (FileParser,)
    content_negotiation_class = _AnyAccept
    roles = {"create": DESK, "retrieve": DESK}

    def visible(self, me: Agent) -> QuerySet[Attachment]:
        return selectors.visible_attachments(me)

    @extend_schema(
        request={"multipart/form-data": UploadBody}, responses={201: AttachmentSerializer}
    )
    def create(self, request: Request) -> Response:
        """One file of at most 20 MB in the part `file`; the id goes into `attachments` of a message."""
        row = service.store(upload=self.body()["file"], by=self.me)
        return Response(AttachmentSerializer(row).data, status=201)

    @extend_schema(
        responses={
            (200, "application/octet-stream"): OpenApiResponse(
                OpenApiTypes.BINARY, description="The file."
            ),
            (200, "application/json"): AttachmentSerializer,
        }
    )
    def retrieve(self, request: Request, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """The file; where there is none (a location, a contact card, a file not fetched yet), its description."""
        row: Attachment = self.get_object()
        if not row.file.name or not row.file.storage.exists(row.file.name):
            return Response(AttachmentSerializer(row).data)
        response = FileResponse(
            row.file.open("rb"),
            as_attachment=True,
            filename=row.name or "file",
            content_type=row.mime or "application/octet-stream",
        )
        # Never a page of ours, whatever is in it (F-123).
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["Cache-Control"] = "private, no-store"
        return response

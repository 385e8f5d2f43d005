"""messages/: everything that was said, and how it went."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from messaging import selectors
from messaging.api.base import Detail, Listing
from messaging.api.filters import MessageFilters
from messaging.api.permissions import DESK
from messaging.api.serializers.messages import MessageDetailSerializer, MessageSerializer
from messaging.models import Agent, Direction, Message
from messaging.services import outbound
from messaging.services.errors import Conflict


class Messages(Listing, Detail):
    queryset = Message.objects.none()
    serializer_class = MessageSerializer
    filterset_class = MessageFilters
    roles = {"list": DESK, "retrieve": DESK, "retry": DESK}

    def visible(self, me: Agent) -> QuerySet[Message]:
        rows = selectors.visible_messages(me).prefetch_related("attachments")
        if self.action == "list":
            return rows
        return rows.select_related("decision", "answers__decision").prefetch_related("attempts")

    def get_serializer_class(self) -> Any:
        return MessageSerializer if self.action == "list" else MessageDetailSerializer

    @extend_schema(responses={200: MessageDetailSerializer})
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """With its attempts and, for a reply of the bot, the decision that made it."""
        return super().retrieve(request, **kwargs)

    @extend_schema(request=None, responses={200: MessageDetailSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, **kwargs: Any) -> Response:
        """Sends a failed, uncertain or expired message again."""
        row: Message = self.get_object()
        if row.direction == Direction.IN:
            raise Conflict("not_retryable", _("This message came in: there is nothing to send."))
        return self.show(outbound.retry(message=row.pk, by=self.me))

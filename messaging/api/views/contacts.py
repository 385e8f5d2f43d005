"""contacts/: the people, and writing to them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from messaging import selectors
from messaging.api import idempotency
from messaging.api.base import Detail, Listing
from messaging.api.filters import ContactFilters
from messaging.api.permissions import ADMIN, DESK
from messaging.api.serializers.contacts import ContactBody, ContactSerializer, SendBody
from messaging.api.serializers.messages import MessageSerializer
from messaging.models import Agent, Contact, Message
from messaging.services import contacts as service
from messaging.services import outbound

KEY = OpenApiParameter(
    idempotency.HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Repeating a request under the same key within 24 hours sends nothing again.",
)


class Contacts(Listing, Detail):
    queryset = Contact.objects.none()
    serializer_class = ContactSerializer
    filterset_class = ContactFilters
    bodies = {"create": ContactBody, "partial_update": ContactBody, "messages": SendBody}
    roles = {
        "list": DESK,
        "retrieve": DESK,
        "create": ADMIN,
        "partial_update": DESK,
        "destroy": ADMIN,
        "messages": DESK,
    }

    def visible(self, me: Agent) -> QuerySet[Contact]:
        return selectors.visible_contacts(me).prefetch_related("addresses")

    @extend_schema(request=ContactBody, responses={201: ContactSerializer})
    def create(self, request: Request) -> Response:
        return self.show(service.create(**self.body()), status=201)

    @extend_schema(request=ContactBody, responses={200: ContactSerializer})
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        row = self.get_object()
        body = self.body(partial=True)
        return self.show(service.update(contact=row.pk, by=self.me, **body))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        service.delete(contact=self.get_object().pk)
        return Response(status=204)

    @extend_schema(request=SendBody, responses={201: MessageSerializer}, parameters=[KEY])
    @action(detail=True, methods=["post"])
    def messages(self, request: Request, **kwargs: Any) -> Response:
        """Stores the message and answers at once; the channel delivers it."""
        contact = self.get_object()
        body = self.body()

        def send() -> Response:
            sent = outbound.send_message(by=self.me, contact=contact.pk, **body)
            row = Message.objects.prefetch_related("attachments").get(pk=sent.pk)
            return Response(MessageSerializer(row).data, status=201)

        return idempotency.once(request, send)

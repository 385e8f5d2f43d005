"""channels/: what is connected, what can be, and what a mock channel "sent"."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

import channels.registry
from channels.base import json_schema
from messaging.api.base import Detail, Listing
from messaging.api.permissions import ADMIN, DESK
from messaging.api.serializers.channels import (
    ChannelBody,
    ChannelChange,
    ChannelSerializer,
    KindsPage,
    OutboxSerializer,
)
from messaging.models import Agent, Channel, Direction, Message, MessageStatus
from messaging.services import channels as service

SENT = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)


class Channels(Listing, Detail):
    queryset = Channel.connected.none()
    serializer_class = ChannelSerializer
    bodies = {"create": ChannelBody, "partial_update": ChannelChange}
    paged = frozenset({"list", "kinds", "outbox"})
    roles = {
        "kinds": DESK,
        "list": ADMIN,
        "retrieve": ADMIN,
        "create": ADMIN,
        "partial_update": ADMIN,
        "destroy": ADMIN,
        "check": ADMIN,
        "outbox": ADMIN,
    }

    def visible(self, me: Agent) -> QuerySet[Channel]:
        return Channel.connected.all()

    @extend_schema(request=ChannelBody, responses={201: ChannelSerializer})
    def create(self, request: Request) -> Response:
        """Checks the credentials with the platform and registers the webhook."""
        return self.show(service.create(**self.body()), status=201)

    @extend_schema(request=ChannelChange, responses={200: ChannelSerializer})
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        row = self.get_object()
        return self.show(service.update(channel=row.pk, **self.body()))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Takes the channel off its platform; its conversations stay."""
        service.delete(channel=self.get_object().pk)
        return Response(status=204)

    @extend_schema(request=None, responses={200: ChannelSerializer})
    @action(detail=True, methods=["post"])
    def check(self, request: Request, **kwargs: Any) -> Response:
        """Verifies the credentials again; `health` says how it went."""
        return self.show(service.check(channel=self.get_object().pk))

    @extend_schema(responses={200: KindsPage}, filters=False)
    @action(detail=False)
    def kinds(self, request: Request) -> Response:
        """Every kind with the JSON schema of its configuration and what it can do, on one page."""
        rows = [
            {
                "kind": kind.kind,
                "label": kind.label,
                "config": json_schema(kind.fields),
                "capabilities": kind.capabilities,
            }
            for kind in channels.registry.CHANNELS.values()
        ]
        page = KindsPage({"next": None, "previous": None, "results": rows})
        return Response(page.data)

    @extend_schema(responses={200: OutboxSerializer(many=True)})
    @action(detail=True)
    def outbox(self, request: Request, **kwargs: Any) -> Response:
        """What a mock channel would have sent, newest first."""
        row = self.get_object()
        if row.kind != "mock":
            raise NotFound
        sent = Message.objects.filter(channel=row, direction=Direction.OUT, status__in=SENT)
        page = self.paginate_queryset(sent.prefetch_related("attachments"))
        return self.get_paginated_response(OutboxSerializer(page or [], many=True).data)

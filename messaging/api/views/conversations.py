"""conversations/ and queue/: who has a conversation, and taking the next one."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from messaging import selectors
from messaging.api.base import Detail, Listing
from messaging.api.filters import ConversationFilters
from messaging.api.pagination import beyond
from messaging.api.permissions import DESK
from messaging.api.serializers.conversations import (
    ConversationSerializer,
    EmptyBody,
    EscalateBody,
    NoteBody,
    QueueRowSerializer,
    SnoozeBody,
    TransferBody,
)
from messaging.models import Agent, Conversation
from messaging.services import conversations as service
from messaging.services import queue


def _verb(body: Any) -> Any:
    """The description of a verb: it answers the conversation as it is then."""
    return extend_schema(request=body, responses={200: ConversationSerializer})


class Conversations(Listing, Detail):
    queryset = Conversation.objects.none()
    serializer_class = ConversationSerializer
    filterset_class = ConversationFilters
    bodies = {
        "claim": EmptyBody,
        "transfer": TransferBody,
        "release": EmptyBody,
        "escalate": EscalateBody,
        "snooze": SnoozeBody,
        "close": EmptyBody,
        "reopen": EmptyBody,
        "notes": NoteBody,
    }
    roles = {
        "list": DESK,
        "retrieve": DESK,
        "claim": DESK,
        "transfer": DESK,
        "release": DESK,
        "escalate": DESK,
        "snooze": DESK,
        "close": DESK,
        "reopen": DESK,
        "notes": DESK,
    }

    def visible(self, me: Agent) -> QuerySet[Conversation]:
        return selectors.visible_conversations(me)

    @_verb(EmptyBody)
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, **kwargs: Any) -> Response:
        """Makes the conversation mine; 409 when a colleague has it."""
        row = self._asked()
        return self._answer(service.claim(conversation=row.pk, agent=self.me, **self.body()))

    @_verb(TransferBody)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, **kwargs: Any) -> Response:
        """Hands the conversation to another agent, or to the queue of a team."""
        row = self._asked()
        return self._answer(service.transfer(conversation=row.pk, by=self.me, **self.body()))

    @_verb(EmptyBody)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, **kwargs: Any) -> Response:
        """Gives the conversation back to the bot."""
        row = self._asked()
        return self._answer(service.release(conversation=row.pk, by=self.me, **self.body()))

    @_verb(EscalateBody)
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, **kwargs: Any) -> Response:
        """Puts the conversation into the queue of the named team, or of its own."""
        row = self._asked()
        return self._answer(service.escalate(conversation=row.pk, by=self.me, **self.body()))

    @_verb(SnoozeBody)
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, **kwargs: Any) -> Response:
        """Parks the conversation until a time, or until the contact writes."""
        row = self._asked()
        return self._answer(service.snooze(conversation=row.pk, by=self.me, **self.body()))

    @_verb(EmptyBody)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, **kwargs: Any) -> Response:
        row = self._asked()
        return self._answer(service.close(conversation=row.pk, by=self.me, **self.body()))

    @_verb(EmptyBody)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, **kwargs: Any) -> Response:
        row = self._asked()
        return self._answer(service.reopen(conversation=row.pk, by=self.me, **self.body()))

    @_verb(NoteBody)
    @action(detail=True, methods=["post"])
    def notes(self, request: Request, **kwargs: Any) -> Response:
        """Writes a note that only agents see."""
        row = self._asked()
        return self._answer(service.add_note(conversation=row.pk, by=self.me, **self.body()))

    def _asked(self) -> Conversation:
        row: Conversation = self.get_object()
        return row

    def _answer(self, row: Conversation) -> Response:
        # Not re-read: after a transfer the agent may not see it any more.
        return Response(ConversationSerializer(row).data)


class Queue(Listing):
    queryset = Conversation.objects.none()
    serializer_class = QueueRowSerializer
    bodies = {"next": EmptyBody}
    keyset = ("-priority", "waiting_since", "id")
    roles = {"list": DESK, "next": DESK}

    def visible(self, me: Agent) -> QuerySet[Conversation]:
        return queue.waiting(agent=me)

    def list(self, request: Request) -> Response:
        """What waits and I may take: by priority, then longest waiting."""
        page = self.paginate_queryset(self.get_queryset())
        before = self._before(page[0]) if page else 0
        for number, row in enumerate(page or [], start=before + 1):
            row.position = number
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=EmptyBody, responses={200: ConversationSerializer, 204: None})
    @action(detail=False, methods=["post"])
    def next(self, request: Request) -> Response:
        """Claims the first one I may take; 204 when nothing waits."""
        self.body()
        row = queue.claim_next(agent=self.me)
        if row is None:
            return Response(status=204)
        return Response(ConversationSerializer(row).data)

    def _before(self, row: Conversation) -> int:
        """How many stand before this one."""
        upwards = [n[1:] if n.startswith("-") else f"-{n}" for n in self.keyset]
        key = [getattr(row, name.lstrip("-")) for name in self.keyset]
        return self.get_queryset().filter(beyond(upwards, key)).count()

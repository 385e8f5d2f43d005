"""unanswered/: what the bot had no answer for, as a work list."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from messaging import unanswered as reading
from messaging.api.base import DeskViewSet
from messaging.api.filters import UnansweredFilters
from messaging.api.permissions import ADMIN
from messaging.api.serializers.knowledge import FaqBody
from messaging.api.serializers.unanswered import (
    AttachBody,
    ReopenBody,
    ReplayBody,
    ReplaySerializer,
    UnansweredDetail,
    UnansweredSerializer,
)
from messaging.api.views.knowledge import with_known_channels
from messaging.models import Agent, UnansweredQuestion
from messaging.services import replays, unanswered

CONVERSATIONS_SHOWN = 100


class Unanswered(DeskViewSet):
    queryset = UnansweredQuestion.objects.none()
    serializer_class = UnansweredSerializer
    filterset_class = UnansweredFilters
    keyset = ("-last_seen_at", "-id")
    bodies = {
        "attach": AttachBody,
        "start_faq": FaqBody,
        "reopen": ReopenBody,
        "replay": ReplayBody,
    }
    roles = {
        "list": ADMIN,
        "retrieve": ADMIN,
        "attach": ADMIN,
        "start_faq": ADMIN,
        "dismiss": ADMIN,
        "reopen": ADMIN,
        "replay": ADMIN,
    }

    def visible(self, me: Agent) -> QuerySet[UnansweredQuestion]:
        return reading.with_text(UnansweredQuestion.objects.all())

    def list(self, request: Request) -> Response:
        """What was asked last comes first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = reading.with_facts(page)
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(responses={200: UnansweredDetail})
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """With its examples, the conversations that wait, and the FAQs that may be meant."""
        return self._detail(self.get_object())

    @extend_schema(request=AttachBody, responses={200: UnansweredDetail})
    @action(detail=True, methods=["post"])
    def attach(self, request: Request, **kwargs: Any) -> Response:
        """Adds phrasings to a FAQ; live within 2 seconds, unless drafts are switched on."""
        row, body = self.get_object(), self.body()
        unanswered.attach(question=row.pk, by=self.me.user, **body)
        return self._detail(self.get_object())

    @extend_schema(request=FaqBody, responses={201: UnansweredDetail})
    @action(detail=True, methods=["post"])
    def start_faq(self, request: Request, **kwargs: Any) -> Response:
        """Makes a FAQ of it; live within 2 seconds, unless drafts are switched on.

        Without `alternatives` the examples are its other phrasings.
        """
        row, body = self.get_object(), with_known_channels(self.body())
        unanswered.start_faq(question=row.pk, fields=body, by=self.me.user)
        return self._detail(self.get_object(), status=201)

    @extend_schema(request=None, responses={200: UnansweredDetail})
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, **kwargs: Any) -> Response:
        """Nothing shall be done about it; it stays dismissed, however often it is asked."""
        unanswered.dismiss(question=self.get_object().pk, by=self.me.user)
        return self._detail(self.get_object())

    @extend_schema(request=ReopenBody, responses={200: UnansweredDetail})
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, **kwargs: Any) -> Response:
        row, body = self.get_object(), self.body()
        unanswered.reopen(question=row.pk, by=self.me.user, **body)
        return self._detail(self.get_object())

    @extend_schema(request=ReplayBody, responses={200: ReplaySerializer})
    @action(detail=False, methods=["post"])
    def replay(self, request: Request) -> Response:
        """Asks the bot the last misses again and says what it would do now; stores nothing."""
        found = replays.replay_misses(**self.body())
        return Response(ReplaySerializer(found).data)

    def _detail(self, row: Any, status: int = 200) -> Response:
        (row,) = reading.with_facts([row])
        row.examples = reading.examples(row.pk)
        waiting = reading.waiting(row.pk).values_list("pk", flat=True)
        row.conversations = list(waiting[:CONVERSATIONS_SHOWN])
        row.nearest = reading.nearest(row.examples)
        return Response(UnansweredDetail(row).data, status=status)

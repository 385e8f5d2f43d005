"""faqs/, rules/ and settings/: what the bot knows and how it behaves."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from bot import services
from bot.models import FAQ, BotSettings, Rule
from messaging.api.base import DeskViewSet, Detail, Listing
from messaging.api.filters import FaqFilters
from messaging.api.permissions import ADMIN, DESK
from messaging.api.serializers.knowledge import (
    FaqBody,
    FaqChange,
    FaqSerializer,
    MatchBody,
    MatchSerializer,
    PublishBody,
    RuleBody,
    RuleChange,
    RuleSerializer,
    SettingsChange,
    SettingsSerializer,
    SnapshotSerializer,
)
from messaging.matching import as_json
from messaging.medium import medium_at
from messaging.models import Agent, Channel
from messaging.services import answers


class Faqs(Listing, Detail):
    queryset = FAQ.objects.none()
    serializer_class = FaqSerializer
    filterset_class = FaqFilters
    bodies = {
        "create": FaqBody,
        "partial_update": FaqChange,
        "match": MatchBody,
        "publish": PublishBody,
    }
    roles = {
        "list": ADMIN,
        "retrieve": ADMIN,
        "create": ADMIN,
        "partial_update": ADMIN,
        "destroy": ADMIN,
        "match": DESK,
        "publish": ADMIN,
    }

    def visible(self, me: Agent) -> QuerySet[FAQ]:
        return FAQ.objects.prefetch_related("phrasings")

    @extend_schema(request=FaqBody, responses={201: FaqSerializer})
    def create(self, request: Request) -> Response:
        """Live within 2 seconds, unless drafts are switched on."""
        body = with_known_channels(self.body())
        answers.check(body)
        return self.show(services.create_faq(author=self.me.user, **body), status=201)

    @extend_schema(request=FaqChange, responses={200: FaqSerializer})
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        row = self.get_object()
        body = with_known_channels(self.body())
        answers.check(body, before=row)
        return self.show(services.update_faq(faq=row.pk, author=self.me.user, **body))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        services.delete_faq(faq=self.get_object().pk, author=self.me.user)
        return Response(status=204)

    @extend_schema(request=MatchBody, responses={200: MatchSerializer})
    @action(detail=False, methods=["post"])
    def match(self, request: Request) -> Response:
        """What the bot would do with this text, and why; nothing is stored."""
        body = self.body()
        channel = str(body["channel"]) if body["channel"] else ""
        if channel and not Channel.connected.filter(pk=channel).exists():
            raise ValidationError({"channel": "There is no such channel."})
        tried = services.match(
            body["text"],
            language=body["language"],
            channel=channel,
            medium=medium_at(channel),
        )
        return Response(as_json(tried))

    @extend_schema(request=PublishBody, responses={200: SnapshotSerializer})
    @action(detail=False, methods=["post"])
    def publish(self, request: Request) -> Response:
        """Makes the drafts live. Where nothing waits: the version that is live, and no new one."""
        snapshot = services.publish(author=self.me.user, **self.body())
        return Response(SnapshotSerializer(snapshot).data)


class Rules(Listing, Detail):
    queryset = Rule.objects.none()
    serializer_class = RuleSerializer
    bodies = {"create": RuleBody, "partial_update": RuleChange}
    roles = {
        "list": ADMIN,
        "retrieve": ADMIN,
        "create": ADMIN,
        "partial_update": ADMIN,
        "destroy": ADMIN,
    }

    def visible(self, me: Agent) -> QuerySet[Rule]:
        return Rule.objects.all()

    @extend_schema(request=RuleBody, responses={201: RuleSerializer})
    def create(self, request: Request) -> Response:
        body = with_known_channels(self.body())
        return self.show(services.create_rule(author=self.me.user, **body), status=201)

    @extend_schema(request=RuleChange, responses={200: RuleSerializer})
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        row = self.get_object()
        body = with_known_channels(self.body())
        return self.show(services.update_rule(rule=row.pk, author=self.me.user, **body))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        services.delete_rule(rule=self.get_object().pk, author=self.me.user)
        return Response(status=204)


class Settings(DeskViewSet):
    queryset = BotSettings.objects.none()
    serializer_class = SettingsSerializer
    bodies = {"partial_update": SettingsChange}
    roles = {"retrieve": ADMIN, "partial_update": ADMIN}

    @extend_schema(responses={200: SettingsSerializer})
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        return Response(SettingsSerializer(services.get_settings()).data)

    @extend_schema(request=SettingsChange, responses={200: SettingsSerializer})
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Live within 2 seconds, unless drafts are switched on."""
        changed = services.update_settings(author=self.me.user, **self.body())
        return Response(SettingsSerializer(changed).data)


def with_known_channels(body: dict[str, Any]) -> dict[str, Any]:
    """`channels` as the strings the bot knows them by. Raises ValidationError for one that does not exist."""
    if "channels" not in body:
        return body
    wanted = set(body["channels"])
    if Channel.connected.filter(pk__in=wanted).count() != len(wanted):
        raise ValidationError({"channels": "There is no such channel."})
    return {**body, "channels": sorted(str(pk) for pk in wanted)}

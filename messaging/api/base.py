"""What all views of the API share."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from messaging.api.pagination import CURSOR, PAGE_SIZE
from messaging.api.permissions import Roles, agent_of
from messaging.models import Agent


class DeskViewSet(GenericViewSet[Any]):
    """A resource of the desk.

    Set `roles` (action → roles), `queryset` (for the description of the API), `visible()` and
    `serializer_class`; `bodies` names the serializer of an action's request body.
    """

    roles: ClassVar[Roles] = {}
    bodies: ClassVar[Mapping[str, type[BaseSerializer[Any]]]] = {}
    paged: ClassVar[frozenset[str]] = frozenset({"list"})  # actions that answer a page
    queries: ClassVar[Mapping[str, frozenset[str]]] = {}  # by action: what else it reads of the `?`
    keyset: ClassVar[tuple[str, ...]] = ("-id",)
    lookup_field = "id"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._check_query(request)

    @property
    def me(self) -> Agent:
        """The agent who asks."""
        return agent_of(self.request)

    def visible(self, me: Agent) -> QuerySet[Any]:
        """The rows this agent may see."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return self.visible(self.me)

    def get_object(self) -> Any:
        """The visible row of the address; what is missing and what is not visible look the same."""
        try:
            pk = UUID(self.kwargs[self.lookup_field])
        except ValueError:
            raise NotFound from None
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            raise NotFound
        return row

    def body(self, *, partial: bool = False, instance: Model | None = None) -> dict[str, Any]:
        """The validated body of the request. Raises ValidationError."""
        kind = self.bodies.get(self.action, self.serializer_class)
        assert kind is not None
        serializer = kind(
            instance, data=self.request.data, partial=partial, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def show(self, row: Model, status: int = 200) -> Response:
        """`row` as this agent sees it, with everything its serializer needs fetched."""
        fresh = self.get_queryset().filter(pk=row.pk).first()
        return Response(self.get_serializer(fresh or row).data, status=status)

    def _check_query(self, request: Request) -> None:
        """Only what this address knows may stand behind the `?` (F-104); no NUL, no broken text (F-16)."""
        allowed = set(self.queries.get(self.action, ()))
        if request.method in ("GET", "HEAD") and self.action in self.paged:
            allowed |= {CURSOR, PAGE_SIZE}
            filters = getattr(self, "filterset_class", None)
            if filters is not None and self.action == "list":
                allowed |= set(filters.base_filters)
        for name, values in request.query_params.lists():
            if any(not _clean(text) for text in (name, *values)):
                raise ParseError(_("The address contains characters that are not allowed."))
            if name not in allowed:
                raise ValidationError({name: _("This is not a parameter of this address.")})


class Listing(DeskViewSet):
    """Answers its rows by pages."""

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class Detail(DeskViewSet):
    """Answers one row."""

    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


def _clean(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)

"""faqs/versions/ and faqs/check/: what was published, what differs, going back; and a check before publishing."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from bot import checking, diffing, services
from bot.models import FAQ, LibraryCheck, Snapshot
from bot.services import checking as checks
from bot.services import versions
from messaging.api.base import DeskViewSet, Detail, Listing
from messaging.api.filters import VersionFilters
from messaging.api.permissions import ADMIN
from messaging.api.serializers.versions import (
    CheckSerializer,
    DiffSerializer,
    RollbackBody,
    RollbackSerializer,
    VersionSerializer,
)
from messaging.models import Agent
from messaging.services import library

DRAFT = "draft"
_BIGGEST = 2**31 - 1
_NUMBER = OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="A version.")


class Versions(Listing, Detail):
    queryset = Snapshot.objects.none()
    serializer_class = VersionSerializer
    filterset_class = VersionFilters
    keyset = ("-version",)
    bodies = {"rollback": RollbackBody}
    queries = {"diff": frozenset({"against"})}
    roles = {"list": ADMIN, "retrieve": ADMIN, "diff": ADMIN, "rollback": ADMIN}

    def visible(self, me: Agent) -> QuerySet[Snapshot]:
        return Snapshot.objects.defer("content").select_related("author")

    def get_object(self) -> Snapshot:
        version = _number(self.kwargs[self.lookup_field])
        row: Snapshot | None = self.get_queryset().filter(pk=version or 0).first()
        if row is None:
            raise NotFound
        return row

    @extend_schema(parameters=[_NUMBER])
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        return super().retrieve(request, **kwargs)

    @extend_schema(
        parameters=[
            _NUMBER,
            OpenApiParameter(
                "against",
                OpenApiTypes.STR,
                description="Another version, or `draft`: what is not published yet. "
                "Not given: the version before.",
            ),
        ],
        responses={200: DiffSerializer},
    )
    @action(detail=True, methods=["get"])
    def diff(self, request: Request, **kwargs: Any) -> Response:
        """What differs, from the older to the newer."""
        version = self.get_object().version
        before, after = self._sides(version, request.query_params.get("against"))
        items = (
            versions.changes_between(before, after)
            if before != 0
            else diffing.compare({}, versions.content_of(version))
        )
        counts = diffing.counted(items)
        body = {
            "before": str(before or ""),
            "after": DRAFT if after is None else str(after),
            "added": counts["added"],
            "removed": counts["removed"],
            "changed": counts["changed"],
            "items": [_item(item) for item in items],
        }
        return Response(body)

    @extend_schema(parameters=[_NUMBER], request=RollbackBody, responses={200: RollbackSerializer})
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, **kwargs: Any) -> Response:
        """Makes FAQs, rules and settings what they were in this version, and publishes that.

        What came later is switched off, not deleted. Drafts are overwritten.
        """
        version = self.get_object().version
        made = services.rollback(version, author=self.me.user, **self.body())
        speaking = made or versions.newest()
        assert speaking is not None
        return Response({"version": speaking.version, "changed": made is not None})

    def _sides(self, version: int, against: str | None) -> tuple[int | None, int | None]:
        """(older, newer); None is the draft, 0 is nothing at all."""
        if against == DRAFT:
            return version, None
        if against is None:
            before = self.get_queryset().filter(version__lt=version).first()
            return (before.version if before else 0), version
        other = _number(against)
        if not other or not self.get_queryset().filter(pk=other).exists():
            raise ValidationError({"against": _("There is no such version.")})
        return min(version, other), max(version, other)


class Check(DeskViewSet):
    queryset = LibraryCheck.objects.none()
    serializer_class = CheckSerializer
    roles = {"retrieve": ADMIN}

    @extend_schema(responses={200: CheckSerializer})
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """What is wrong with the library as it would be published, and its self-test.

        A large library is checked in the background: ask again while `state` is `running`.
        """
        row = library.check()
        report = checks.report_of(row)
        empty = checking.Report(0, 0, (), (), {})
        return Response(
            {
                "state": "running" if report is None else "done",
                "done": row.done,
                "total": row.total,
                **_report(report or empty),
            }
        )


def _report(report: checking.Report) -> dict[str, Any]:
    questions = _questions(report)
    return {
        "phrasings": report.phrasings,
        "tested": report.tested,
        "found": report.found,
        "share": report.share,
        "too_large": report.too_large,
        "counts": report.counts,
        "findings": [_finding(finding, questions) for finding in report.findings],
        "health": [one._asdict() for one in report.health],
    }


def _finding(finding: checking.Finding, questions: dict[str, str]) -> dict[str, Any]:
    faqs = [
        {
            "id": pk,
            "question": questions.get(pk, pk),
            "link": reverse("api:faqs-detail", kwargs={"id": pk}),
        }
        for pk in finding.faqs
    ]
    return {
        "severity": checking.SEVERITY[finding.kind],
        "kind": finding.kind,
        "text": checks.sentence(finding, lambda pk: questions.get(pk, pk)),
        "faqs": faqs,
        "phrasings": finding.phrasings,
    }


def _questions(report: checking.Report) -> dict[str, str]:
    wanted = {UUID(pk) for finding in report.findings for pk in finding.faqs}
    rows = FAQ.objects.filter(pk__in=wanted).values_list("pk", "question")
    return {str(pk): question for pk, question in rows}


def _item(item: diffing.ItemChange) -> dict[str, Any]:
    return {**item._asdict(), "fields": [change._asdict() for change in item.fields]}


def _number(text: str) -> int | None:
    """A version's number; None for anything that is none."""
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(_BIGGEST)):
        return None
    return int(text) if 0 < int(text) <= _BIGGEST else None

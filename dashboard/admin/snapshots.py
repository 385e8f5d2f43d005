"""What was published, when, by whom and why; what differs; going back; and the review before publishing."""

import csv
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field
from unfold.contrib.filters.admin import RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from bot import diffing, services
from bot.diffing import ItemChange
from bot.models import Snapshot
from bot.services import versions
from bot.snapshot import Unreadable
from dashboard import access, differences, library_check
from dashboard.base import ReadOnlyAdmin, moment
from dashboard.export import ExportsRows, SafeResource

DRAFT = "draft"
_PAGE = 30  # items of a difference
_LISTED = 20  # items that a question before a change lists


class SnapshotResource(SafeResource):
    author = Field(attribute="author__username", column_name="author")

    class Meta:
        model = Snapshot
        fields = ("version", "created_at", "author", "note", "faq_count", "rule_count")


@admin.register(Snapshot)
class SnapshotAdmin(ExportsRows, ReadOnlyAdmin):
    viewers = access.ADMIN
    resource_classes: ClassVar[list[Any]] = [SnapshotResource]
    list_display = (
        "numbered",
        moment("created_at", gettext_lazy("published")),
        "author",
        "note",
        "faq_count",
        "rule_count",
    )
    list_select_related = ("author",)
    list_filter = (
        ("author", RelatedDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    search_fields = ("note", "author__username")
    search_help_text = gettext_lazy("Note or author")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        rows: QuerySet[Snapshot] = super().get_queryset(request)
        return rows.defer("content").select_related("author")

    @display(description=gettext_lazy("version"))
    def numbered(self, row: Snapshot) -> str:
        return f"v{row.version}"

    # --- pages

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("review/", wrap(self.review), name="desk_review"),
            path("check/", wrap(self.check_page), name="desk_check"),
            path("<int:version>/rollback/", wrap(self.rollback), name="desk_rollback"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One version and how it differs from another, or from what is not published yet."""
        if request.method != "GET":
            raise PermissionDenied
        row = self._row(request, int(object_id) if object_id.isdecimal() else 0)
        chosen = differences.Chosen.of(request.GET)
        against = self._against(request, row)
        context: dict[str, Any] = {
            "row": row,
            "against": against,
            "others": self.get_queryset(request).exclude(pk=row.pk).order_by("-pk"),
            "speaking": versions.newest(),
        }
        try:
            items = _difference(row.version, against, same=chosen.same)
        except Unreadable:
            context["unreadable"] = True
            return self._page(request, "version", _("Version %d") % row.version, context)
        if request.GET.get("format") == "csv":
            return _file(differences.table(chosen.keep(items)), f"v{row.version}-{against or 0}")
        return self._page(
            request,
            "version",
            _("Version %d") % row.version,
            context | _listed(request, chosen, items),
        )

    def rollback(self, request: HttpRequest, version: int) -> HttpResponse:
        """What going back would change and which drafts it would overwrite; then doing it."""
        row = self._row(request, version)
        try:
            if request.method == "POST":
                return self._go_back(request, row)
            items = diffing.compare(versions.live_content(), versions.content_of(version))
        except Unreadable:
            messages.error(request, _UNREADABLE % version)
            return redirect("admin:bot_snapshot_change", version)
        drafts = versions.drafts()
        context = {
            "row": row,
            "speaking": versions.newest(),
            "seen": drafts.digest,
            "drafts": differences.shown(drafts.changes[:_LISTED]),
            "drafts_count": len(drafts.changes),
            "items": differences.shown(items[:_LISTED]),
            "items_count": len(items),
        }
        return self._page(request, "rollback", _("Back to version %d") % version, context)

    def _go_back(self, request: HttpRequest, row: Snapshot) -> HttpResponse:
        seen, note = request.POST.get("seen", "x"), request.POST.get("note", "").strip()[:400]
        user: Any = request.user
        try:
            made = services.rollback(row.version, author=user, note=note, seen=seen)
        except services.Outdated as error:
            messages.error(request, str(error))
            return redirect("admin:desk_rollback", row.version)
        if made is None:
            messages.info(request, _("Nothing to do: this is what the bot speaks from."))
            return redirect("admin:bot_snapshot_change", row.version)
        values = {"old": row.version, "new": made.version}
        messages.success(request, _("Back to version %(old)d, published as %(new)d.") % values)
        return redirect("admin:bot_snapshot_change", made.version)

    def review(self, request: HttpRequest) -> HttpResponse:
        """What publishing would change, with the check of the library; then publishing it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._publish(request)
        chosen = differences.Chosen.of(request.GET)
        drafts = versions.drafts()
        if request.GET.get("format") == "csv":
            return _file(differences.table(chosen.keep(drafts.changes)), "drafts")
        context = _listed(request, chosen, drafts.changes) | library_check.summary()
        context |= {"seen": drafts.digest, "speaking": versions.newest(), "changed": drafts.changes}
        return self._page(request, "review", _("Review and publish"), context)

    def _publish(self, request: HttpRequest) -> HttpResponse:
        seen, note = request.POST.get("seen", "x"), request.POST.get("note", "").strip()[:500]
        user: Any = request.user
        before = versions.newest()
        try:
            made = services.publish(author=user, note=note, seen=seen)
        except services.Outdated as error:
            messages.error(request, str(error))
            return redirect("admin:desk_review")
        if made == before:
            messages.info(request, _("Nothing to do: this is what the bot speaks from."))
        else:
            messages.success(request, _("Published as version %d.") % made.version)
        return redirect("admin:bot_snapshot_change", made.version)

    def check_page(self, request: HttpRequest) -> HttpResponse:
        """What is wrong with the library, and which FAQs are mistaken for others."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.GET.get("format") == "csv":
            return _file(library_check.table(request.GET), "check")
        context = library_check.context(request.GET)
        return self._page(request, "library_check", _("Library check"), context)

    def _row(self, request: HttpRequest, version: int) -> Snapshot:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_queryset(request).filter(pk=version).first()
        if row is None:
            raise Http404
        return row

    def _against(self, request: HttpRequest, row: Snapshot) -> str:
        """The other side: "draft", a number, or "" for nothing; the version before where none is chosen."""
        asked = request.GET.get("against", "")
        if asked == DRAFT:
            return DRAFT
        rows = self.get_queryset(request).exclude(pk=row.pk).order_by("-pk")
        if asked.isdecimal() and len(asked) < 10 and rows.filter(pk=int(asked)).exists():
            return str(int(asked))
        before = rows.filter(pk__lt=row.pk).first()
        return str(before.pk) if before else ""

    def _page(
        self, request: HttpRequest, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        whole = self.admin_site.each_context(request) | {"title": title}
        return TemplateResponse(request, f"dashboard/{name}.html", whole | context)


_UNREADABLE = gettext_lazy("Version %d was made by another release and cannot be read.")


def _difference(version: int, against: str, *, same: bool) -> list[ItemChange]:
    """From the older to the newer. Raises Unreadable."""
    if against == DRAFT:
        return versions.changes_between(version, None, same=same)
    if not against:
        return diffing.compare({}, versions.content_of(version))
    return versions.changes_between(*sorted((version, int(against))), same=same)


def _listed(
    request: HttpRequest, chosen: differences.Chosen, items: list[ItemChange]
) -> dict[str, Any]:
    page = Paginator(chosen.keep(items), _PAGE).get_page(request.GET.get("page"))
    return {
        "chosen": chosen,
        "counts": diffing.counted(items),
        "page": page,
        "items": differences.shown(page.object_list),
        "kinds": differences.KINDS.items(),
        "changes": differences.CHANGES.items(),
    }


def _file(rows: Iterable[list[str]], name: str) -> HttpResponse:
    """A CSV file that spreadsheets read as UTF-8."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="{name}-{day}.csv"'
    csv.writer(response).writerows(rows)
    return response

"""FAQs: the question in all its phrasings and the one answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AllValuesCheckboxFilter, ChoicesDropdownFilter
from unfold.decorators import action, display

from bot import services
from bot.models import FAQ, Phrasing
from dashboard import access, bands, faq_files, files, metrics
from dashboard.base import ServiceAdmin, each
from dashboard.filters import SpeaksOn
from dashboard.forms.faq import ANSWERS, BANDS, faq_form
from dashboard.new_faq import MadeOfAQuestion
from messaging.services.attachments import uploads
from messaging.services.feedback import Ratings, ratings_of


class PhrasingInline(TabularInline):
    model = Phrasing
    fields = ("text",)
    extra = 3
    hide_title = True
    verbose_name_plural = _("other ways to ask it")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.is_staff(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.is_admin(request)

    has_add_permission = has_delete_permission = has_change_permission


@admin.register(FAQ)
class FaqAdmin(MadeOfAQuestion, SimpleHistoryAdmin, ServiceAdmin):
    """Saved and published by the bot's services, phrasings included."""

    form = faq_form()
    inlines = (PhrasingInline,)
    list_display = (
        "asked",
        "enabled",
        "language",
        "category",
        "phrasing_count",
        "answered",
        "helped",
    )
    list_display_links = ("asked",)
    list_filter = (
        ("language", ChoicesDropdownFilter),
        ("category", AllValuesCheckboxFilter),
        "enabled",
        SpeaksOn,
    )
    search_fields = ("question", "answer", "phrasings__text")
    search_help_text = _("Question, answer or phrasing")
    actions = ("enable", "disable")
    actions_list: ClassVar[list[Any]] = [
        {
            "title": _("Import and export"),
            "icon": "import_export",
            "items": ["import_file", "export_csv", "export_xlsx"],
        }
    ]
    list_before_template = "dashboard/includes/publish.html"
    readonly_fields = ("scores",)
    fieldsets = (
        (None, {"fields": ("question", "answer", "language", "category", "enabled")}),
        (
            _("Other languages"),
            {
                "fields": ANSWERS,
                "description": _(
                    "Said to who writes in that language. Empty: the answer above. The FAQ's own language stays empty here."
                ),
                "classes": ("tab",),
            },
        ),
        (_("Buttons and files"), {"fields": ("buttons", "attached"), "classes": ("tab",)}),
        (_("By channel"), {"fields": ("overrides",), "classes": ("tab",)}),
        (
            _("More"),
            {"fields": ("keywords", "channels", *BANDS, "scores"), "classes": ("tab",)},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[FAQ]:
        rows: QuerySet[FAQ] = super().get_queryset(request)
        return rows.annotate(phrasings_now=Count("phrasings", distinct=True))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        answers = metrics.faq_answers([row.pk for row in rows])
        ratings = ratings_of([row.pk for row in rows], days=metrics.RECENT)
        for row in rows:
            row.answers_now = answers.get(row.pk, 0)
            row.ratings_now = ratings.get(row.pk, Ratings())
        changelist.result_list = rows
        return changelist

    @display(description=_("question"), ordering="question")
    def asked(self, faq: FAQ) -> str:
        return metrics.shorten(faq.question)

    @display(description=_("phrasings"), ordering="phrasings_now")
    def phrasing_count(self, faq: Any) -> int:
        return int(faq.phrasings_now)

    @display(description=_("answered, 30 days"))
    def answered(self, faq: Any) -> int:
        return int(faq.answers_now)

    @display(description=_("helped, 30 days"))
    def helped(self, faq: Any) -> str:
        helpful, not_helpful = faq.ratings_now
        rated = helpful + not_helpful
        return _("%(n)d of %(rated)d") % {"n": helpful, "rated": rated} if rated else "–"

    @display(description=_("Scores of recent messages"))
    def scores(self, faq: FAQ) -> str:
        """Beside the thresholds: what they are set for."""
        return bands.chart_of(faq.pk) if faq.created_at else ""

    # --- saving

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """All is saved at once, when the phrasings are known."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        (phrasings,) = formsets
        phrasings.save(commit=False)  # only tells the log what changed
        given = form.values(access.agent_of(request)) | {"alternatives": _texts(phrasings)}
        faq: FAQ = form.instance
        if change:
            saved = services.update_faq(faq=faq.pk, author=request.user, **given)  # type: ignore[arg-type]
        else:
            saved = services.create_faq(author=request.user, **given)  # type: ignore[arg-type]
        faq.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: FAQ) -> None:
        services.delete_faq(faq=obj.pk, author=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[FAQ]) -> None:
        with services.changes(author=request.user):  # type: ignore[arg-type]
            for pk in list(queryset.values_list("pk", flat=True)):
                services.delete_faq(faq=pk, author=request.user)  # type: ignore[arg-type]

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # an old version would be written past the services

    # --- actions

    @admin.action(description=_("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[FAQ]) -> None:
        self._switch(request, queryset, enabled=True)

    @admin.action(description=_("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[FAQ]) -> None:
        self._switch(request, queryset, enabled=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[FAQ], *, enabled: bool) -> None:
        user: Any = request.user
        with services.changes(author=user):
            each(
                request,
                queryset,
                lambda faq: services.update_faq(faq=faq.pk, author=user, enabled=enabled),
            )

    # --- files

    @action(description=_("Import a file"), url_path="import", permissions=["change"])
    def import_file(self, request: HttpRequest) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"opts": self.opts}
        return faq_files.page(request, context)

    @action(description=_("Export as CSV"), url_path="export.csv", permissions=["view"])
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        return faq_files.export("csv")

    @action(description=_("Export as XLSX"), url_path="export.xlsx", permissions=["view"])
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        return faq_files.export("xlsx")

    def file(self, request: HttpRequest, file: UUID) -> HttpResponseBase:
        """A file that goes with answers."""
        found = next(iter(uploads([file])), None)
        if found is None or not self.has_view_permission(request):
            raise Http404
        return files.serve(found)

    # --- publishing

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        drafts = services.get_settings().drafts and access.is_admin(request)
        context = {"drafts": drafts, **(extra_context or {})}
        return super().changelist_view(request, context)  # type: ignore[no-any-return]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        file = path("files/<uuid:file>/", wrap(self.file), name="desk_faq_file")
        return [file, *super().get_urls()]


def _texts(formset: BaseInlineFormSet[Any, Any, Any]) -> list[str]:
    """The phrasings that stay, in their order, then the new ones."""
    kept = [form for form in formset.forms if form not in formset.deleted_forms]
    texts = [str(form.cleaned_data.get("text") or "") for form in kept if form.cleaned_data]
    return [text for text in texts if text]

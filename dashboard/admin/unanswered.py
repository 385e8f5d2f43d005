"""Unanswered questions: the list, one question with what can be done about it, and the replay."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from import_export.fields import Field
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.decorators import action, display

from bot.models import FAQ, Language
from dashboard import access, metrics, new_faq, replay, words
from dashboard.base import REFUSALS, DeskAdmin, badge, each, moment
from dashboard.export import ExportsRows, SafeResource
from dashboard.forms.lists import channel_choices
from messaging import unanswered as reading
from messaging.models import Channel, UnansweredQuestion
from messaging.services import unanswered
from messaging.services.unanswered import MAX_PHRASING, MOST_TEXTS

State = UnansweredQuestion.State

STATE_COLORS = {
    State.OPEN.value: "warning",
    State.ATTACHED.value: "success",
    State.DISMISSED.value: "info",
}
WAITING_SHOWN = 20
FOUND = 8  # FAQs a search shows


class StateFilter(DropdownFilter):
    """Open ones, unless something else is chosen: this is a list of work."""

    title = _("state")
    parameter_name = "state"
    all_option: ClassVar[list[Any]] = ["", State.OPEN.label]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rest = [choice for choice in State.choices if choice[0] != State.OPEN.value]
        return [*rest, ("all", _("all"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or State.OPEN.value
        return queryset if value == "all" else queryset.filter(state=value)


class LanguageFilter(DropdownFilter):
    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Language.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return reading.asked(queryset, language=self.value()) if self.value() else queryset


class ChannelFilter(DropdownFilter):
    title = _("channel")
    parameter_name = "channel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return channel_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {value for value, _name in channel_choices()}
        if self.value() not in known:
            return queryset
        return reading.asked(queryset, message__channel=self.value())


class WaitingFilter(DropdownFilter):
    title = _("waiting conversations")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("somebody waits"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return reading.with_waiting(queryset) if self.value() else queryset


class QuestionResource(SafeResource):
    text = Field(attribute="text", column_name="text")
    contacts = Field(attribute="contacts", column_name="contacts")
    waiting = Field(attribute="waiting", column_name="waiting")

    class Meta:
        model = UnansweredQuestion
        fields = (
            "id",
            "text",
            "state",
            "times",
            "contacts",
            "waiting",
            "faq_id",
            "created_at",
            "last_seen_at",
        )
        export_order = fields


@admin.register(UnansweredQuestion)
class UnansweredAdmin(ExportsRows, DeskAdmin):
    """Read through a page of its own; changed only by its buttons."""

    viewers = access.ADMIN
    adders = access.NOBODY
    deleters = access.NOBODY
    resource_classes: ClassVar[list[Any]] = [QuestionResource]
    list_display = (
        "asked",
        badge("state", _("state"), STATE_COLORS),
        "times",
        "people",
        "queued",
        "languages",
        moment("last_seen_at", _("last asked")),
        "nearest_faq",
    )
    list_display_links = ("asked",)
    list_filter = (
        StateFilter,
        LanguageFilter,
        ChannelFilter,
        WaitingFilter,
        ("last_seen_at", RangeDateTimeFilter),
    )
    search_fields = ("id",)
    search_help_text = _("Words of the question")
    actions = ("dismiss_them", "reopen_them")
    actions_list: ClassVar[list[Any]] = ["replay_page"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnansweredQuestion]:
        return reading.with_counts(reading.with_text(super().get_queryset(request)))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[UnansweredQuestion], search_term: str
    ) -> tuple[QuerySet[UnansweredQuestion], bool]:
        for word in search_term.split():
            queryset = reading.asked(queryset, message__text__icontains=word)
        return queryset, False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = reading.with_nearest(reading.with_facts(changelist.result_list))
        return changelist

    # --- columns

    @display(description=_("question"))
    def asked(self, row: Any) -> SafeString | str:
        text = metrics.shorten(row.text or "") or "–"
        if not row.came_back:
            return text
        return format_html(
            '{} <span class="desk-chip desk-came-back">{}</span>', text, _("came back")
        )

    @display(description=_("contacts"))
    def people(self, row: Any) -> int:
        return int(row.contacts)

    @display(description=_("waiting"))
    def queued(self, row: Any) -> SafeString | str:
        if not row.waiting:
            return "–"
        return format_html('<span class="desk-late">{}</span>', row.waiting)

    @display(description=_("languages"))
    def languages(self, row: Any) -> str:
        return ", ".join(row.facts.languages) or "–"

    @display(description=_("nearest FAQ"))
    def nearest_faq(self, row: Any) -> SafeString | str:
        near = row.near
        if near is None:
            return "–"
        return format_html(
            '{} <span class="desk-muted">{}</span>',
            metrics.shorten(near.question, 50),
            f"{near.score:.0%}",
        )

    # --- actions on many

    @admin.action(description=_("Dismiss"), permissions=["change"])
    def dismiss_them(self, request: HttpRequest, queryset: QuerySet[UnansweredQuestion]) -> None:
        by: Any = request.user
        each(request, queryset, lambda row: unanswered.dismiss(question=row.pk, by=by))

    @admin.action(description=_("Reopen"), permissions=["change"])
    def reopen_them(self, request: HttpRequest, queryset: QuerySet[UnansweredQuestion]) -> None:
        by: Any = request.user
        each(request, queryset, lambda row: unanswered.reopen(question=row.pk, by=by))

    @action(
        description=_("Replay the last misses"),
        url_path="replay",
        icon="replay",
        permissions=["view"],
    )
    def replay_page(self, request: HttpRequest) -> HttpResponse:
        return replay.view(request, self.admin_site.each_context(request))

    # --- one question

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:pk>/do/<slug:verb>/", wrap(self.do), name="unanswered_do"),
            path("<uuid:pk>/faqs/", wrap(self.faqs), name="unanswered_faqs"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The question, its examples, and the FAQs that may be meant."""
        if request.method != "GET":
            raise PermissionDenied
        row = self._found(request, object_id)
        examples = reading.examples(row.pk)
        waiting = reading.waiting(row.pk).select_related("contact", "channel")
        context = self.admin_site.each_context(request) | {
            "title": metrics.shorten(row.text or "", 60) or _("unanswered question"),
            "row": row,
            "facts": reading.facts([row.pk]).get(row.pk, reading.Facts()),
            "channels": Channel.objects.in_bulk([example.channel for example in examples]),
            "examples": examples,
            "longest": MAX_PHRASING,
            "nearest": reading.nearest(examples),
            "faq": FAQ.objects.filter(pk=row.faq_id).first() if row.faq_id else None,
            "waiting": waiting[:WAITING_SHOWN],
            "new_faq": f"{reverse('admin:bot_faq_add')}?{new_faq.PARAMETER}={row.pk}",
        }
        return TemplateResponse(request, "dashboard/unanswered.html", context)

    @method_decorator(require_GET)
    def faqs(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """FAQs to choose from, by words of their questions."""
        self._found(request, str(pk))
        rows = FAQ.objects.order_by("question")
        for word in request.GET.get("find", "")[:200].split():
            rows = rows.filter(question__icontains=word)
        return TemplateResponse(
            request, "dashboard/includes/unanswered_faqs.html", {"found": rows[:FOUND]}
        )

    @method_decorator(require_POST)
    def do(self, request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
        """Run one verb; what the service refuses is shown above the page."""
        self._found(request, str(pk))
        if verb not in VERBS:
            raise Http404
        try:
            done = VERBS[verb](request, pk)
        except REFUSALS as error:
            messages.error(request, words.problem(error))
        else:
            messages.success(request, done)
        return redirect("admin:messaging_unansweredquestion_change", pk)

    def _found(self, request: HttpRequest, pk: str) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            row = self.get_queryset(request).filter(pk=UUID(pk)).first()
        except ValueError:
            row = None
        if row is None:
            raise Http404
        return row


def _attach(request: HttpRequest, pk: UUID) -> str:
    by: Any = request.user
    texts = request.POST.getlist("texts")[: MOST_TEXTS + 1]
    try:
        faq = UUID(request.POST.get("faq", ""))
    except ValueError:
        raise Http404 from None
    row = unanswered.attach(question=pk, faq=faq, texts=texts, by=by)
    return str(_("Attached. Phrasings added: %d.") % len(row.added))


def _dismiss(request: HttpRequest, pk: UUID) -> str:
    by: Any = request.user
    unanswered.dismiss(question=pk, by=by)
    return str(_("Dismissed."))


def _reopen(request: HttpRequest, pk: UUID) -> str:
    by: Any = request.user
    unanswered.reopen(question=pk, by=by)
    return str(_("Open again."))


def _undo(request: HttpRequest, pk: UUID) -> str:
    by: Any = request.user
    unanswered.reopen(question=pk, by=by, take_back=True)
    return str(_("Open again; the phrasings were taken back."))


VERBS: dict[str, Callable[[HttpRequest, UUID], str]] = {
    "attach": _attach,
    "dismiss": _dismiss,
    "reopen": _reopen,
    "undo": _undo,
}

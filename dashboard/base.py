"""What all pages of the admin share."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from bot.services import Invalid as BotInvalid
from dashboard import words
from dashboard.access import NOBODY, ByRole
from messaging.services.errors import Invalid, ServiceError

REFUSALS = (ServiceError, BotInvalid)  # what a service may raise when it says no
BULK_LIMIT = 500  # rows one click may change; the rest needs another click (F-115)


def moment(name: str, title: str | Promise) -> Callable[[Any], str]:
    """A list column that shows a time shortly."""

    @display(description=title, ordering=name)
    def column(row: Any) -> str:
        return words.moment(getattr(row, name))

    column.__name__ = f"{name}_shortly"
    shown: Callable[[Any], str] = column
    return shown


def badge(name: str, title: str | Promise, colors: Mapping[str, str]) -> Callable[[Any], Any]:
    """A list column that shows a choice as a coloured label; `colors` by the stored value."""

    @display(description=title, ordering=name, label=defaultdict(str, colors))
    def column(row: Any) -> tuple[str, str]:
        return getattr(row, name), getattr(row, f"get_{name}_display")()

    column.__name__ = f"{name}_badge"
    shown: Callable[[Any], Any] = column
    return shown


class DeskChangeList(ChangeList):
    """Knows that an unfiltered list shows everything, without counting twice."""

    full_result_count: int | None

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        limit: int | None = getattr(self.model_admin, "scanned", None)
        asked = self.query or self.has_active_filters
        if not limit or not asked or any("created_at" in name for name in request.GET):
            return rows
        floor = self.model._default_manager.order_by("-pk").values_list("pk", flat=True)
        oldest = floor[limit : limit + 1].first()
        return rows.filter(pk__gt=oldest) if oldest else rows

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if self.full_result_count is None and not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class DeskAdmin(ByRole, ModelAdmin):
    """A themed ModelAdmin whose permissions go by role."""

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    list_filter_submit = True
    warn_unsaved_form = True
    empty_value_display = "–"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskChangeList


class LongListAdmin(DeskAdmin):
    """For tables with millions of rows: never counts, and sorts only by the key it pages on (F-114).

    A search or a filter looks at the newest `scanned` rows, unless a period is chosen.
    """

    scanned: int | None = 100_000
    paginator = InfinitePaginator
    ordering = ("-pk",)
    sortable_by: ClassVar[tuple[str, ...]] = ()
    list_disable_select_all = True


class ReadOnlyAdmin(LongListAdmin):
    """To look at, not to touch."""

    editors = NOBODY
    warn_unsaved_form = False


class ServiceFormMixin(forms.Form):
    """A form that shows what a service refused, beside the field where there is one."""

    service_error: ClassVar[Exception | None] = None

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        error = self.service_error
        if isinstance(error, Invalid | BotInvalid):
            for name, problem in error.fields.items():
                self.add_error(name if name in self.fields else None, problem)
        elif isinstance(error, ServiceError):
            self.add_error(None, words.problem(error))
        return cleaned


class RefusalsShown(DeskAdmin):
    """What a service refuses is shown in the form, with what was typed."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        except REFUSALS as error:
            # The transaction is rolled back; the same form again, with the error among its own.
            request.service_error = error  # type: ignore[attr-defined]
            response = super().changeform_view(request, object_id, form_url, extra_context)
        return response

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        form = super().get_form(request, obj, change, **kwargs)
        error = getattr(request, "service_error", None)
        return type(form.__name__, (ServiceFormMixin, form), {"service_error": error})

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().delete_view(request, object_id, extra_context)
        except REFUSALS as error:
            messages.error(request, words.problem(error))
            return redirect(request.path)
        return response


class ServiceAdmin(RefusalsShown):
    """Saves and deletes through a service."""

    def store(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Model:
        """Call the service with what was typed; answers the row as it is now."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # The service may have made the row itself: what follows (log, redirect) is about that one.
        obj.__dict__.update(self.store(request, obj, form, change).__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The service has saved everything; the formsets only tell the log what changed."""
        for formset in formsets:
            formset.save(commit=False)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Only the rows themselves: what goes with them is for the service to know, not to be counted here."""
        rows = [str(row) for row in objs]
        return rows, {self.opts.verbose_name_plural: len(rows)}, set(), []


class NamelessLogMixin:
    """Keeps people's names out of the log of changes, which outlives what they wrote (A12)."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return _nameless(super().log_addition(request, obj, message), obj)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return _nameless(super().log_change(request, obj, message), obj)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> Any:
        pks = [str(row.pk) for row in queryset]
        entries = super().log_deletions(request, queryset)  # type: ignore[misc]
        LogEntry.objects.filter(object_id__in=pks).update(object_repr="")
        return entries


def _nameless(entry: LogEntry | None, obj: Model) -> LogEntry | None:
    if entry is not None:
        entry.object_repr = str(obj.pk)
        entry.save(update_fields=["object_repr"])
    return entry


def capped(request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
    """The rows of a bulk action, at most BULK_LIMIT; says so when there are more."""
    rows = list(queryset[: BULK_LIMIT + 1])
    if len(rows) > BULK_LIMIT:
        messages.warning(
            request,
            _("Only the first %d were taken. Run it again for the rest.") % BULK_LIMIT,
        )
    return rows[:BULK_LIMIT]


def each(request: HttpRequest, queryset: QuerySet[Any], act: Callable[[Any], object]) -> None:
    """Do something to the chosen rows, at most BULK_LIMIT, and say how it went."""
    done, problems = 0, set()
    for row in capped(request, queryset):
        try:
            act(row)
        except REFUSALS as error:
            problems.add(words.problem(error))
        else:
            done += 1
    if done:
        messages.success(request, ngettext("%d changed.", "%d changed.", done) % done)
    for problem in sorted(problems):
        messages.error(request, problem)

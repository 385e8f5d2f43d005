"""Lists as CSV and XLSX that no spreadsheet will run."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import ModelResource
from unfold.contrib.import_export.forms import ExportForm

EXPORT_LIMIT = 50_000  # rows of one file
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets a leading apostrophe (F-113)."""
    if isinstance(value, str) and value.lstrip(" \"'").startswith(_FORMULA):
        return f"'{value}"
    return value


class SafeResource(ModelResource):
    """Exports text that stays text, and times in the desk's time zone."""

    def export_resource(self, instance: Any, *args: Any, **kwargs: Any) -> list[Any]:
        row = super().export_resource(instance, *args, **kwargs)
        return [safe_cell(_local(value)) for value in row]


class ExportsRows(ExportMixin):
    """For a ModelAdmin: the filtered list as a file."""

    export_form_class = ExportForm
    formats: ClassVar[list[Any]] = [CSV, XLSX]
    show_change_form_export = False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_export_formats(self) -> list[Any]:
        return list(self.formats)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_export_queryset(request)
        if rows[EXPORT_LIMIT : EXPORT_LIMIT + 1].exists():
            messages.warning(
                request, _("Only the first %d rows are in the file: filter more.") % EXPORT_LIMIT
            )
        return rows[:EXPORT_LIMIT]


def _local(value: Any) -> Any:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    return value

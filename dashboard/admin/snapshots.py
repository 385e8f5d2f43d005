"""What was published, when, by whom and why."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from bot.models import Snapshot
from dashboard import access
from dashboard.base import ReadOnlyAdmin, moment


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    viewers = access.ADMIN
    list_display = ("version", moment("created_at", _("published")), "author", "note")
    list_select_related = ("author",)
    search_fields = ("note",)
    fields = readonly_fields = ("version", "created_at", "author", "note", "holds")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        rows: QuerySet[Snapshot] = super().get_queryset(request)
        return rows.defer("content")

    @display(description=_("holds"))
    def holds(self, row: Snapshot) -> SafeString:
        content = row.content if isinstance(row.content, dict) else {}
        faqs, rules = len(content.get("faqs", [])), len(content.get("rules", []))
        return format_html(
            "{}", _("%(faqs)d FAQs, %(rules)d rules") % {"faqs": faqs, "rules": rules}
        )

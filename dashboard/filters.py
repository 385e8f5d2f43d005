"""Filters whose choices are known beforehand, so that no table is searched for them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from dashboard.forms.lists import channel_choices

Choices = Iterable[tuple[str, Any]]


def one_of(column: str, label: str | Promise, choices: Choices) -> type[DropdownFilter]:
    """A drop-down over fixed values of a column."""

    class Filter(DropdownFilter):
        title = label
        parameter_name = column

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
            return list(choices)

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            value = self.value()
            return queryset.filter(**{column: value}) if value else queryset

    return Filter


class SpeaksOn(DropdownFilter):
    """FAQs and rules that are used on a channel: named for it, or for all."""

    title = _("channel")
    parameter_name = "on"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return channel_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        channel = self.value()
        if not channel:
            return queryset
        # The databases disagree on searching inside JSON; the ids are few, so they are looked at here.
        rows = queryset.model.objects.values_list("pk", "channels")
        return queryset.exclude(pk__in=[pk for pk, ids in rows if ids and channel not in ids])

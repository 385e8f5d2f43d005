"""The replay: the last misses asked again, then beside now, as a chart, a list and a file."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from import_export.formats.base_formats import CSV, XLSX
from tablib import Dataset
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from dashboard.export import safe_cell
from messaging.models import Channel
from messaging.services.replays import MOST, OUTCOMES, Line, Replay, replay_misses

SHOWN = 200  # lines of the page; the file has them all
FILES: dict[str, type[CSV] | type[XLSX]] = {"csv": CSV, "xlsx": XLSX}

LABELS: dict[str, Promise] = {
    "answered": _("answered"),
    "offered": _("offered options"),
    "missed": _("missed"),
    "passed_on": _("passed on to a human"),
}


class ReplayForm(forms.Form):
    last = forms.IntegerField(
        label=_("Last misses"),
        min_value=1,
        max_value=MOST,
        initial=200,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    now = forms.ChoiceField(
        label=_("Now"),
        required=False,
        choices=[("", _("All")), ("gained", _("gained")), *LABELS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    find = forms.CharField(
        label=_("Words"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget
    )
    drafts = forms.BooleanField(
        label=_("With the drafts"), required=False, widget=UnfoldBooleanSwitchWidget
    )


def view(request: HttpRequest, base: dict[str, Any]) -> HttpResponse:
    """The page, or with `?format=` the file. `base` is the site's context. Stores nothing."""
    form = ReplayForm(request.GET if "last" in request.GET else {"last": 200})
    if not form.is_valid():
        context = base | {"title": _("Replay"), "form": form}
        return TemplateResponse(request, "dashboard/replay.html", context, status=400)
    given = form.cleaned_data
    found = replay_misses(last=given["last"], drafts=given["drafts"])
    lines = _chosen(found.lines, given["now"], given["find"])
    names = dict(Channel.objects.values_list("pk", "name"))
    kind = FILES.get(request.GET.get("format", ""))
    if kind is not None:
        return _file(lines, names, kind())
    query = request.GET.copy()
    query.setdefault("last", str(given["last"]))
    context = base | {
        "title": _("Replay"),
        "form": form,
        "found": found,
        "stacks": _stacks(found),
        "lines": [(line, names.get(line.channel, "")) for line in lines[:SHOWN]],
        "chosen": len(lines),
        "labels": LABELS,
        "query": query.urlencode(),
    }
    return TemplateResponse(request, "dashboard/replay.html", context)


def _chosen(lines: Sequence[Line], now: str, find: str) -> list[Line]:
    found = find.casefold().split()
    return [
        line
        for line in lines
        if (not now or (line.gained if now == "gained" else line.now.outcome == now))
        and all(word in line.text.casefold() for word in found)
    ]


def _stacks(found: Replay) -> list[dict[str, Any]]:
    """The two bars of the chart, their pieces in per cent of all lines."""
    total = len(found.lines) or 1
    return [
        {
            "title": title,
            "pieces": [
                {
                    "name": name,
                    "label": LABELS[name],
                    "count": counts[name],
                    "share": round(100 * counts[name] / total, 1),
                }
                for name in OUTCOMES
            ],
        }
        for title, counts in ((_("Before"), found.then), (_("Now"), found.now))
    ]


def _file(lines: Sequence[Line], names: dict[Any, str], kind: CSV | XLSX) -> HttpResponse:
    """The chosen lines as a file that no spreadsheet will run (F-113)."""
    columns = ["asked", "text", "language", "channel", "then", "now", "faq", "score", "gained"]
    data = Dataset(headers=columns)
    for line in lines:
        row = [
            timezone.localtime(line.asked_at).strftime("%Y-%m-%d %H:%M:%S"),
            line.text,
            line.language,
            names.get(line.channel, ""),
            line.then,
            line.now.outcome,
            line.now.question,
            "" if line.now.score is None else round(line.now.score, 3),
            line.gained,
        ]
        data.append([safe_cell(value) for value in row])
    answer = HttpResponse(kind.export_data(data), content_type=kind.get_content_type())
    name = f"replay.{kind.get_extension()}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

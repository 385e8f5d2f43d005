"""What other thresholds would have changed: a matrix, a list that can be filtered, a file."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import tablib
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bot.bands import OUTCOMES, Change, Outcome, Thresholds, compared
from bot.models import FAQ
from dashboard import charts, metrics, words
from dashboard.export import safe_cell
from dashboard.faq_files import TYPES
from dashboard.forms.bands import BandsForm
from messaging.scores import Scored

SHOWN = 100  # changed messages on the page; the file has all

LABELS = {
    "answered": gettext_lazy("answered"),
    "offered": gettext_lazy("offered options"),
    "missed": gettext_lazy("no answer found"),
}


class Line(NamedTuple):
    """A message and what becomes of it now and under the new thresholds."""

    scored: Scored
    change: Change


class Matrix(NamedTuple):
    """One row of the matrix: what was `before`, and how many of those are what afterwards."""

    before: Outcome
    label: str
    cells: list[tuple[Outcome, int, str]]  # (after, count, address of the list of these)


def is_id(value: str) -> bool:
    """Whether a stored id can be one of a FAQ at all."""
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def lines_of(
    rows: Sequence[Scored], within: Sequence[Scored], now: Thresholds, then: Thresholds
) -> list[Line]:
    """The messages within the scope and whatever else would change, newest first."""
    mine = {row.message for row in within}
    changes = compared([row.past for row in rows], now, then)
    return [
        Line(row, change)
        for row, change in zip(rows, changes, strict=True)
        if row.message in mine or change.before != change.after
    ]


def changed(lines: Sequence[Line], request: HttpRequest, form: BandsForm) -> dict[str, Any]:
    """The matrix, the stacks and the list of what would change."""
    kept = request.GET.copy()
    for name in ("move", "q", "format"):
        kept.pop(name, None)
    shown = filtered(lines, request.GET)
    questions = _questions(shown[:SHOWN])
    return {
        "compared": len(lines),
        "moved": sum(line.change.before != line.change.after for line in lines),
        "matrix": _matrix(lines, kept),
        "outcomes": [(name, LABELS[name]) for name in OUTCOMES],
        "stacks": [
            (_("now"), charts.shares(Counter(line.change.before for line in lines))),
            (_("then"), charts.shares(Counter(line.change.after for line in lines))),
        ],
        "lines": [
            {
                "line": line,
                "text": metrics.shorten(line.scored.text),
                "at": words.moment(line.scored.at),
                "question": questions.get(line.scored.best.faq, "") if line.scored.best else "",
                "score": round(100 * line.scored.best.score) if line.scored.best else None,
                "before": LABELS[line.change.before],
                "after": LABELS[line.change.after],
            }
            for line in shown[:SHOWN]
        ],
        "total": len(shown),
        "kept": [(name, value) for name, value in kept.items()],
        "move": request.GET.get("move", ""),
        "q": request.GET.get("q", ""),
        "everything": f"?{kept.urlencode()}",
        "files": [(name, f"?{_with(request.GET, format=name)}") for name in TYPES],
        "given": [
            (name, "" if value is None else value) for name, value in form.cleaned_data.items()
        ],
    }


def _matrix(lines: Sequence[Line], kept: QueryDict) -> list[Matrix]:
    counts = Counter(line.change for line in lines)
    return [
        Matrix(
            before,
            str(LABELS[before]),
            [
                (
                    after,
                    counts[Change(before, after)],
                    f"?{_with(kept, move=f'{before}-{after}')}" if before != after else "",
                )
                for after in OUTCOMES
            ],
        )
        for before in OUTCOMES
    ]


def filtered(lines: Sequence[Line], asked: QueryDict) -> list[Line]:
    """The lines that change, or only one kind of change; with a word of the message, if asked."""
    before, _dash, after = asked.get("move", "").partition("-")
    word = asked.get("q", "").strip().casefold()
    return [
        line
        for line in lines
        if line.change.before != line.change.after
        and (not after or line.change == (before, after))
        and word in line.scored.text.casefold()
    ]


def _with(query: QueryDict, **more: str) -> str:
    copy = query.copy()
    for name, value in more.items():
        copy[name] = value
    return copy.urlencode()


def _questions(lines: Sequence[Line]) -> dict[str, str]:
    """The questions of the best candidates that are still there."""
    best = {line.scored.best.faq for line in lines if line.scored.best}
    rows = FAQ.objects.filter(pk__in=[pk for pk in best if is_id(pk)])
    return {str(pk): question for pk, question in rows.values_list("pk", "question")}


def file_of(lines: Sequence[Line], extension: str) -> HttpResponse:
    """What would change, as a file."""
    questions = _questions(lines)
    table = tablib.Dataset(
        headers=[
            _("time"), _("message"), _("FAQ"), _("phrasing"), _("score"), _("now"), _("then")
        ]
    )  # fmt: skip
    for scored, change in lines:
        best = scored.best
        row = (
            timezone.localtime(scored.at).strftime("%Y-%m-%d %H:%M:%S"),
            scored.text,
            questions.get(best.faq, best.faq) if best else "",
            best.phrasing if best else "",
            best.score if best else "",
            str(LABELS[change.before]),
            str(LABELS[change.after]),
        )
        table.append([safe_cell(value) for value in row])
    response = HttpResponse(table.export(extension), content_type=TYPES[extension])
    name = f"thresholds-{timezone.localdate().isoformat()}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

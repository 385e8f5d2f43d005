"""The check of the library as pages show it: figures, findings that can be narrowed, FAQs by health."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bot.checking import SEVERITY, Finding, Health, Kind, Report, Severity
from bot.models import FAQ
from bot.services import checking
from dashboard.export import safe_cell
from messaging.services import library

KINDS: dict[Kind, Promise] = {
    "empty_answer": _("no answer"),
    "duplicate": _("same phrasing twice"),
    "stolen": _("takes another's phrasing"),
    "near_duplicate": _("nearly the same phrasing"),
    "dead_button": _("button leads nowhere"),
    "channel_length": _("longer than a message"),
    "long_answer": _("long answer"),
    "same_answer": _("same answer twice"),
    "lonely": _("one phrasing only"),
}
SEVERITIES: dict[Severity, Promise] = {
    "error": _("error"),
    "warning": _("warning"),
    "info": _("hint"),
}
COLUMNS = ("severity", "kind", "text", "faqs", "phrasings")

_PAGE = 50
_FIRST = 10  # findings of a short list


class Line(NamedTuple):
    """A finding in words. `faqs` are (id, question)."""

    severity: Severity
    severity_label: str
    kind_label: str
    text: str
    faqs: list[tuple[str, str]]


class Bar(NamedTuple):
    """A FAQ and how many of its phrasings found it."""

    faq: str
    question: str
    tested: int
    found: int


def summary() -> dict[str, Any]:
    """The figures of the check and its worst findings."""
    row = library.check()
    report = checking.report_of(row)
    if report is None:
        return {"check": row}
    return {
        "check": row,
        "report": report,
        "share": None if report.share is None else round(100 * report.share, 1),
        "severities": _by_severity(report),
        "worst": _lines(_findings(report, "", "")[:_FIRST]),
        "confused": _lines([f for f in report.findings if f.kind == "stolen"][:_FIRST]),
    }


def context(query: QueryDict) -> dict[str, Any]:
    """The whole check for its page, as narrowed by the address."""
    found = summary()
    report: Report | None = found.get("report")
    if report is None:
        return found
    severity, kind, text = chosen(query)
    lines = _searched(_lines(_findings(report, severity, kind)), text)
    sick = [one for one in report.health if one.found < one.tested or "all" in query]
    return found | {
        "lines": Paginator(lines, _PAGE).get_page(query.get("page")),
        "bars": _bars(sick[: 4 * _PAGE]),
        "sick": sum(one.found < one.tested for one in report.health),
        "all": "all" in query,
        "severity": severity,
        "kind": kind,
        "text": text,
        "kinds": [
            (name, KINDS[name], report.counts[name]) for name in KINDS if name in report.counts
        ],
        "left_out": sum(report.counts.values()) - len(report.findings),
    }


def table(query: QueryDict) -> Iterator[list[str]]:
    """The findings as rows of a CSV file, the head first; as narrowed by the address."""
    yield list(COLUMNS)
    report = checking.report_of(library.check())
    if report is None:
        return
    severity, kind, text = chosen(query)
    findings = _findings(report, severity, kind)
    for finding, line in zip(findings, _lines(findings), strict=True):
        if text.casefold() not in line.text.casefold():
            continue
        cells = (
            line.severity,
            finding.kind,
            line.text,
            "\n".join(finding.faqs),
            "\n".join(finding.phrasings),
        )
        yield [str(safe_cell(cell)) for cell in cells]


def chosen(query: QueryDict) -> tuple[str, str, str]:
    """(severity, kind, text) the page is narrowed to; what is not known is left out."""
    severity, kind = query.get("severity", ""), query.get("kind", "")
    return (
        severity if severity in SEVERITIES else "",
        kind if kind in KINDS else "",
        query.get("q", "").strip()[:200],
    )


def _by_severity(report: Report) -> list[tuple[Severity, str, int]]:
    counts = dict.fromkeys(SEVERITIES, 0)
    for kind, severity in SEVERITY.items():
        counts[severity] += report.counts.get(kind, 0)
    return [(severity, str(SEVERITIES[severity]), counts[severity]) for severity in SEVERITIES]


def _findings(report: Report, severity: str, kind: str) -> list[Finding]:
    return [
        finding
        for finding in report.findings
        if severity in ("", SEVERITY[finding.kind]) and kind in ("", finding.kind)
    ]


def _lines(findings: Iterable[Finding]) -> list[Line]:
    known = list(findings)
    questions = _questions(pk for finding in known for pk in finding.faqs)
    return [
        Line(
            severity=SEVERITY[finding.kind],
            severity_label=str(SEVERITIES[SEVERITY[finding.kind]]),
            kind_label=str(KINDS[finding.kind]),
            text=checking.sentence(finding, lambda pk: questions.get(pk, pk)),
            faqs=[(pk, questions.get(pk, pk)) for pk in finding.faqs],
        )
        for finding in known
    ]


def _searched(lines: list[Line], text: str) -> list[Line]:
    return [line for line in lines if text.casefold() in line.text.casefold()]


def _bars(health: list[Health]) -> list[Bar]:
    questions = _questions(one.faq for one in health)
    return [Bar(one.faq, questions.get(one.faq, one.faq), one.tested, one.found) for one in health]


def _questions(ids: Iterable[str]) -> dict[str, str]:
    rows = FAQ.objects.filter(pk__in={UUID(pk) for pk in ids}).values_list("pk", "question")
    return {str(pk): question for pk, question in rows}

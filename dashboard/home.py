"""The first page: how the desk is doing."""

import json
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext, ngettext

from dashboard import access, metrics

RANGES = (14, 30)

_AXES = {
    "x": {"grid": {"display": False}, "ticks": {"color": "#a59d8e", "maxTicksLimit": 10}},
    "y": {
        "beginAtZero": True,
        "ticks": {"color": "#a59d8e", "precision": 0, "maxTicksLimit": 5},
        "border": {"display": False},
        "grid": {"lineWidth": 0.6},
    },
}
_OPTIONS = {
    "responsive": True,
    "maintainAspectRatio": False,
    "animation": False,
    "interaction": {"mode": "index", "intersect": False},
    "scales": _AXES,
    "plugins": {
        "legend": {
            "align": "end",
            "labels": {"usePointStyle": True, "boxHeight": 6, "boxWidth": 6, "color": "#a59d8e"},
        }
    },
}


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK."""
    days = _range(request)
    series = metrics.daily(days)
    waiting = metrics.waiting()
    return context | {
        "days": days,
        "ranges": RANGES,
        "cards": _cards(series, waiting),
        "messages_chart": json.dumps(_messages(series)),
        "escalations_chart": json.dumps(_escalations(series)),
        "chart_options": json.dumps(_OPTIONS),
        "has_messages": any(day.received or day.sent for day in series),
        "has_escalations": any(day.escalated for day in series),
        "top_faqs": metrics.top_faqs(days),
        "unanswered": metrics.unanswered(),
        "channels": metrics.channels() if access.is_admin(request) else [],
        "trouble": metrics.trouble(),
        "may_edit_bot": access.is_admin(request),
    }


def _range(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in {str(days) for days in RANGES} else RANGES[0]


def _cards(series: list[metrics.Day], waiting: metrics.Waiting) -> list[dict[str, Any]]:
    today = series[-1]
    share = metrics.bot_share(series)
    longest = waiting.longest
    return [
        {
            "icon": "hourglass_top",
            "title": gettext("Waiting now"),
            "value": waiting.count,
            "note": gettext("longest: %s") % duration(longest) if longest else gettext("nobody"),
            "href": reverse("admin:queue"),
            "alert": bool(waiting.count),
        },
        {
            "icon": "smart_toy",
            "title": gettext("Answered by the bot"),
            "value": "–" if share is None else f"{share} %",
            "note": ngettext("%(n)s answer", "%(n)s answers", sum(day.by_bot for day in series))
            % {"n": formats.number_format(sum(day.by_bot for day in series))},
            "share": share,
        },
        {
            "icon": "call_received",
            "title": gettext("Messages received"),
            "value": formats.number_format(sum(day.received for day in series)),
            "note": gettext("today: %s") % formats.number_format(today.received),
        },
        {
            "icon": "call_made",
            "title": gettext("Messages sent"),
            "value": formats.number_format(sum(day.sent for day in series)),
            "note": gettext("today: %s") % formats.number_format(today.sent),
        },
        {
            "icon": "support_agent",
            "title": gettext("Escalations"),
            "value": formats.number_format(sum(day.escalated for day in series)),
            "note": gettext("today: %s") % formats.number_format(today.escalated),
        },
    ]


def duration(span: timedelta) -> str:
    """A waiting time for people: "45 s", "12 min", "3 h 05 min", "2 d 4 h"."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02} min"
    return f"{hours // 24} d {hours % 24} h"


def _labels(series: list[metrics.Day]) -> list[str]:
    return [formats.date_format(day.day, "d/m") for day in series]


def _messages(series: list[metrics.Day]) -> dict[str, Any]:
    return {
        "labels": _labels(series),
        "datasets": [
            _bars(gettext("received"), [day.received for day in series], "--color-primary-500"),
            _bars(gettext("sent"), [day.sent for day in series], "--desk-accent"),
        ],
    }


def _escalations(series: list[metrics.Day]) -> dict[str, Any]:
    bars = _bars(gettext("escalations"), [day.escalated for day in series], "--desk-terracotta")
    return {"labels": _labels(series), "datasets": [bars]}


def _bars(label: str, data: list[int], color: str) -> dict[str, Any]:
    return {
        "label": label,
        "data": data,
        "backgroundColor": f"var({color})",
        "borderRadius": 4,
        "maxBarThickness": 14,
    }

"""The queue: who waits, in the order they are served, and the button that takes the next one."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import access, words
from dashboard.home import duration
from messaging.models import Agent, Conversation, Escalation
from messaging.services import queue
from messaging.services.errors import ServiceError

SHOWN = 100


def view(request: HttpRequest, base: dict[str, Any]) -> HttpResponse:
    """The page; POST claims the first. `base` is the site's context."""
    agent = access.agent_of(request)
    if request.method == "POST":
        return _claim_next(request, agent)
    rows = list(_waiting(agent)[: SHOWN + 1])
    reasons = _reasons(rows)
    now = timezone.now()
    lines = [
        {
            "position": position,
            "row": row,
            "wait": duration(now - (row.waiting_since or now)),
            "long": now - (row.waiting_since or now) > timedelta(minutes=15),
            "reason": reasons.get(row.pk, ""),
        }
        for position, row in enumerate(rows[:SHOWN], start=1)
    ]
    context = base | {
        "title": _("Queue"),
        "lines": lines,
        "more": len(rows) > SHOWN,
        "agent": agent,
        "open": queue.open_conversations(agent) if agent else 0,
    }
    return TemplateResponse(request, "dashboard/queue.html", context)


def _waiting(agent: Agent | None) -> QuerySet[Conversation]:
    reader = agent or Agent(role="admin")  # a superuser who is no agent may look
    return queue.waiting(agent=reader).select_related("contact", "channel", "team")


def _reasons(rows: list[Conversation]) -> dict[Any, str]:
    return dict(
        Escalation.objects.filter(conversation__in=rows, closed_at=None).values_list(
            "conversation_id", "reason"
        )
    )


def _claim_next(request: HttpRequest, agent: Agent | None) -> HttpResponse:
    if agent is None:
        messages.error(request, _("Only agents can do this. Make yourself an agent first."))
        return redirect("admin:queue")
    try:
        row = queue.claim_next(agent=agent)
    except ServiceError as error:
        messages.error(request, words.problem(error))
        return redirect("admin:queue")
    if row is None:
        messages.info(request, _("Nobody is waiting."))
        return redirect("admin:queue")
    return redirect("admin:messaging_conversation_change", row.pk)

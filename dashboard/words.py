"""Codes of the services and of the bot, in words for people."""

from datetime import datetime

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Agent
from messaging.services.errors import Conflict, ServiceError

STEPS: dict[str, Promise] = {
    "guard": gettext_lazy("guard: not for the bot"),
    "human": gettext_lazy("a human has it"),
    "payload": gettext_lazy("button or offered option"),
    "command": gettext_lazy("command"),
    "ask_human": gettext_lazy("asked for a human"),
    "form": gettext_lazy("form"),
    "rule": gettext_lazy("rule"),
    "exact": gettext_lazy("exact phrasing"),
    "faq": gettext_lazy("FAQ by score"),
    "ai": gettext_lazy("AI agent"),
    "miss": gettext_lazy("no answer found"),
}

ACTIONS: dict[str, Promise] = {
    "reply": gettext_lazy("answered"),
    "suggest": gettext_lazy("offered options"),
    "rephrase": gettext_lazy("asked to rephrase"),
    "escalate": gettext_lazy("escalated"),
    "silent": gettext_lazy("stayed silent"),
}

EVENTS: dict[str, Promise] = {
    "started": gettext_lazy("Conversation started"),
    "claimed": gettext_lazy("Taken by an agent"),
    "transferred": gettext_lazy("Transferred"),
    "released": gettext_lazy("Given back to the bot"),
    "escalated": gettext_lazy("Escalated to the queue"),
    "snoozed": gettext_lazy("Snoozed"),
    "woken": gettext_lazy("Woken up"),
    "closed": gettext_lazy("Closed"),
    "reopened": gettext_lazy("Reopened"),
    "note": gettext_lazy("Note"),
}

_ERRORS: dict[str, Promise] = {
    "owned": gettext_lazy("A colleague has this conversation."),
    "closed": gettext_lazy("This conversation is closed."),
    "unavailable": gettext_lazy("Set your status to available first."),
    "at_capacity": gettext_lazy("You have as many open conversations as you may take."),
    "another_open": gettext_lazy("This contact has another open conversation."),
    "not_found": gettext_lazy("Not found."),
    "forbidden": gettext_lazy("You may not do this."),
    "not_retryable": gettext_lazy("Only failed, uncertain or expired messages can be sent again."),
}


def moment(value: datetime | None) -> str:
    """A time for lists: only the hour when it was today."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    if local.date() == timezone.localdate():
        return formats.time_format(local, "H:i")
    return formats.date_format(local, "d/m/y H:i")


def step(name: str) -> str:
    return str(STEPS.get(name, name))


def action(name: str) -> str:
    return str(ACTIONS.get(name, name))


def event(kind: str) -> str:
    return str(EVENTS.get(kind, kind))


def problem(error: Exception) -> str:
    """What a service refused, for people; says which colleague has the conversation."""
    if not isinstance(error, ServiceError):
        return str(error)
    text = str(_ERRORS.get(error.code, error.detail))
    if isinstance(error, Conflict) and error.agent:
        agent = Agent.objects.select_related("user").filter(pk=error.agent).first()
        if agent:
            return f"{text} {_('It is with %s.') % agent}"
    return text

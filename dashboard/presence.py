"""The agent's own status, changed from the queue page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dashboard import access, words
from messaging.models import Agent
from messaging.services import agents
from messaging.services.errors import ServiceError


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Set the own status to one of the three."""
    agent = access.agent_of(request)
    asked = request.POST.get("status", "")
    if agent is None or asked not in Agent.Presence.values:
        messages.error(request, _("Only agents can do this. Make yourself an agent first."))
        return redirect("admin:queue")
    try:
        agents.set_presence(agent=agent, presence=asked)
    except ServiceError as error:
        messages.error(request, words.problem(error))
    return redirect("admin:queue")

"""Conversations: the list, the thread with its reply box, and the verbs."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from dashboard import access, files, metrics, thread, verbs, words
from dashboard.base import LongListAdmin, badge, moment
from messaging.models import Agent, Conversation, Owner, Status
from messaging.selectors import visible_attachments, visible_conversations
from messaging.services.errors import Invalid, ServiceError
from messaging.services.outbound import MAX_TEXT

WATCHED = 20  # newest messages whose delivery a page keeps an eye on

OWNER_COLORS = {
    Owner.BOT.value: "info",
    Owner.QUEUE.value: "warning",
    Owner.AGENT.value: "success",
}
STATUS_COLORS = {Status.OPEN.value: "success", Status.SNOOZED.value: "warning"}


@admin.register(Conversation)
class ConversationAdmin(LongListAdmin):
    """Read through a page of its own; changed only through the verbs."""

    editors = access.STAFF
    adders = access.NOBODY
    deleters = access.NOBODY
    list_display = (
        "person",
        "channel",
        badge("owner", _("owner"), OWNER_COLORS),
        badge("status", _("status"), STATUS_COLORS),
        "agent",
        "team",
        moment("last_message_at", _("last message")),
    )
    list_select_related = ("contact", "channel", "agent__user", "team")
    list_filter = (
        ("owner", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("channel", RelatedDropdownFilter),
        ("agent", RelatedDropdownFilter),
        ("team", RelatedDropdownFilter),
    )
    search_fields = ("contact__name", "contact__phone", "contact__email")
    search_help_text = _("Name, phone or e-mail of the contact")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        agent = access.agent_of(request)
        if agent is None or request.user.is_superuser:
            return super().get_queryset(request)  # type: ignore[no-any-return]
        return visible_conversations(agent).order_by("-pk")

    @display(description=_("contact"), header=True)
    def person(self, row: Conversation) -> list[str]:
        name = metrics.shorten(str(row.contact), 60)
        tags = ", ".join(map(str, row.tags or []))
        return [name, metrics.shorten(tags, 60), name[:1].upper()]

    # --- pages

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("attachment/<uuid:pk>/", wrap(self.attachment), name="desk_attachment"),
            path("<uuid:pk>/state/", wrap(self.state), name="desk_state"),
            path("<uuid:pk>/do/<slug:verb>/", wrap(self.do), name="desk_verb"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The thread."""
        if request.method != "GET":
            raise PermissionDenied
        row = self._visible(request, object_id)
        return self._page(request, row)

    def _page(
        self, request: HttpRequest, row: Conversation, draft: str = "", status: int = 200
    ) -> HttpResponse:
        # First: what changes while the thread is read is then news to the page, not lost on it.
        version = _version(row)
        agent = access.agent_of(request)
        before = request.GET.get("before", "")[:9]
        contact = row.contact
        context = self.admin_site.each_context(request) | {
            "title": str(contact),
            "row": row,
            "thread": thread.read(row, int(before) if before.isdecimal() else None),
            "verbs": verbs.bar(row, agent),
            "agent": agent,
            "draft": draft,
            "max_text": MAX_TEXT,
            "mine": agent is not None and row.agent_id == agent.pk,
            "others": contact.conversations.exclude(pk=row.pk).select_related("channel")[:5],
            "escalation": row.escalations.filter(closed_at=None).first(),
            "addresses": contact.addresses.select_related("channel"),
            "version": version,
            "is_admin": access.is_admin(request),
        }
        return TemplateResponse(request, "dashboard/conversation.html", context, status=status)

    @method_decorator(require_POST)
    def do(self, request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
        """Run one verb. What the service refuses is shown above the thread, what was typed is kept."""
        row = self._visible(request, str(pk))
        if verb not in verbs.VERBS:
            raise Http404
        form = verbs.VERBS[verb](request.POST)
        agent = access.agent_of(request)
        problem = _problem(form, row.pk, agent)
        if problem is None:
            messages.success(request, str(form.done))
            return redirect("admin:messaging_conversation_change", row.pk)
        text, status = problem
        messages.error(request, text)
        draft = request.POST.get("text", "")[:MAX_TEXT]
        return self._page(request, self._visible(request, str(pk)), draft, status)

    @method_decorator(require_GET)
    def state(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """A word that changes when the conversation does; the page asks for it now and then."""
        return JsonResponse({"version": _version(self._visible(request, str(pk)))})

    @method_decorator(require_GET)
    def attachment(self, request: HttpRequest, pk: UUID) -> FileResponse:
        """A file of a message, never run by the browser."""
        rows = visible_attachments(_reader(request))
        found = rows.filter(pk=pk).first()
        if found is None or not found.file:
            raise Http404
        return files.serve(found)

    def _visible(self, request: HttpRequest, pk: str) -> Conversation:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            key = UUID(pk)
        except ValueError:
            raise Http404 from None
        rows = self.get_queryset(request).select_related(*self.list_select_related)
        row = rows.filter(pk=key).first()
        if row is None:
            raise Http404
        return row


def _problem(form: verbs.Verb, conversation: UUID, agent: Agent | None) -> tuple[str, int] | None:
    """What went wrong and the status to answer; None when it was done."""
    if agent is None:
        return str(_("Only agents can do this. Make yourself an agent first.")), 403
    if not form.is_valid():
        return " ".join(str(e) for errors in form.errors.values() for e in errors), 400
    try:
        form.run(conversation, agent)
    except Invalid as error:
        return words.problem(error), 400
    except ServiceError as error:
        return words.problem(error), 409
    return None


def _version(row: Conversation) -> str:
    """Changes with a new message, a change of hands and a step of the newest messages' delivery."""
    newest = row.messages.order_by("-position").values_list("status", flat=True)[:WATCHED]
    return ".".join([str(row.last_position), str(row.epoch), row.owner, row.status, *newest])


def _reader(request: HttpRequest) -> Agent:
    """Whose eyes: the agent's own, or for a superuser without one an unsaved admin's."""
    agent = access.agent_of(request)
    if agent is None or request.user.is_superuser:
        return Agent(role="admin")
    return agent

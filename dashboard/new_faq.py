"""The form of a new FAQ, filled with an unanswered question, which is attached when it is saved."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from dashboard.base import DeskAdmin
from messaging import unanswered as reading
from messaging.models import UnansweredQuestion
from messaging.services import unanswered
from messaging.services.unanswered import MAX_PHRASING

PARAMETER = "unanswered"  # of the address: the question's id
_EMPTY_ROWS = 3  # for more phrasings
_OFFERED = 20  # examples


class MadeOfAQuestion(DeskAdmin):
    """For the FAQs' admin: understands `?unanswered=ID` on the page that adds one."""

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        examples = _examples(request)
        if examples:
            initial |= {"question": examples[0].text, "language": examples[0].language}
        return initial

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Iterator[Any]:
        others = [] if obj else _examples(request)[1:]
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            if others:
                formset.extra = len(others) + _EMPTY_ROWS
            yield formset, inline

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if request.method == "GET" and obj._state.adding:
            kwargs["initial"] = [{"text": example.text} for example in _examples(request)[1:]]
        return kwargs

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> Any:
        question = _question(request)
        if question is not None and UnansweredQuestion.objects.filter(pk=question).exists():
            by: Any = request.user
            unanswered.link(question=question, faq=obj.pk, by=by)
            messages.info(request, _("The unanswered question is attached to it."))
        return super().response_add(request, obj, *args, **kwargs)


def _question(request: HttpRequest) -> UUID | None:
    """The question the page was opened for; it may be gone."""
    try:
        return UUID(request.GET.get(PARAMETER, ""))
    except ValueError:
        return None


def _examples(request: HttpRequest) -> list[reading.Example]:
    """Its examples that are short enough for a phrasing."""
    question = _question(request)
    if question is None:
        return []
    found = reading.examples(question, _OFFERED)
    return [example for example in found if len(example.text) <= MAX_PHRASING]

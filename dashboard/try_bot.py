"""Try the bot: what it would say to a message and why, and the message as a phrasing with one click."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from bot import services
from bot.models import FAQ, Language
from bot.services import Tried
from bot.services.matching import STEP_NAMES
from bot.types import Explained, Faq, Piece
from channels.splitting import shorten, split
from dashboard import access, charts, metrics, words
from dashboard.base import REFUSALS
from dashboard.forms.lists import channel_choices
from messaging.medium import medium_of
from messaging.models import Channel, Direction, Message

MAX_TEXT = 100_000  # characters; no platform lets a contact write more at once
FOUND = 8  # FAQs a search shows
_STRONG = 3.0  # a weight (log odds) that gets the full colour
_LABEL_APART = 25  # per cent, or the labels of the scale stand below each other
_WORD = 60  # characters of a word that are shown


class TryForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=MAX_TEXT,
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "dir": "auto"}),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        choices=lambda: [("", _("any")), *channel_choices()],
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Contact's language"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        choices=lambda: [("", _("not known")), *Language.choices],
    )
    drafts = forms.BooleanField(
        label=gettext_lazy("Try what is not published yet"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    def __init__(self, *args: Any, drafts: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not drafts:
            del self.fields["drafts"]


def view(request: HttpRequest, base: dict[str, Any]) -> HttpResponse:
    """The page; POST tries a message, and adds it to a FAQ first if asked. `base` is the site's context."""
    drafts = services.get_settings().drafts
    form = TryForm(_asked(request), drafts=drafts)
    context = base | {
        "title": _("Try the bot"),
        "form": form,
        "drafts": drafts,
        "may_add": access.is_admin(request),
    }
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        if request.method == "POST" and request.POST.get("add"):
            _add(request, request.POST["add"], given["text"], drafts=drafts)
        pk = given["channel"]
        channel = Channel.connected.filter(pk=pk).first() if pk else None
        tried = services.match(
            given["text"],
            given["language"],
            given["channel"],
            drafts=given.get("drafts", False),
            medium=medium_of(channel) if channel else None,
        )
        context |= {"given": given, **_shown(tried, channel)}
    return TemplateResponse(request, "dashboard/try_bot.html", context)


def search(request: HttpRequest) -> HttpResponse:
    """FAQs a word is in, as a piece of a page: to add the message to, or to set the thresholds of."""
    asked = request.GET.get("q", "").strip()[:200].replace("\x00", "")
    context = {
        "found": found(asked),
        "asked": asked,
        "may_add": access.is_admin(request),
        "purpose": request.GET.get("for"),
    }
    return TemplateResponse(request, "dashboard/includes/found_faqs.html", context)


def found(asked: str) -> Sequence[FAQ]:
    """The FAQs with this in the question, a phrasing or the answer; none for nothing."""
    if not asked:
        return []
    anywhere = (
        Q(question__icontains=asked)
        | Q(phrasings__text__icontains=asked)
        | Q(answer__icontains=asked)
    )
    return list(FAQ.objects.filter(anywhere).distinct().order_by("question")[:FOUND])


# --- what was asked ------------------------------------------------------------------------------


def _asked(request: HttpRequest) -> Mapping[str, Any] | None:
    """What to try: what was typed, or the stored message the address names. Raises Http404."""
    if request.method == "POST":
        return request.POST
    if "message" not in request.GET:
        return None
    try:
        message = Message.objects.select_related("conversation").get(
            pk=UUID(request.GET["message"]), direction=Direction.IN
        )
    except (ValueError, Message.DoesNotExist):
        raise Http404 from None
    known = {pk for pk, _name in channel_choices()}
    spoken = message.conversation.language
    return {
        "text": message.text[:MAX_TEXT].replace("\x00", ""),
        "channel": str(message.channel_id) if str(message.channel_id) in known else "",
        "language": spoken if spoken in Language.values else "",
    }


def _add(request: HttpRequest, faq: str, text: str, *, drafts: bool) -> None:
    """Make the message a phrasing of the FAQ, and say from when on that counts."""
    if not access.is_admin(request):
        raise PermissionDenied
    try:
        row = services.add_phrasings(faq=UUID(faq), texts=[text], author=request.user)  # type: ignore[arg-type]
    except (ValueError, FAQ.DoesNotExist):
        messages.error(request, _("This FAQ is not there any more."))
        return
    except REFUSALS as error:
        messages.error(request, words.problem(error))
        return
    question = metrics.shorten(row.question)
    if not row.enabled:
        text = _("Added to “%s”, which is switched off.")
    elif drafts:
        text = _("Added to “%s”. It waits until it is published.")
    else:
        text = _("Added to “%s”. It is live now.")
    messages.success(request, text % question)


# --- what is shown -------------------------------------------------------------------------------


def _shown(tried: Tried, channel: Channel | None) -> dict[str, Any]:
    made, why, bands = tried.decision, tried.explanation, tried.bands
    there = _there(found.faq for found in why.candidates)
    candidates = [
        _candidate(number, found, tried, there)
        for number, found in enumerate(why.candidates, start=1)
    ]
    return {
        "tried": tried,
        "made": made,
        "action": words.action(made.action),
        "steps": _steps(made.step, tried.timed.passed),
        "reply": _as_sent(tried, channel),
        "candidates": candidates,
        "rows": charts.dots([found.score for found in why.candidates]),
        "language": Language(tried.language).label,
        "because": _because(tried),
        "scale": _scale(_percent(bands.suggest), _percent(bands.accept)),
        "margin": _percent(bands.margin),
        "too_short": not candidates and tried.letters < bands.min_informative,
        "read": why.read,
        "repairs": [{"written": w[:_WORD], "read": r[:_WORD]} for w, r in why.repairs],
        "more_words": any(
            len(found.pieces) < len(why.read.split()) for found in why.candidates if found.pieces
        ),
    }


def _because(tried: Tried) -> str:
    """What the thresholds made of the best score; "" where another step decided."""
    made, bands = tried.decision, tried.bands
    if made.step not in ("faq", "miss") or not tried.explanation.candidates:
        return ""
    given = {
        "score": _percent(tried.explanation.candidates[0].score),
        "accept": _percent(bands.accept),
        "suggest": _percent(bands.suggest),
        "margin": _percent(bands.margin),
    }
    if made.step == "miss":
        return _("The best score, %(score)d %%, is below %(suggest)d %%.") % given
    if made.action == "reply":
        return _("%(score)d %% is at least %(accept)d %%, and no other FAQ is close.") % given
    if made.reason == "close":
        return _("Another FAQ is within %(margin)d points of the best one.") % given
    return _("%(score)d %% lies between %(suggest)d %% and %(accept)d %%.") % given


def _scale(suggest: int, accept: int) -> dict[str, Any]:
    """The three bands in per cent, and whether their labels need two lines."""
    return {
        "suggest": suggest,
        "accept": accept,
        "offered": accept - suggest,
        "answered": 100 - accept,
        "close": accept - suggest < _LABEL_APART,
    }


def _steps(decided: str, passed: Sequence[str]) -> list[dict[str, str]]:
    """The pipeline in its order: passed, decided, or not reached."""
    return [
        {
            "name": name,
            "label": words.step(name),
            "state": "passed" if name in passed else "decided" if name == decided else "unreached",
        }
        for name in STEP_NAMES
    ]


def _as_sent(tried: Tried, channel: Channel | None) -> dict[str, Any]:
    """The reply in as many messages, with the buttons as short, as the channel takes."""
    made = tried.decision
    parts = [made.text] if made.text.strip() else []
    titles = [button.title for button in made.buttons]
    if channel is not None:
        can = channel.adapter.capabilities
        parts = split(made.text, can.max_text, can.text_unit)
        titles = [shorten(title, max(can.max_button_title, 4)) for title in titles]
    return {
        "parts": parts,
        "buttons": [
            {"title": title, "url": button.url}
            for title, button in zip(titles, made.buttons, strict=True)
        ],
        "files": len(made.attachments),
    }


def _candidate(
    number: int, found: Explained, tried: Tried, there: frozenset[str]
) -> dict[str, Any]:
    faq: Faq = tried.knowledge.faqs[found.faq]
    bands = tried.knowledge.settings.bands_for(faq)
    return {
        "number": number,
        "faq": found.faq,
        "there": found.faq in there,
        "question": faq.question,
        "language": Language(faq.language).label,
        "phrasing": found.phrasing if found.phrasing != faq.question else "",
        "percent": _percent(found.score),
        "accept": _percent(bands.accept),
        "suggest": _percent(bands.suggest),
        "own": faq.accept is not None or faq.suggest is not None,
        "pieces": [_piece(piece) for piece in found.pieces],
        "known": found.faq == tried.decision.faq and tried.decision.step == "exact",
    }


def _piece(piece: Piece) -> dict[str, Any]:
    """A word with its colour: for or against, and how strongly (0 … 100)."""
    weight = round(piece.weight, 1)
    return {
        "text": piece.text if len(piece.text) <= _WORD else f"{piece.text[:_WORD]}…",
        "met": piece.met[:_WORD] if piece.met != piece.text else "",
        "same": piece.met == piece.text,
        "weight": f"{weight:+.1f}" if weight else "0",
        "tone": "for" if weight > 0 else "against" if weight < 0 else "none",
        "strength": min(100, round(100 * abs(weight) / _STRONG)),
    }


def _there(ids: Iterable[str]) -> frozenset[str]:
    """The FAQs that have not been deleted since the snapshot was published."""
    rows = FAQ.objects.filter(pk__in=list(ids)).values_list("pk", flat=True)
    return frozenset(str(pk) for pk in rows)


def _percent(share: float) -> int:
    return round(100 * share)

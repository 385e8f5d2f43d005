"""Thresholds: set beside what they would have made of recent messages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bot import services
from bot.bands import OUTCOMES, Thresholds, histogram
from bot.models import FAQ, Language
from bot.services import Scope
from bot.types import Bands
from dashboard import access, charts, words
from dashboard.base import REFUSALS
from dashboard.faq_files import TYPES
from dashboard.forms.bands import BandsForm
from dashboard.what_if import LABELS, changed, file_of, filtered, is_id, lines_of
from messaging import scores
from messaging.scores import Scored

SIZES = (200, 1000, 5000)  # messages that are looked at
USUAL = 1000
OWN_SHOWN = 200  # FAQs with thresholds of their own


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest messages and the thresholds they are measured by now."""

    rows: list[Scored]
    now: Thresholds
    size: int

    @classmethod
    def read(cls, size: int, scope: Scope) -> "Recent":
        rows = scores.recent(size)
        return cls(rows, services.thresholds(_faqs(rows, scope)), size)

    def within(self, scope: Scope) -> list[Scored]:
        """Those that this scope's thresholds are for, by their best candidate."""
        if scope.faq:
            wanted = str(scope.faq)
            return [row for row in self.rows if row.best and row.best.faq == wanted]
        if scope.language:
            return [r for r in self.rows if self.now.language_of(r.past) == scope.language]
        return self.rows

    def what_if(self, scope: Scope, own: dict[str, float | int]) -> Thresholds:
        """The thresholds if those of this scope were `own`."""
        return services.thresholds(_faqs(self.rows, scope), scope, own)


def view(request: HttpRequest, base: dict[str, Any]) -> HttpResponse:
    """The page of one scope: GET looks at what would change, POST saves. `base` is the site's context."""
    scope = _scope(request)
    recent = Recent.read(_size(request), scope)
    asked = request.POST if request.method == "POST" else request.GET
    form = BandsForm(
        asked if "accept" in asked else None,
        initial=dict(services.own_bands(scope)),
        scope=scope,
        inherited=_inherited(recent.now, scope),
    )
    valid = form.is_bound and form.is_valid()
    if request.method == "POST":
        if not access.is_admin(request):
            raise PermissionDenied
        if valid and _saved(request, scope, form):
            return redirect(_address(scope))
    then = recent.what_if(scope, form.own()) if valid else None
    within = recent.within(scope)
    lines = lines_of(recent.rows, within, recent.now, then) if then else []
    if then and request.GET.get("format") in TYPES:
        return file_of(filtered(lines, request.GET), request.GET["format"])
    context = base | {
        "title": _("Thresholds"),
        "scope": scope,
        "faq": FAQ.objects.filter(pk=scope.faq).first() if scope.faq else None,
        "tabs": _tabs(scope),
        "form": form,
        "may_save": access.is_admin(request),
        "drafts": services.get_settings().drafts,
        "sizes": SIZES,
        "size": recent.size,
        "chart": _chart(within, _of(recent.now, scope), _of(then, scope) if then else None),
        "own": [] if scope.faq else _own(recent),
    }
    if then:
        context |= changed(lines, request, form)
    return TemplateResponse(request, "dashboard/bands.html", context)


def chart_of(faq: UUID) -> SafeString:
    """The scores of one FAQ's recent messages, for its form."""
    scope = Scope(faq=faq)
    recent = Recent.read(USUAL, scope)
    chart = _chart(recent.within(scope), _of(recent.now, scope), None)
    return render_to_string(
        "dashboard/includes/faq_scores.html", {"chart": chart, "size": USUAL, "faq": faq}
    )


# --- what was asked ------------------------------------------------------------------------------


def _scope(request: HttpRequest) -> Scope:
    """Whose thresholds the address names. Raises Http404."""
    language, faq = request.GET.get("language", ""), request.GET.get("faq", "")
    if faq:
        try:
            return Scope(faq=FAQ.objects.only("pk").get(pk=UUID(faq)).pk)
        except (ValueError, FAQ.DoesNotExist):
            raise Http404 from None
    if language and language not in Language.values:
        raise Http404
    return Scope(language)


def _size(request: HttpRequest) -> int:
    asked = request.GET.get("n", "")
    return int(asked) if asked in {str(size) for size in SIZES} else USUAL


def _address(scope: Scope, **more: Any) -> str:
    """The page of a scope."""
    named = {"language": scope.language, "faq": scope.faq, **more}
    query = {name: value for name, value in named.items() if value not in ("", None)}
    return (
        f"{reverse('admin:thresholds')}?{urlencode(query)}"
        if query
        else reverse("admin:thresholds")
    )


def _faqs(rows: Sequence[Scored], scope: Scope) -> set[str]:
    """The FAQs whose thresholds the rows are measured by, and that of the scope."""
    met = {row.best.faq for row in rows if row.best}
    return {pk for pk in met if is_id(pk)} | ({str(scope.faq)} if scope.faq else set())


def _of(known: Thresholds, scope: Scope) -> Bands:
    """The thresholds that count for the scope."""
    if scope.faq:
        return known.settings.bands_for(known.faqs[str(scope.faq)])
    return known.settings.bands_in(scope.language)


def _inherited(known: Thresholds, scope: Scope) -> Bands:
    """The thresholds that would count if the scope had none of its own."""
    if scope.faq:
        return known.settings.bands_in(known.faqs[str(scope.faq)].language)
    return known.settings.bands


def _saved(request: HttpRequest, scope: Scope, form: BandsForm) -> bool:
    """Whether the service took the values; its refusal is shown in the form."""
    try:
        services.set_bands(scope=scope, own=form.own(), author=request.user)  # type: ignore[arg-type]
    except REFUSALS as error:
        form.add_error(None, words.problem(error))
        return False
    waits = services.get_settings().drafts
    text = _("Saved. It waits until it is published.") if waits else _("Saved. It is live now.")
    messages.success(request, text)
    return True


# --- what is shown -------------------------------------------------------------------------------


def _tabs(scope: Scope) -> list[dict[str, Any]]:
    """The general thresholds and each language's; a dot where a language has its own."""
    own = services.get_settings().bands
    general = {
        "label": _("All languages"),
        "href": _address(Scope()),
        "here": scope == Scope(),
    }
    return [
        general,
        *(
            {
                "label": label,
                "href": _address(Scope(code)),
                "here": scope.language == code,
                "own": bool(own.get(code)),
            }
            for code, label in Language.choices
        ),
    ]


def _chart(rows: Sequence[Scored], now: Bands, then: Bands | None) -> dict[str, Any]:
    """The histogram of the rows' best scores with the thresholds as lines."""
    scored = [(row.best.score, row.happened) for row in rows if row.best]
    counts = Counter(row.happened for row in rows)
    return {
        "columns": charts.columns(histogram(scored)),
        "messages": len(rows),
        "without": len(rows) - len(scored),
        "legend": [(name, LABELS[name], counts[name]) for name in OUTCOMES],
        "now": [round(100 * now.suggest), round(100 * now.accept)],
        "then": [round(100 * then.suggest), round(100 * then.accept)] if then else [],
        "labels": LABELS,
    }


def _own(recent: Recent) -> list[dict[str, Any]]:
    """The FAQs with thresholds of their own, and how many recent messages they were the best for."""
    times = Counter(row.best.faq for row in recent.rows if row.best)
    rows = FAQ.objects.exclude(bands={}).order_by("question")[:OWN_SHOWN]
    return [
        {
            "faq": faq,
            "href": _address(Scope(faq=faq.pk)),
            "accept": faq.bands.get("accept"),
            "suggest": faq.bands.get("suggest"),
            "times": times[str(faq.pk)],
        }
        for faq in rows
    ]

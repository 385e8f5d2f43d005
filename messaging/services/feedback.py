"""Whether answers of FAQs helped, as contacts say with the buttons under them."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from bot.feedback import asked_about
from bot.types import Knowledge, Option, Rating
from messaging.models import Conversation, DailyCounter, Decision

COUNTERS: dict[Rating, str] = {"helpful": "faq_helpful", "not_helpful": "faq_unhelpful"}


class Ratings(NamedTuple):
    """How often a FAQ's answer was said to have helped, and not to."""

    helpful: int = 0
    not_helpful: int = 0


def rated(
    row: Conversation, payload: str | None, offered: Iterable[Option], knowledge: Knowledge
) -> Rating | Literal["not_yet"] | None:
    """How the answer was rated whose feedback this message may give: the newest one of its FAQ here.

    None when it is about no FAQ, or this conversation has no answer of it (any more).
    """
    faq = asked_about(payload, tuple(offered))
    if faq is None or faq not in knowledge.faqs:
        return None
    reason = (
        Decision.objects.filter(message__conversation=row, faq_id=faq)
        .order_by("-message__position")
        .values_list("reason", flat=True)
        .first()
    )
    if reason is None:
        return None
    return next((rating for rating in COUNTERS if rating == reason), "not_yet")


def ratings_of(faqs: Iterable[UUID], days: int | None = None) -> dict[UUID, Ratings]:
    """The ratings of these FAQs, of all time or of the last days; those without any are missing."""
    rows = DailyCounter.objects.filter(
        name__in=COUNTERS.values(), subject__in=[str(pk) for pk in faqs]
    )
    if days is not None:
        rows = rows.filter(day__gt=timezone.localdate() - timedelta(days=days))
    found: dict[str, Counter[str]] = {}
    for name, subject, total in rows.values_list("name", "subject").annotate(n=Sum("value")):
        found.setdefault(subject, Counter())[name] += total
    return {
        UUID(subject): Ratings(*(counts[name] for name in COUNTERS.values()))
        for subject, counts in found.items()
    }

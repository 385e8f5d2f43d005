"""The numbers of the dashboard. From daily counters where there are any, so that purging changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from bot.models import FAQ
from messaging.models import (
    Channel,
    Conversation,
    DailyCounter,
    Delivery,
    Message,
    MessageStatus,
    Miss,
    Owner,
    Status,
    UnansweredQuestion,
)
from messaging.services.feedback import Ratings, ratings_of
from messaging.unanswered import with_text

TEXT_SHOWN = 100  # characters
RECENT = 30  # days of the numbers beside a FAQ


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day of the desk's time zone."""

    day: date
    received: int = 0
    sent: int = 0
    by_bot: int = 0
    escalated: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queue now. `longest` is how long the one who waits longest has waited."""

    count: int
    longest: timedelta | None


@dataclass(frozen=True, slots=True)
class TopFaq:
    id: str
    question: str  # "" when the FAQ is gone
    times: int
    ratings: Ratings

    @property
    def rated(self) -> int:
        """How often somebody said whether it helped."""
        return sum(self.ratings)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question the bot had no answer for; `text` is how it was written first."""

    id: UUID
    text: str
    times: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an operator should look at."""

    failed: int  # messages of the last 24 hours that did not arrive
    uncertain: int
    stuck: int  # deliveries that could not be handled


_FIELDS = {
    "messages_in": "received",
    "messages_out": "sent",
    "answered_by_bot": "by_bot",
    "escalated": "escalated",
}


def daily(days: int) -> list[Day]:
    """One entry a day, oldest first, today last; days without anything are there too. One query."""
    first = timezone.localdate() - timedelta(days=days - 1)
    rows = (
        DailyCounter.objects.filter(name__in=_FIELDS, day__gte=first)
        .values_list("day", "name")
        .annotate(total=Sum("value"))
    )
    found: dict[date, dict[str, int]] = {}
    for day, name, total in rows:
        found.setdefault(day, {})[_FIELDS[name]] = total
    calendar = (first + timedelta(days=n) for n in range(days))
    return [Day(day, **found.get(day, {})) for day in calendar]


def bot_share(days: Sequence[Day]) -> int | None:
    """Of all messages received, how many per cent the bot answered; None when none was received."""
    received = sum(day.received for day in days)
    if not received:
        return None
    return min(100, round(100 * sum(day.by_bot for day in days) / received))


def waiting() -> Waiting:
    """The queue now. One query."""
    found = _waiting().aggregate(count=Count("id"), since=Min("waiting_since"))
    since = found["since"]
    return Waiting(found["count"], timezone.now() - since if since else None)


def waiting_count(request: HttpRequest) -> int:
    """How many wait, for the sidebar; counted once for each request."""
    known: int | None = getattr(request, "desk_waiting", None)
    if known is None:
        known = _waiting().count()
        request.desk_waiting = known  # type: ignore[attr-defined]
    return known


def open_questions(request: HttpRequest) -> int:
    """How many unanswered questions wait to be worked off, for the sidebar; once for each request."""
    known: int | None = getattr(request, "desk_open_questions", None)
    if known is None:
        state = UnansweredQuestion.State.OPEN
        known = UnansweredQuestion.objects.filter(state=state).count()
        request.desk_open_questions = known  # type: ignore[attr-defined]
    return known


def top_faqs(days: int, limit: int = 10) -> list[TopFaq]:
    """The FAQs answered most often, and whether that helped. Three queries."""
    first = timezone.localdate() - timedelta(days=days - 1)
    rows = list(
        DailyCounter.objects.filter(name="faq_answered", day__gte=first)
        .values_list("subject")
        .annotate(total=Sum("value"))
        .order_by("-total", "subject")[:limit]
    )
    questions = dict(
        FAQ.objects.filter(pk__in=[subject for subject, _total in rows]).values_list(
            "id", "question"
        )
    )
    ratings = ratings_of([UUID(subject) for subject in dict(rows)], days)
    return [
        TopFaq(pk, questions.get(UUID(pk), ""), total, ratings.get(UUID(pk), Ratings()))
        for pk, total in rows
    ]


def unanswered(days: int = 7, limit: int = 10) -> list[Unanswered]:
    """The open questions that were asked most lately. Two queries."""
    rows = list(
        Miss.objects.filter(
            question__state=UnansweredQuestion.State.OPEN,
            message__created_at__gte=timezone.now() - timedelta(days=days),
        )
        .values("question")
        .annotate(times=Count("id"), last=Max("message__created_at"))
        .order_by("-times", "-last")[:limit]
    )
    questions = with_text(UnansweredQuestion.objects.filter(pk__in=[r["question"] for r in rows]))
    texts = dict(questions.values_list("pk", "text"))
    return [
        Unanswered(
            row["question"], shorten(texts.get(row["question"]) or ""), row["times"], row["last"]
        )
        for row in rows
    ]


def trouble() -> Trouble:
    """Two queries."""
    since = timezone.now() - timedelta(days=1)
    newest = Message.objects.filter(pk__gte=first_id(since), direction="out")
    messages = newest.filter(created_at__gte=since).aggregate(
        failed=Count("id", filter=Q(status=MessageStatus.FAILED)),
        uncertain=Count("id", filter=Q(status=MessageStatus.UNCERTAIN)),
    )
    recent = Delivery.objects.filter(pk__gte=first_id(since), received_at__gte=since)
    stuck = recent.filter(state=Delivery.State.ERROR).count()
    return Trouble(stuck=stuck, **messages)


def channels() -> list[Channel]:
    """Every channel, the ones in trouble first. One query."""
    calm = {Channel.Health.OK, Channel.Health.UNKNOWN}
    rows = Channel.connected.defer("config").order_by("name", "id")
    return sorted(rows, key=lambda channel: (not channel.enabled, channel.health in calm))


def faq_answers(ids: Sequence[UUID], days: int = RECENT) -> dict[UUID, int]:
    """How often each of these FAQs was the answer. One query."""
    first = timezone.localdate() - timedelta(days=days - 1)
    rows = (
        DailyCounter.objects.filter(
            name="faq_answered", day__gte=first, subject__in=[str(pk) for pk in ids]
        )
        .values_list("subject")
        .annotate(total=Sum("value"))
    )
    return {UUID(subject): total for subject, total in rows}


def first_id(at: datetime) -> UUID:
    """The lowest key a row made at this time can have: keys grow with the time (`bot.ids`)."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def shorten(text: str, length: int = TEXT_SHOWN) -> str:
    """One line of a text, cut with an ellipsis."""
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _waiting() -> QuerySet[Conversation]:
    return Conversation.objects.filter(owner=Owner.QUEUE, status=Status.OPEN)

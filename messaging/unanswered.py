"""Reading unanswered questions: their texts, how often, from whom, who still waits, which FAQ is near."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Substr

import bot.services
from bot.matcher.grouping import signature
from bot.models import FAQ
from bot.types import Knowledge
from messaging.models import Conversation, Miss, Owner, Status, UnansweredQuestion

EXAMPLES_SCANNED = 1000  # newest misses of a question
TEXT_SHOWN = 500  # characters of a text, as long as a phrasing may be
_WAITING = Q(message__conversation__owner=Owner.QUEUE, message__conversation__status=Status.OPEN)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the misses of a question say together. Purged messages are not among them."""

    contacts: int = 0
    waiting: int = 0  # conversations in the queue
    languages: tuple[str, ...] = ()
    channels: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """One way it was asked; case, accents and punctuation aside. `text` and the rest are the newest's."""

    text: str
    times: int
    message: UUID
    conversation: UUID
    channel: UUID
    language: str
    last: datetime


@dataclass(frozen=True, slots=True)
class Near:
    """A FAQ that may be meant, with the matcher's confidence."""

    faq: UUID
    question: str
    score: float
    phrasing: str


def key_of(text: str) -> str:
    """A hash of what the text asks, case, accents and punctuation aside."""
    return hashlib.sha256(signature(text).encode()).hexdigest()[:32]


def asked(rows: QuerySet[UnansweredQuestion], **by: Any) -> QuerySet[UnansweredQuestion]:
    """Those with a miss that fits: `language=…`, `message__channel=…`, `message__text__icontains=…`."""
    return rows.filter(Exists(Miss.objects.filter(question=OuterRef("pk"), **by)))


def with_waiting(rows: QuerySet[UnansweredQuestion]) -> QuerySet[UnansweredQuestion]:
    """Those that somebody in the queue waits with."""
    return rows.filter(Exists(Miss.objects.filter(_WAITING, question=OuterRef("pk"))))


def with_text(rows: QuerySet[UnansweredQuestion]) -> QuerySet[Any]:
    """With `text`: how the oldest example there is begins; None when all are gone."""
    misses = Miss.objects.filter(question=OuterRef("pk")).order_by("id")
    beginning = misses.values(beginning=Substr("message__text", 1, TEXT_SHOWN))
    return rows.annotate(text=Subquery(beginning[:1]))


def with_counts(rows: QuerySet[UnansweredQuestion]) -> QuerySet[Any]:
    """With `contacts` and `waiting`, as in Facts; counted only for the rows that are fetched."""
    misses = Miss.objects.filter(question=OuterRef("pk")).order_by().values("question")
    contacts = misses.annotate(n=Count("message__contact", distinct=True))
    waiting = misses.filter(_WAITING).annotate(n=Count("message__conversation", distinct=True))
    return rows.annotate(
        contacts=Coalesce(Subquery(contacts.values("n")), 0),
        waiting=Coalesce(Subquery(waiting.values("n")), 0),
    )


def with_facts(rows: Iterable[Any]) -> list[Any]:
    """A page of questions, each with its `facts`."""
    page = list(rows)
    found = facts([row.pk for row in page])
    for row in page:
        row.facts = found.get(row.pk, Facts())
    return page


def facts(questions: Sequence[UUID]) -> dict[UUID, Facts]:
    """For a page of questions. Two queries."""
    misses = Miss.objects.filter(question__in=questions)
    counts = misses.values("question").annotate(
        contacts=Count("message__contact", distinct=True),
        waiting=Count("message__conversation", distinct=True, filter=_WAITING),
    )
    languages: dict[UUID, set[str]] = {pk: set() for pk in questions}
    channels: dict[UUID, set[UUID]] = {pk: set() for pk in questions}
    where = misses.values_list("question", "language", "message__channel").order_by().distinct()
    for pk, language, channel in where:
        languages[pk].add(language)
        channels[pk].add(channel)
    return {
        row["question"]: Facts(
            contacts=row["contacts"],
            waiting=row["waiting"],
            languages=tuple(sorted(languages[row["question"]] - {""})),
            channels=tuple(sorted(channels[row["question"]])),
        )
        for row in counts.order_by()
    }


def examples(question: UUID, limit: int = 20) -> list[Example]:
    """The ways it was asked, the most frequent first. One query."""
    rows = (
        Miss.objects.filter(question=question)
        .select_related("message")
        .only(
            "key",
            "language",
            "message__text",
            "message__conversation",
            "message__channel",
            "message__created_at",
        )
        .order_by("-id")[:EXAMPLES_SCANNED]
    )
    times: Counter[str] = Counter()
    newest: dict[str, Miss] = {}
    for row in rows:
        times[row.key] += 1
        newest.setdefault(row.key, row)
    return [
        Example(
            text=newest[key].message.text,
            times=n,
            message=newest[key].message_id,
            conversation=newest[key].message.conversation_id,
            channel=newest[key].message.channel_id,
            language=newest[key].language,
            last=newest[key].message.created_at,
        )
        for key, n in times.most_common(limit)
    ]


def waiting(question: UUID) -> QuerySet[Conversation]:
    """The conversations in the queue in which it was asked; who waits longest first."""
    asked = Miss.objects.filter(question=question).values("message__conversation")
    return Conversation.objects.filter(
        pk__in=asked, owner=Owner.QUEUE, status=Status.OPEN
    ).order_by("waiting_since", "id")


def nearest(found_by: Sequence[Example]) -> list[Near]:
    """The FAQs the matcher thinks of for the first example, best first, as far as they still exist. One query."""
    if not found_by:
        return []
    first = found_by[0]
    found = _near(bot.services.current(), first.text, first.language, first.channel)
    existing = set(
        FAQ.objects.filter(pk__in=[near.faq for near in found]).values_list("pk", flat=True)
    )
    return [near for near in found if near.faq in existing]


def with_nearest(rows: Iterable[Any]) -> list[Any]:
    """Rows with their `text` and `facts`, each with the FAQ that is `near`est, or None. No query for each."""
    page = list(rows)
    knowledge = bot.services.current()
    for row in page:
        language = next(iter(row.facts.languages), "")
        channel = next(iter(row.facts.channels), None)
        row.near = next(iter(_near(knowledge, row.text or "", language, channel)), None)
    return page


def _near(knowledge: Knowledge, text: str, language: str, channel: UUID | None) -> list[Near]:
    return [
        Near(UUID(c.faq), knowledge.faqs[c.faq].question, c.score, c.phrasing)
        for c in knowledge.rank(text, language, str(channel or ""))
    ]

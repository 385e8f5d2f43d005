"""A conversation as it is read: messages, what happened between them, and why the bot said what it said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from bot.models import FAQ, Rule
from dashboard import words
from messaging.models import (
    Attempt,
    Conversation,
    ConversationEvent,
    Decision,
    Direction,
    Message,
)

PAGE = 60  # messages


@dataclass(frozen=True, slots=True)
class Candidate:
    """A FAQ the matcher thought of. `percent` is its confidence, 0 … 100."""

    faq_id: str
    question: str
    phrasing: str
    percent: int


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why the bot did what it did about one message."""

    action: str
    step: str
    step_label: str
    reason: str
    ms: float
    snapshot: int | None
    message: UUID  # the contact's, that it was about
    score: int | None  # per cent
    runner_up: int | None
    faq_id: str = ""
    faq: str = ""
    faq_version: int | None = None
    rule_id: str = ""
    rule: str = ""
    rule_version: int | None = None
    candidates: tuple[Candidate, ...] = ()


@dataclass(slots=True)
class Entry:
    """One line of the thread: a message or an event. `new_day` asks for a date above it."""

    at: datetime
    message: Message | None = None
    event: ConversationEvent | None = None
    title: str = ""
    reasons: Reasons | None = None
    attempts: Sequence[Attempt] = ()
    new_day: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """A page of a conversation, oldest first. `earlier` is the position to ask for more before."""

    entries: list[Entry] = field(default_factory=list)
    earlier: int | None = None
    last_position: int = 0


def read(conversation: Conversation, before: int | None = None) -> Thread:
    """The newest page, or the one before a position. A fixed number of queries, however long it is."""
    newest_first = list(_messages(conversation, before)[: PAGE + 1])
    more = len(newest_first) > PAGE
    messages = newest_first[:PAGE][::-1]
    reasons = _reasons(messages)
    attempts = _attempts(messages)
    entries = [
        Entry(m.created_at, message=m, reasons=reasons.get(m.pk), attempts=attempts.get(m.pk, ()))
        for m in messages
    ]
    since = messages[0].created_at if more else None
    until = _time_of(conversation, before)
    entries += [
        Entry(event.created_at, event=event, title=words.event(event.kind))
        for event in _events(conversation, since, until)
    ]
    entries.sort(key=lambda entry: entry.at)
    _mark_days(entries)
    return Thread(
        entries,
        earlier=messages[0].position if more else None,
        last_position=conversation.last_position,
    )


def _messages(conversation: Conversation, before: int | None) -> QuerySet[Message]:
    rows = conversation.messages.select_related("agent__user", "reply_to").prefetch_related(
        "attachments"
    )
    if before is not None:
        rows = rows.filter(position__lt=before)
    return rows.order_by("-position")


def _time_of(conversation: Conversation, position: int | None) -> datetime | None:
    if position is None:
        return None
    rows = conversation.messages.filter(position=position).values_list("created_at", flat=True)
    return rows.first()


def _events(
    conversation: Conversation, since: datetime | None, until: datetime | None
) -> Iterable[ConversationEvent]:
    rows = conversation.events.select_related("actor").order_by("id")
    if since:
        rows = rows.filter(created_at__gte=since)
    if until:
        rows = rows.filter(created_at__lt=until)
    return rows[:500]


def _attempts(messages: Sequence[Message]) -> dict[UUID, list[Attempt]]:
    sent = [m.pk for m in messages if m.direction == Direction.OUT]
    found: dict[UUID, list[Attempt]] = {}
    for attempt in Attempt.objects.filter(message__in=sent).order_by("id"):
        found.setdefault(attempt.message_id, []).append(attempt)
    return found


def _reasons(messages: Sequence[Message]) -> dict[UUID, Reasons]:
    """By message: the reply a decision led to, else the message it was about."""
    about = {m.answers_id or m.pk for m in messages}
    decisions = list(Decision.objects.filter(message__in=about))
    faqs, rules = _names(decisions)
    replied: dict[UUID, UUID] = {}
    for message in messages:
        if message.answers_id:
            replied.setdefault(message.answers_id, message.pk)
    return {replied.get(d.message_id, d.message_id): _explain(d, faqs, rules) for d in decisions}


def _names(decisions: Iterable[Decision]) -> tuple[dict[str, str], dict[str, str]]:
    faqs: set[str] = set()
    rules: set[str] = set()
    for decision in decisions:
        faqs.update(str(c.get("faq", "")) for c in _candidates(decision))
        if decision.faq_id:
            faqs.add(str(decision.faq_id))
        if decision.rule_id:
            rules.add(str(decision.rule_id))
    questions = FAQ.objects.filter(pk__in=_uuids(faqs)).values_list("pk", "question")
    names = Rule.objects.filter(pk__in=_uuids(rules)).values_list("pk", "name")
    return {str(pk): q for pk, q in questions}, {str(pk): name for pk, name in names}


def _explain(decision: Decision, faqs: dict[str, str], rules: dict[str, str]) -> Reasons:
    faq_id = str(decision.faq_id or "")
    rule_id = str(decision.rule_id or "")
    return Reasons(
        action=words.action(decision.action),
        step=decision.step,
        step_label=words.step(decision.step),
        reason=decision.reason,
        ms=decision.ms,
        snapshot=decision.snapshot,
        message=decision.message_id,
        score=_percent(decision.score),
        runner_up=_percent(decision.runner_up),
        faq_id=faq_id if faq_id in faqs else "",
        faq=faqs.get(faq_id, faq_id),
        faq_version=decision.faq_version,
        rule_id=rule_id if rule_id in rules else "",
        rule=rules.get(rule_id, rule_id),
        rule_version=decision.rule_version,
        candidates=tuple(
            Candidate(
                faq_id=str(c["faq"]) if str(c.get("faq", "")) in faqs else "",
                question=faqs.get(str(c.get("faq", "")), str(c.get("faq", ""))),
                phrasing=str(c.get("phrasing", "")),
                percent=_percent(c.get("score")) or 0,
            )
            for c in _candidates(decision)
        ),
    )


def _candidates(decision: Decision) -> list[dict[str, Any]]:
    rows = decision.candidates if isinstance(decision.candidates, list) else []
    return [row for row in rows if isinstance(row, dict)]


def _uuids(values: Iterable[str]) -> list[UUID]:
    found = []
    for value in values:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


def _percent(score: Any) -> int | None:
    return None if score is None else round(100 * float(score))


def _mark_days(entries: Sequence[Entry]) -> None:
    day = None
    for entry in entries:
        local = timezone.localtime(entry.at).date()
        entry.new_day = local != day
        day = local

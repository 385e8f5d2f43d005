"""Puts misses that ask the same together: a periodic job, so that no turn waits for it or fails by it (F-31)."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, Value
from django.db.models.functions import Greatest

from bot.ids import new_id
from bot.matcher.grouping import place
from messaging.models import Miss, UnansweredQuestion
from messaging.unanswered import key_of

log = logging.getLogger(__name__)

BATCH = 200  # misses in one go
COMPARED_QUESTIONS = 400  # those asked last; older ones are still found by the same words
COMPARED_TEXTS = 3  # of each, the newest different ones
_KEYS_SCANNED = 5000


@dataclass(slots=True)
class _Joining:
    """What joins one question."""

    misses: list[Miss] = field(default_factory=list)

    @property
    def first(self) -> datetime:
        return min(miss.message.created_at for miss in self.misses)

    @property
    def last(self) -> datetime:
        return max(miss.message.created_at for miss in self.misses)

    @property
    def known_to(self) -> int:
        """The newest snapshot that missed it."""
        return max(miss.snapshot or 0 for miss in self.misses)


def has_work() -> bool:
    return Miss.objects.filter(question=None).exists()


def group_batch(still_mine: Callable[[], bool]) -> int:
    """Give the oldest misses without a question one; answers how many got one.

    Reads and compares outside any transaction. `still_mine` is the first statement of the one that
    writes and says whether nobody else may have grouped meanwhile; if not, nothing is written.
    """
    misses = list(
        Miss.objects.filter(question=None).select_related("message").order_by("id")[:BATCH]
    )
    for miss in misses:
        miss.key = key_of(miss.message.text)
    targets = _targets(misses)
    with transaction.atomic():
        if not still_mine():
            return 0
        return _write(misses, targets)


def _targets(misses: Sequence[Miss]) -> dict[str, UUID]:
    """The question of each key: a known one, or the id of one to be made."""
    keys = {miss.key for miss in misses}
    grouped = Miss.objects.filter(key__in=keys).exclude(question=None)
    pairs = grouped.order_by("-question").values_list("key", "question").distinct()
    targets: dict[str, UUID] = dict(pairs)  # of several the oldest
    fresh = {miss.key: miss.message.text for miss in misses if miss.key not in targets}
    if fresh:
        texts, owners, questions, closed = _pool()
        numbers = place(list(fresh.values()), texts, owners, closed)
        made = [new_id() for _ in range(max(numbers) + 1 - len(questions))]
        questions += made
        targets |= {key: questions[number] for key, number in zip(fresh, numbers, strict=True)}
    return targets


def _pool() -> tuple[list[str], list[int], list[UUID], list[int]]:
    """The texts to compare with, the number of the question of each, the questions by number, and
    the numbers of the dismissed ones.
    """
    newest = UnansweredQuestion.objects.order_by("-last_seen_at", "-id")
    states = dict(newest.values_list("pk", "state")[:COMPARED_QUESTIONS])
    questions = list(states)
    keys = (
        Miss.objects.filter(question__in=questions)
        .values_list("question", "key")
        .annotate(newest=Max("id"))
        .order_by("-newest")[:_KEYS_SCANNED]
    )
    chosen: dict[UUID, list[int]] = {}
    for question, _key, pk in keys:
        mine = chosen.setdefault(question, [])
        if len(mine) < COMPARED_TEXTS:
            mine.append(pk)
    number = {question: place for place, question in enumerate(questions)}
    rows = (
        Miss.objects.filter(pk__in=[pk for mine in chosen.values() for pk in mine])
        .order_by("id")
        .values_list("question", "message__text")
    )
    texts = [(number[question], text) for question, text in rows if question in number]
    dismissed = UnansweredQuestion.State.DISMISSED
    closed = [number[pk] for pk, state in states.items() if state == dismissed]
    return [text for _n, text in texts], [n for n, _text in texts], questions, closed


def _write(misses: Sequence[Miss], targets: Mapping[str, UUID]) -> int:
    """Put each miss that is still without a question where it belongs, and count it there once."""
    waiting = Miss.objects.select_for_update().filter(pk__in=[m.pk for m in misses], question=None)
    still = set(waiting.order_by("id").values_list("pk", flat=True))
    joining: dict[UUID, _Joining] = {}
    for miss in misses:
        if miss.pk in still:
            joining.setdefault(targets[miss.key], _Joining()).misses.append(miss)
    # In one order everywhere, so that two transactions cannot wait for each other.
    placed = [miss for pk in sorted(joining) for miss in _join(pk, joining[pk])]
    Miss.objects.bulk_update(placed, ["question", "key"])
    return len(placed)


def _join(question: UUID, them: _Joining) -> list[Miss]:
    """Count the misses at their question, making it if it is new; answers them."""
    rows = UnansweredQuestion.objects.filter(pk=question)
    counted = rows.update(
        times=F("times") + len(them.misses),
        last_seen_at=Greatest("last_seen_at", Value(them.last)),
    )
    if not counted:
        UnansweredQuestion.objects.create(
            pk=question, times=len(them.misses), created_at=them.first, last_seen_at=them.last
        )
    came_back = rows.filter(state=UnansweredQuestion.State.ATTACHED, known_from__lte=them.known_to)
    if came_back.update(state=UnansweredQuestion.State.OPEN):
        log.info("unanswered_came_back", extra={"question": str(question)})
    for miss in them.misses:
        miss.question_id = question
    return them.misses

"""Unanswered questions as work: noting a miss, and what people do about a group of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

import bot.services
from bot.models import FAQ, Snapshot
from bot.types import Decision as BotDecision
from messaging import unanswered
from messaging.models import Direction, Message, Miss, UnansweredQuestion
from messaging.services.errors import Invalid, NotVisible

State = UnansweredQuestion.State

MAX_PHRASING = 500  # characters
MOST_TEXTS = 50  # that one click attaches


# --- noting ----------------------------------------------------------------------------------------


def note(message: Message, made: BotDecision, snapshot: int) -> None:
    """Remember the message if the bot did not answer it. One insert; needs the turn's transaction.

    Greetings, calls for a human, messages without text and what is not for the bot are no misses.
    """
    if made.step == "miss" and made.reason == "miss":
        record(message.pk, Miss.Cause.MISS, made.language, snapshot)
    elif made.reason == "none_of_these":
        asked = _asked(message).filter(decision__action="suggest").first()
        if asked is not None:
            record(asked, Miss.Cause.NONE_OF_THESE, made.language, snapshot)
    elif made.rating == "not_helpful" and made.faq:
        asked = _asked(message).filter(decision__faq_id=made.faq, decision__action="reply").first()
        if asked is not None:
            record(asked, Miss.Cause.NOT_HELPFUL, made.language, snapshot)


def record(message: UUID, cause: str, language: str, snapshot: int | None) -> None:
    """This message was not answered; said twice, it counts once. `snapshot` is what the bot knew then."""
    row = Miss(message_id=message, cause=cause, language=language, snapshot=snapshot or None)
    Miss.objects.bulk_create([row], ignore_conflicts=True)


def _asked(message: Message) -> QuerySet[Message, UUID]:
    """What was said in the conversation before this message, in words, the newest first."""
    earlier = Message.objects.filter(
        conversation=message.conversation_id,
        direction=Direction.IN,
        position__lt=message.position,
        decision__step__in=("exact", "faq"),
    )
    return earlier.order_by("-position").values_list("pk", flat=True)


# --- working it off --------------------------------------------------------------------------------


def attach(
    *, question: UUID, faq: UUID, texts: Sequence[str] | None = None, by: User | None = None
) -> UnansweredQuestion:
    """Teach a FAQ these texts as phrasings, or the question's examples when none are given.

    What the FAQ knows already changes nothing. Live at once, or with the next publishing when drafts
    are on. Raises NotVisible, Invalid, bot.services.Invalid.
    """
    with bot.services.changes(author=by):
        row = _lock(question)
        known = FAQ.objects.select_for_update().filter(pk=faq).first()
        if known is None:
            raise Invalid({"faq": _("There is no such FAQ.")})
        before = _phrasings(known)
        said = {unanswered.key_of(text) for text in (known.question, *before)}
        new = [text for text in _chosen(row, texts) if unanswered.key_of(text) not in said]
        if new:
            known = bot.services.add_phrasings(faq=faq, texts=new, author=by)
        added = [text for text in _phrasings(known) if text not in before]
        row.added = [unanswered.key_of(text) for text in added]
        _settle(row, State.ATTACHED, by, faq=faq, pending=bool(added))
    return row


def start_faq(
    *, question: UUID, fields: Mapping[str, Any], by: User | None = None
) -> UnansweredQuestion:
    """Make a FAQ of the question; `fields` are those of `bot.services.create_faq`.

    Without `alternatives` the examples are asked too, but for what the FAQ's question says itself.
    Raises NotVisible, bot.services.Invalid.
    """
    with bot.services.changes(author=by):
        row = _lock(question)
        said = unanswered.key_of(fields.get("question", ""))
        others = [text for text in _distinct(_examples(row)) if unanswered.key_of(text) != said]
        faq = bot.services.create_faq(author=by, **{"alternatives": others, **fields})
        return link(question=question, faq=faq.pk, by=by)


def link(*, question: UUID, faq: UUID, by: User | None = None) -> UnansweredQuestion:
    """This FAQ, just made, answers the question. Raises NotVisible."""
    with transaction.atomic():
        row = _lock(question)
        row.added = []
        _settle(row, State.ATTACHED, by, faq=faq, pending=True)
    return row


def dismiss(*, question: UUID, by: User | None = None) -> UnansweredQuestion:
    """Nothing shall be done about it. It stays dismissed, however often it is asked. Raises NotVisible.

    What attaching added stays and is remembered: reopening can take it back.
    """
    with transaction.atomic():
        row = _lock(question)
        _settle(row, State.DISMISSED, by, faq=row.faq_id)
    return row


def reopen(
    *, question: UUID, by: User | None = None, take_back: bool = False
) -> UnansweredQuestion:
    """Back to the open ones; with `take_back` the phrasings that attaching added leave the FAQ.

    Raises NotVisible.
    """
    with bot.services.changes(author=by):
        row = _lock(question)
        if take_back and row.faq_id and row.added:
            _take_back(row.faq_id, set(row.added), by)
        row.added = []
        _settle(row, State.OPEN, by)
    return row


def forget_empty() -> int:
    """Delete the questions whose messages are all gone; answers how many."""
    empty = UnansweredQuestion.objects.filter(~Exists(Miss.objects.filter(question=OuterRef("pk"))))
    with transaction.atomic():
        # Locked first and looked at again: grouping may be adding a miss right now.
        locked = list(empty.select_for_update().order_by("pk").values_list("pk", flat=True))
        return empty.filter(pk__in=locked).delete()[0] if locked else 0


def _lock(question: UUID) -> UnansweredQuestion:
    row = UnansweredQuestion.objects.select_for_update().filter(pk=question).first()
    if row is None:
        raise NotVisible
    return row


def _settle(
    row: UnansweredQuestion,
    state: str,
    by: User | None,
    *,
    faq: UUID | None = None,
    pending: bool = False,
) -> None:
    """Store what was decided. `pending`: only the next snapshot knows of it."""
    newest = Snapshot.objects.order_by("-version").values_list("version", flat=True).first() or 0
    row.state = state
    row.faq_id = faq
    row.known_from = None if faq is None else newest + pending
    row.handled_by = by
    row.handled_at = timezone.now()
    row.save()


def _chosen(row: UnansweredQuestion, texts: Sequence[str] | None) -> list[str]:
    """What is to be attached, each question once. Raises Invalid."""
    if texts is None:
        texts = _examples(row)
    if len(texts) > MOST_TEXTS:
        raise Invalid({"texts": _("At most %(most)s of them.") % {"most": MOST_TEXTS}})
    chosen = _distinct(texts)
    if not chosen:
        raise Invalid({"texts": _("There is no text to attach.")})
    return chosen


def _examples(row: UnansweredQuestion) -> list[str]:
    """The ways it was asked that are short enough for a phrasing."""
    texts = [example.text for example in unanswered.examples(row.pk, MOST_TEXTS)]
    return [text for text in texts if len(text) <= MAX_PHRASING]


def _distinct(texts: Sequence[str]) -> list[str]:
    """Each question once, as it was put first; no blank ones."""
    chosen = {unanswered.key_of(text): text for text in reversed(texts) if text.strip()}
    return list(reversed(chosen.values()))


def _phrasings(faq: FAQ) -> list[str]:
    return list(faq.phrasings.values_list("text", flat=True))


def _take_back(faq: UUID, added: set[str], by: User | None) -> None:
    row = FAQ.objects.select_for_update().filter(pk=faq).first()
    if row is None:
        return
    kept = [text for text in _phrasings(row) if unanswered.key_of(text) not in added]
    bot.services.update_faq(faq=faq, author=by, alternatives=kept)

"""The bot's turns: takes what waits in a conversation, lets the bot decide, writes what it decided.

A conversation is claimed by a lease on its row (epoch and expiry, the database's clock). The first
statement of the transaction that writes is a compare-and-set on the epoch: whoever lost the lease, or
was overtaken by a human, writes nothing.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

import bot.services
from bot.pipeline import decide
from bot.types import Decision as BotDecision
from bot.types import Knowledge, Option, OutButton, TimedDecision, Turn
from messaging.medium import medium_of
from messaging.models import Agent, Conversation, Decision, Direction, Message, Owner
from messaging.nudges import nudge_inbound
from messaging.services import attachments, conversations, feedback, outbound, queue, unanswered
from messaging.services.contention import DATABASE_TROUBLE, atomically
from messaging.services.counters import count_all

log = logging.getLogger(__name__)

_LEASE = timedelta(seconds=15)
_TRIES = 3  # of a message whose handling fails
_CRASHES = 5  # of a message during whose handling the process died
_LOOP_WINDOW = timedelta(minutes=10)
_PRESENT_FOR = timedelta(seconds=90)  # after an agent's last sign of life
_SAME_REPLY = 6  # times the same reply within the window is a loop (F-35)
_SUMMARY = 500  # characters of the message in an escalation's summary
_READ_BACK = 5  # messages, for what was asked before a button was pressed

_State = Message.BotState


@dataclass(frozen=True, slots=True)
class _Claim:
    conversation: UUID
    message: UUID
    epoch: int
    tries: int


def warm_up() -> None:
    """Build the bot's knowledge, so that the first message need not wait for it."""
    bot.services.current()


def handle_pending(*, budget_s: float = 20.0) -> int:
    """Let the bot answer what waits, for at most about `budget_s` seconds; answers how many messages."""
    stop = time.monotonic() + budget_s
    handled = 0
    while time.monotonic() < stop:
        due = list(_due_conversations()[:50])
        if not due:
            break
        knowledge = bot.services.current()
        done = sum(_handle_conversation(pk, knowledge, stop) for pk in due)
        handled += done
        if not done:
            break  # what is left is leased by others
    else:
        transaction.atomic(nudge_inbound)()
    return handled


def _due_conversations() -> QuerySet[Conversation, UUID]:
    """Conversations with a message to handle that nobody holds. Those that wait longest come first."""
    pending = Message.objects.filter(conversation=OuterRef("pk"), bot_state=_State.PENDING).filter(
        Q(bot_due_at=None) | Q(bot_due_at__lte=Now())
    )
    return (
        Conversation.objects.filter(Exists(pending))
        .filter(Q(leased_until=None) | Q(leased_until__lt=Now()))
        .order_by("last_inbound_at")
        .values_list("pk", flat=True)
    )


def _handle_conversation(pk: UUID, knowledge: Knowledge, stop: float) -> int:
    handled = 0
    while time.monotonic() < stop:
        claim = _claim(pk)
        if claim is None:
            break
        _handle(claim, knowledge)
        handled += 1
    return handled


def _claim(pk: UUID) -> _Claim | None:
    """Take the lease and count the try, in one commit; None when others hold it or nothing is due."""
    with transaction.atomic():
        free = Conversation.objects.filter(pk=pk).filter(
            Q(leased_until=None) | Q(leased_until__lt=Now())
        )
        if not free.update(epoch=F("epoch") + 1, leased_until=Now() + _LEASE):
            return None
        message = _next_message(pk)
        if message is None:
            Conversation.objects.filter(pk=pk).update(leased_until=None)
            return None
        Message.objects.filter(pk=message.pk).update(bot_tries=F("bot_tries") + 1)
        epoch = Conversation.objects.values_list("epoch", flat=True).get(pk=pk)
    return _Claim(pk, message.pk, epoch, message.bot_tries + 1)


def _next_message(pk: UUID) -> Message | None:
    """The first waiting message in the platform's order; None while it waits for its next try (F-28, F-31)."""
    first = (
        Message.objects.filter(conversation=pk, bot_state=_State.PENDING)
        .order_by(Coalesce("platform_time", "created_at"), "metadata__sequence", "position")
        .first()
    )
    if first is None or (first.bot_due_at and first.bot_due_at > timezone.now()):
        return None
    return first


def _handle(claim: _Claim, knowledge: Knowledge) -> None:
    try:
        if claim.tries > _CRASHES:
            _give_up(claim)
            return
        atomically(lambda: _turn(claim, knowledge))
    except DATABASE_TROUBLE:
        # Nobody's fault but the database's: the lease ends and the message is handled again (F-93).
        raise
    except Exception:
        log.exception("turn_failed", extra={"message_id": str(claim.message), "tries": claim.tries})
        if claim.tries >= _TRIES:
            _give_up(claim)
        else:
            _put_off(claim)


def _turn(claim: _Claim, knowledge: Knowledge) -> None:
    """Decide and write everything that follows from it. Needs a transaction."""
    if not _still_mine(claim):
        return
    row = conversations.lock(claim.conversation)
    message = Message.objects.select_related("contact").get(pk=claim.message)
    if message.bot_state != _State.PENDING:
        return
    timed = decide(_build_turn(row, message, knowledge))
    _save_decision(message, timed, knowledge.version)
    unanswered.note(message, timed.decision, knowledge.version)
    Message.objects.filter(pk=message.pk).update(bot_state=_State.DONE)
    _carry_out(row, message, timed.decision)


def _still_mine(claim: _Claim) -> bool:
    """The compare-and-set that everything after it depends on; also gives the lease back."""
    mine = Conversation.objects.filter(pk=claim.conversation, epoch=claim.epoch)
    return bool(mine.update(epoch=F("epoch") + 1, leased_until=None))


def _build_turn(row: Conversation, message: Message, knowledge: Knowledge) -> Turn:
    facts: dict[str, Any] = message.metadata
    offered = tuple(Option(o["title"], o["payload"]) for o in row.offered)
    return Turn(
        text=message.text,
        knowledge=knowledge,
        now=timezone.now(),
        channel=str(row.channel_id),
        medium=medium_of(row.channel),
        language=row.language,
        contact_name=message.contact.name,
        owner=row.owner,  # type: ignore[arg-type]
        payload=facts.get("payload"),
        command=facts.get("command"),
        command_args=facts.get("command_args") or "",
        offered=offered,
        has_attachments=message.attachments.exists(),
        addressed=facts.get("addressed", True),
        automatic=bool(facts.get("automatic")),
        looping=row.looping or _loops(row),
        stale=bool(facts.get("stale")),
        misses=row.misses,
        greeted=Message.objects.filter(conversation=row, direction=Direction.OUT).exists(),
        rated=feedback.rated(row, facts.get("payload"), offered, knowledge),
    )


def _loops(row: Conversation) -> bool:
    """Whether the bot has said so much lately that it must be talking to another machine (F-35)."""
    said = Message.objects.filter(
        conversation=row,
        sender=Message.SenderKind.BOT,
        created_at__gt=timezone.now() - _LOOP_WINDOW,
    ).values_list("text", flat=True)
    texts = Counter(said.order_by("-position")[: row.channel.max_automatic_replies])
    total = sum(texts.values())
    return (
        total >= row.channel.max_automatic_replies or max(texts.values(), default=0) >= _SAME_REPLY
    )


def _save_decision(message: Message, timed: TimedDecision, version: int) -> None:
    made = timed.decision
    Decision.objects.create(
        message=message,
        action=made.action,
        step=made.step,
        faq_id=made.faq,
        faq_version=made.faq_version,
        rule_id=made.rule,
        rule_version=made.rule_version,
        snapshot=version or None,
        score=made.score,
        runner_up=made.runner_up,
        reason=made.reason[:60],
        candidates=[
            {"faq": c.faq, "score": round(c.score, 4), "phrasing": c.phrasing}
            for c in made.candidates
        ],
        ms=round(timed.ms, 3),
    )


def _carry_out(row: Conversation, message: Message, made: BotDecision) -> None:
    """Write the reply, move the conversation, count; `row` is locked and ours."""
    counts: Counter[tuple[str, str]] = Counter()
    if made.reason == "rated_before":  # said already, so nobody waits
        row.waiting_since = None
        row.save(update_fields=["waiting_since"])
    if made.step == "human" or (made.action == "silent" and not made.tags and not made.close):
        return
    if made.text:
        buttons = [_stored(button) for button in made.buttons]
        quoted = message if row.thread_key else None
        reply = outbound.enqueue(
            row,
            sender=Message.SenderKind.BOT,
            text=made.text,
            buttons=buttons,
            answers=message,
            reply_to=quoted,
        )
        can = row.channel.adapter.capabilities
        attachments.send_along(message=reply, ids=made.attachments, can=can)
        counts["messages_out", str(row.channel_id)] += 1
        row.offered = [button for button in buttons if button["payload"]]
    row.language = made.language or row.language
    row.tags = [*row.tags, *(tag for tag in made.tags if tag not in row.tags)]
    row.misses = row.misses + 1 if made.is_miss else row.misses
    if made.reason == "looping":
        row.looping = True
    _move(row, message, made)
    _count(made, counts)
    count_all(counts)


def _stored(button: OutButton) -> dict[str, str]:
    link = {"url": button.url} if button.url else {}
    return {"title": button.title, "payload": button.payload, **link}


def _move(row: Conversation, message: Message, made: BotDecision) -> None:
    """Escalate, close, or stay with the bot."""
    if made.action == "escalate":
        with conversations.change(row, "escalated", cause=f"{made.step}: {made.reason}"):
            conversations.enqueue(
                row, reason=made.reason or made.step, team=row.team, summary=_summary(message)
            )
            sticky = _sticky_agent(row)
            if sticky:
                conversations.assign(row, sticky)
    elif made.close:
        with conversations.change(row, "closed", cause=made.step):
            conversations.shut(row)
    else:
        if made.action == "reply":
            row.waiting_since = None
        row.save()


def _summary(message: Message) -> str:
    """What it is about: the message, or what was said in words before a button was pressed."""
    said = Message.objects.filter(
        conversation=message.conversation_id,
        direction=Direction.IN,
        position__lte=message.position,
    ).order_by("-position")
    rows = list(said.values_list("text", "metadata")[:_READ_BACK])
    words = (text for text, facts in rows if text.strip() and facts.get("payload") is None)
    return next(words, message.text)[:_SUMMARY]


def _sticky_agent(row: Conversation) -> Agent | None:
    """Whoever had this contact last, if available, still there and below capacity."""
    if row.last_agent_id is None:
        return None
    agent = (
        Agent.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=row.last_agent_id, presence=Agent.Presence.AVAILABLE, user__is_active=True)
        .filter(seen_at__gt=timezone.now() - _PRESENT_FOR)
        .first()
    )
    if agent is None or queue.open_conversations(agent) >= agent.capacity:
        return None
    return agent


def _count(made: BotDecision, counts: Counter[tuple[str, str]]) -> None:
    if made.action == "reply":
        counts["answered_by_bot", ""] += 1
        if made.faq and made.reason not in feedback.COUNTERS:
            counts["faq_answered", made.faq] += 1
    if made.faq and made.rating:
        counts[feedback.COUNTERS[made.rating], made.faq] += 1
    if made.action == "escalate":
        counts["escalated", ""] += 1
    if made.is_miss:
        counts["misses", ""] += 1


def _put_off(claim: _Claim) -> None:
    """Try again a little later; what follows in this conversation waits for it."""
    wait = timedelta(seconds=2**claim.tries)
    with transaction.atomic():
        if _still_mine(claim):
            Message.objects.filter(pk=claim.message).update(bot_due_at=Now() + wait)


def _give_up(claim: _Claim) -> None:
    """The bot cannot handle this message: a human shall, and the next ones go on (F-31)."""
    with transaction.atomic():
        if not _still_mine(claim):
            return
        Message.objects.filter(pk=claim.message).update(bot_state=_State.DEAD)
        row = conversations.lock(claim.conversation)
        if row.owner == Owner.BOT:
            with conversations.change(row, "escalated", cause="the bot failed"):
                conversations.enqueue(row, reason="bot_error", team=row.team)
        count_all({("dead", ""): 1})

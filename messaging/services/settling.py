"""Writing down how a try to send ended, and when to try again."""

import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from channels.errors import (
    AccountProblem,
    Permanent,
    RateLimited,
    RecipientGone,
    RecipientMoved,
    SendError,
    Transient,
    Uncertain,
)
from channels.types import Receipt
from messaging.models import Address, Attempt, Channel, Message, MessageStatus
from messaging.nudges import nudge_outbound
from messaging.services import arrivals, channels

log = logging.getLogger(__name__)

_S = MessageStatus
_MAX_TRIES = 8
_FIRST_WAIT = 2.0  # seconds; doubled with each try (F-60)
_LONGEST_WAIT = 600.0
_CIRCUIT_FAILURES = 5  # of one channel in a row …
_CIRCUIT_PAUSE = 30.0  # … let it rest for so many seconds


@dataclass(frozen=True, slots=True)
class PartResult:
    """How the call for one part of a message ended. `last`: it was the message's last part."""

    part: int
    call: str
    outcome: Receipt | SendError
    ms: int
    last: bool


def unclassified(error: Exception) -> SendError:
    """An exception nobody expected, as an error that is never repeated blindly."""
    return Uncertain(f"unexpected {type(error).__name__}")


def settle(message_id: UUID, epoch: int, results: list[PartResult]) -> None:
    """Write the attempts and the message's new status. Writes no status when the lease was lost meanwhile."""
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(of=("self",))
            .select_related("channel", "conversation")
            .filter(pk=message_id)
            .first()
        )
        if message is None:
            return  # erased meanwhile
        _note_attempts(message, results)
        if message.epoch != epoch:
            log.warning("settled_late", extra={"message_id": str(message_id)})
            return
        outcome = results[-1].outcome if results else Uncertain("nothing came back")
        changes = _changes(message, outcome, results)
        if message.status in (_S.SENDING, _S.UNCERTAIN):
            changes.setdefault("leased_until", None)
        else:
            changes.pop("status", None)  # a receipt was faster, and proves more
        for name, value in changes.items():
            setattr(message, name, value)
        message.save(update_fields=list(changes))


def end_unsent(message: Message, status: str, code: str, detail: str) -> None:
    """Settle a due message without a call: expired, cancelled, or impossible to build."""
    Message.objects.filter(pk=message.pk, epoch=message.epoch).update(
        status=status,
        epoch=F("epoch") + 1,
        error_code=code[:60],
        error_detail=detail[:300],
        leased_until=None,
    )


def expire_leases() -> int:
    """Messages whose sender died during the call: nobody knows whether they arrived (F-73)."""
    lost = Message.objects.filter(status=_S.SENDING, leased_until__lt=Now())
    n = lost.update(
        status=_S.UNCERTAIN,
        epoch=F("epoch") + 1,
        leased_until=None,
        error_code="lease_over",
        error_detail="The sender stopped during the call.",
    )
    if n:
        log.warning("messages_uncertain", extra={"count": n})
        nudge_outbound()
    return n


def _note_attempts(message: Message, results: list[PartResult]) -> None:
    Attempt.objects.bulk_create(
        Attempt(
            message=message,
            number=message.tries,
            part=result.part,
            call=result.call[:60],
            outcome="ok" if isinstance(result.outcome, Receipt) else result.outcome.code,
            provider_code=""
            if isinstance(result.outcome, Receipt)
            else result.outcome.provider_code[:60],
            detail="" if isinstance(result.outcome, Receipt) else result.outcome.detail[:300],
            external_id=result.outcome.external_id[:255]
            if isinstance(result.outcome, Receipt)
            else "",
            ms=result.ms,
        )
        for result in results
    )


def _changes(
    message: Message, outcome: Receipt | SendError, results: list[PartResult]
) -> dict[str, Any]:
    sent = [r.outcome for r in results if isinstance(r.outcome, Receipt)]
    changes: dict[str, Any] = {"parts_sent": message.parts_sent + len(sent)}
    if sent:
        # The last part carries the buttons and is what a contact replies to.
        changes["external_id"] = sent[-1].external_id[:255]
    if isinstance(outcome, Receipt):
        _circuit(message.channel, failed=False)
        return changes | {
            "status": _S.SENT,
            "sent_at": Now(),
            "error_code": "",
            "error_detail": "",
        }
    failure = {"error_code": outcome.code, "error_detail": outcome.detail[:300]}
    return changes | failure | _after_error(message, outcome)


def _after_error(message: Message, error: SendError) -> dict[str, Any]:
    """The next status after a failed try, and what the failure says about channel and contact."""
    match error:
        case RateLimited():
            if error.scope == "channel":
                channels.pause(message.channel_id, error.retry_after, "rate_limited")
            wait = timedelta(seconds=error.retry_after)
            return {
                "status": _S.RETRY_WAIT,
                "next_attempt_at": Now() + wait,
                "tries": max(message.tries - 1, 0),
            }
        case Transient():
            _circuit(message.channel, failed=True)
            if message.tries >= _MAX_TRIES:
                return {"status": _S.FAILED}
            return {
                "status": _S.RETRY_WAIT,
                "next_attempt_at": Now() + timedelta(seconds=_backoff(message.tries)),
            }
        case RecipientMoved():
            if message.metadata.get("moved"):
                return {"status": _S.FAILED}
            old = message.conversation.destination
            arrivals.change_address(message.channel, old, error.new_address)
            return {
                "status": _S.QUEUED,
                "next_attempt_at": Now(),
                "metadata": message.metadata | {"moved": True},
            }
        case AccountProblem():
            channels.refused(message.channel_id, error.detail)
        case RecipientGone():
            Address.objects.filter(
                contact=message.contact_id, channel=message.channel_id, unreachable_since=None
            ).update(unreachable_since=Now())
        case Permanent():
            pass
        case _:
            _circuit(message.channel, failed=True)
            return {"status": _S.UNCERTAIN}
    return {"status": _S.FAILED}


def _backoff(tries: int) -> float:
    """Seconds before the next try: 2, 4, 8 … 600, each up to a fifth longer or shorter."""
    return min(_FIRST_WAIT * 2.0 ** (tries - 1), _LONGEST_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311


_failures: dict[UUID, int] = {}


def _circuit(channel: Channel, *, failed: bool) -> None:
    """Let a channel rest whose platform does not answer, so that it does not keep the slots of the others."""
    if not failed:
        _failures.pop(channel.pk, None)
        return
    _failures[channel.pk] = _failures.get(channel.pk, 0) + 1
    if _failures[channel.pk] >= _CIRCUIT_FAILURES:
        _failures[channel.pk] = 0
        channels.pause(channel.pk, _CIRCUIT_PAUSE, "not_answering")

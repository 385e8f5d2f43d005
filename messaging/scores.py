"""How sure the bot was of recent messages, read from the decisions it stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Substr

from bot.bands import Outcome, Past, letters
from bot.language import detect, supported
from bot.services import get_settings
from bot.types import Candidate
from messaging.models import Decision

TEXT_READ = 500  # characters of a message; enough for its language and length

_HAPPENED: dict[str, Outcome] = {"reply": "answered", "suggest": "offered"}


@dataclass(frozen=True, slots=True)
class Scored:
    """A message that was compared with the FAQs, and what became of it then."""

    message: UUID
    text: str  # at most TEXT_READ characters
    at: datetime
    happened: Outcome
    past: Past

    @property
    def best(self) -> Candidate | None:
        return self.past.candidates[0] if self.past.candidates else None


def recent(limit: int) -> list[Scored]:
    """The newest messages that came as far as the FAQs, newest first. Two queries.

    Left out: what an earlier step decided, and messages without a text.
    """
    default = get_settings().default_language
    rows = (
        Decision.objects.filter(Q(step="faq") | Q(step="miss", reason="miss"))
        .order_by("-created_at")
        .annotate(said=Substr("message__text", 1, TEXT_READ))
        .values_list(
            "message_id",
            "said",
            "created_at",
            "step",
            "action",
            "candidates",
            "message__conversation__language",
        )
    )
    found = []
    for pk, text, at, step, action, candidates, spoken in rows[:limit]:
        language = detect(text) or supported(spoken) or default
        past = Past(_candidates(candidates), letters(text), language)
        happened = _HAPPENED.get(action, "missed") if step == "faq" else "missed"
        found.append(Scored(pk, text, at, happened, past))
    return found


def _candidates(stored: Any) -> tuple[Candidate, ...]:
    """What a decision stored; anything else than a list of candidates is none."""
    found = []
    for row in stored if isinstance(stored, list) else []:
        match row:
            case {"faq": str(faq), "score": int() | float() as score, "phrasing": str(phrasing)}:
                found.append(Candidate(faq, float(score), phrasing))
    return tuple(found)

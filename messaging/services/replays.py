"""The last misses, asked again: what the work on the FAQs has brought."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.services.replaying import Asked, Outcome, Replayed, replay
from messaging.models import Miss

MOST = 1000  # misses of one replay
SECONDS = 10.0  # it may take; then it says how far it came

# The best first. To be passed on is no gain: a human has to answer either way.
OUTCOMES: tuple[Outcome, ...] = ("answered", "offered", "missed", "passed_on")
_THEN: dict[str, Outcome] = {
    Miss.Cause.MISS: "missed",
    Miss.Cause.NONE_OF_THESE: "offered",
    Miss.Cause.NOT_HELPFUL: "answered",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One miss: what became of it then, and what the bot would do now."""

    message: UUID
    question: UUID | None
    text: str
    language: str
    channel: UUID
    asked_at: datetime
    cause: str
    now: Replayed

    @property
    def then(self) -> Outcome:
        """What the bot did; whatever it was, it did not help."""
        return _THEN[self.cause]

    @property
    def gained(self) -> bool:
        """Whether the bot does more for it now."""
        return OUTCOMES.index(self.now.outcome) < OUTCOMES.index(self.then)


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay's lines, newest first. `complete` is False when the time was up before the last one."""

    lines: Sequence[Line]
    complete: bool

    @property
    def then(self) -> dict[Outcome, int]:
        return _counts([line.then for line in self.lines])

    @property
    def now(self) -> dict[Outcome, int]:
        return _counts([line.now.outcome for line in self.lines])

    @property
    def gained(self) -> int:
        return sum(line.gained for line in self.lines)


def replay_misses(*, last: int, drafts: bool = False, seconds: float = SECONDS) -> Replay:
    """Ask the bot the last misses again, at most `MOST`; with `drafts` as if they were published.

    Stores nothing, and takes about `seconds` at most.
    """
    rows = Miss.objects.order_by("-id").values_list(
        "message", "question", "message__text", "language", "message__channel",
        "message__created_at", "cause",
    )[: max(0, min(last, MOST))]  # fmt: skip
    misses = list(rows)
    asked = [
        Asked(text, at, language, str(channel))
        for _m, _q, text, language, channel, at, _c in misses
    ]
    found = replay(asked, drafts=drafts, seconds=seconds)
    lines = [Line(*miss, now=now) for miss, now in zip(misses, found, strict=False)]
    return Replay(lines, complete=len(found) == len(misses))


def _counts(outcomes: Sequence[Outcome]) -> dict[Outcome, int]:
    counted = Counter(outcomes)
    return {outcome: counted[outcome] for outcome in OUTCOMES}

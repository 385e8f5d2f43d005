"""What the bot is given and what it answers. Immutable, without Django and without a clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

StepName = Literal[
    "guard",
    "human",
    "payload",
    "command",
    "ask_human",
    "form",
    "rule",
    "exact",
    "faq",
    "ai",
    "miss",
]

Action = Literal["reply", "suggest", "rephrase", "escalate", "silent"]


# --- knowledge: one published snapshot -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Faq:
    """A published FAQ. Thresholds are None where the settings' apply."""

    id: str
    question: str
    answer: str
    language: str  # "pt-br", "en", "es"
    alternatives: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    category: str = ""
    channels: frozenset[str] = frozenset()  # channel ids; empty = all
    version: int = 1


@dataclass(frozen=True, slots=True)
class RuleButton:
    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A published rule. Rules are tried in the order (priority, id), lowest first."""

    id: str
    name: str
    priority: int
    trigger: Literal["keyword", "regex", "payload", "no_text", "out_of_hours"]
    pattern: str
    action: Literal["reply", "escalate", "close", "tag", "start_task"]
    reply: str = ""
    buttons: tuple[RuleButton, ...] = ()
    tags: tuple[str, ...] = ()
    channels: frozenset[str] = frozenset()
    version: int = 1


class OpeningHours(NamedTuple):
    """One interval of a week: weekday 0 = Monday, minutes since midnight, end exclusive."""

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Texts:
    """What the bot says, in one language."""

    greeting: str
    help: str
    escalation_notice: str
    away: str
    rephrase: str
    suggest: str
    none_of_these: str
    no_text: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How the bot behaves: BotSettings as plain data."""

    accept: float
    suggest: float
    margin: float
    min_informative: int  # folded letters a message needs to be matched at all
    misses_before_escalation: int
    default_language: str
    texts: Mapping[str, Texts]  # by language
    hours: tuple[OpeningHours, ...] = ()  # empty = always open
    time_zone: str = "America/Sao_Paulo"


class Candidate(NamedTuple):
    """A FAQ the matcher thinks of. `score` is a calibrated confidence, 0 … 1."""

    faq: str
    score: float
    phrasing: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A published snapshot, compiled: what a process keeps built between messages.

    `rank(text, language, channel)` answers the best candidates, best first, at most one for
    each FAQ; `exact(text, channel)` the FAQ one of whose phrasings equals the folded text.
    `rules(channel)` are the compiled rules of a channel in their order.
    """

    version: int
    settings: Settings
    faqs: Mapping[str, Faq]
    rank: Callable[[str, str, str], Sequence[Candidate]]
    exact: Callable[[str, str], str | None]
    rules: Callable[[str], Sequence["CompiledRule"]]


class CompiledRule(NamedTuple):
    rule: Rule
    matches: Callable[[str], bool]  # on the raw text (keyword, regex) or the payload


# --- one turn --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """A button offered with the last bot message of this session."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One inbound message in its conversation, as the pipeline sees it."""

    text: str
    knowledge: Knowledge
    now: datetime  # aware
    channel: str = ""  # channel id
    language: str = ""  # of the contact, as far as known; "" = settings.default_language
    contact_name: str = ""
    owner: Literal["bot", "queue", "agent"] = "bot"
    payload: str | None = None
    command: str | None = None
    command_args: str = ""
    offered: tuple[Option, ...] = ()
    has_attachments: bool = False
    addressed: bool = True
    automatic: bool = False
    looping: bool = False  # the per-conversation cap was reached
    stale: bool = False  # older than the reply window: store, do not answer
    misses: int = 0  # in this bot session
    greeted: bool = True  # False on the first message of a new conversation


@dataclass(frozen=True, slots=True)
class OutButton:
    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the bot does about one turn, and why. `text` is empty when nothing is said."""

    action: Action
    step: StepName
    text: str = ""
    buttons: tuple[OutButton, ...] = ()
    faq: str | None = None
    faq_version: int | None = None
    rule: str | None = None
    rule_version: int | None = None
    score: float | None = None
    runner_up: float | None = None
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""  # e.g. "asked", "miss", "no_text", "looping", "none_of_these"
    language: str = ""
    tags: tuple[str, ...] = ()
    close: bool = False
    is_miss: bool = False  # counts towards misses_before_escalation


Step = Callable[[Turn], Decision | None]


@dataclass(frozen=True, slots=True)
class TimedDecision:
    """A decision with the milliseconds it took and the steps that passed before it."""

    decision: Decision
    ms: float
    passed: tuple[str, ...] = field(default=())

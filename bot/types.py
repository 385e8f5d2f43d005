"""What the bot is given and what it answers. Immutable, without Django and without a clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

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


class Bands(NamedTuple):
    """Which confidence (0 … 1) answers, which only suggests, and what is too short to be matched.

    Two different FAQs closer than `margin` are not told apart: both are suggested.
    """

    accept: float
    suggest: float
    margin: float
    min_informative: int  # folded letters and digits


@dataclass(frozen=True, slots=True)
class FaqButton:
    """A button under an answer: `payload` comes back when it is pressed, or `url` is opened."""

    title: str
    payload: str = ""
    url: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)  # by language, beside `title`


@dataclass(frozen=True, slots=True)
class Faq:
    """A published FAQ. `accept` and `suggest` are None where the settings' apply.

    `answer` is in `language`, `answers` are the same by other languages; `overrides` are texts that
    stand in their place, by channel (its id or its kind), then by language.
    """

    id: str
    question: str
    answer: str
    language: str  # "pt-br", "en", "es"
    alternatives: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    category: str = ""
    channels: frozenset[str] = frozenset()  # channel ids; empty = all
    accept: float | None = None
    suggest: float | None = None
    version: int = 1
    answers: Mapping[str, str] = field(default_factory=dict)
    buttons: tuple[FaqButton, ...] = ()
    attachments: tuple[str, ...] = ()  # ids of files that go with the answer
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


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
    thanks: str
    escalation_notice: str
    away: str
    rephrase: str
    suggest: str
    none_of_these: str
    no_text: str
    helpful: str  # the two buttons of feedback, at most 20 characters: some kinds take no more
    not_helpful: str
    glad: str  # after the first
    sorry: str  # after the second, when the bot may try again


@dataclass(frozen=True, slots=True)
class Settings:
    """How the bot behaves: BotSettings as plain data."""

    bands: Bands
    misses_before_escalation: int
    default_language: str
    texts: Mapping[str, Texts]  # by language; every language we speak is there
    language_bands: Mapping[str, Bands] = field(default_factory=dict)  # where they differ
    hours: tuple[OpeningHours, ...] = ()  # empty = always open
    time_zone: str = "America/Sao_Paulo"
    feedback: bool = False  # answers of FAQs carry the two buttons of feedback

    def bands_for(self, faq: Faq) -> Bands:
        """The bands of one FAQ: its own, else those of its language, else the general ones."""
        bands = self.bands_in(faq.language)
        accept = bands.accept if faq.accept is None else faq.accept
        suggest = bands.suggest if faq.suggest is None else faq.suggest
        return bands._replace(accept=accept, suggest=min(suggest, accept))

    def bands_in(self, language: str) -> Bands:
        """The bands of one language."""
        return self.language_bands.get(language, self.bands)


class Candidate(NamedTuple):
    """A FAQ the matcher thinks of. `score` is a calibrated confidence, 0 … 1."""

    faq: str
    score: float
    phrasing: str


class Piece(NamedTuple):
    """One word of a message and what it did for a FAQ.

    `weight` is how far the word moved the log odds of the FAQ being the answer: above 0 it counted
    for it, below 0 against it. `met` is what it was found as in the closest phrasing, or "".
    """

    text: str
    weight: float
    met: str


class Explained(NamedTuple):
    """A candidate with the words of the message that counted, in the message's order."""

    faq: str
    score: float
    phrasing: str
    pieces: tuple[Piece, ...]


class Explanation(NamedTuple):
    """Why the matcher thinks what it thinks of one message."""

    read: str  # the message as it was compared: folded and repaired
    repairs: tuple[tuple[str, str], ...]  # (as written, as read)
    candidates: tuple[Explained, ...]  # best first


class RuleBook(Protocol):
    """The published rules, compiled. The first rule in the order (priority, id) wins.

    Rules that only tag never decide: the tags of all that match are added to whatever is decided.
    """

    def for_text(self, text: str, channel: str, *, is_open: bool) -> Rule | None:
        """The rule for a message; an empty text is a message without text."""
        ...

    def for_payload(self, payload: str, channel: str) -> Rule | None:
        """The rule for a pressed button."""
        ...

    def tags(
        self, text: str, payload: str | None, channel: str, *, is_open: bool
    ) -> tuple[str, ...]:
        """The tags of all matching rules that only tag."""
        ...


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A published snapshot, compiled: what a process keeps built between messages.

    `rank(text, language, channel)` answers the best candidates, best first, at most one for
    each FAQ; `exact(text, language, channel)` the one FAQ that has this text, folded, among its
    phrasings, or None; `explain` ranks as `rank` does and says why.
    """

    version: int
    settings: Settings
    faqs: Mapping[str, Faq]
    rank: Callable[[str, str, str], Sequence[Candidate]]
    exact: Callable[[str, str, str], str | None]
    explain: Callable[[str, str, str], Explanation]
    rules: RuleBook


# --- one turn --------------------------------------------------------------------------------------


Rating = Literal["helpful", "not_helpful"]


class Medium(NamedTuple):
    """The channel of a turn, as far as it shapes what is said there."""

    kind: str = ""
    name: str = ""
    max_buttons: int = 0  # 0: the kind has none, choices are sent as a list in the text
    links: bool = False  # a button may open a web address


_ANYWHERE = Medium()


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
    medium: Medium = _ANYWHERE
    language: str = ""  # of the contact, as far as known, any BCP 47 tag
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
    greeted: bool = True  # False until the bot has said something in this conversation
    # Of the answer whose feedback is given: how it was rated; None when it was not given here lately.
    rated: Rating | Literal["not_yet"] | None = None


@dataclass(frozen=True, slots=True)
class OutButton:
    """Either `payload` comes back when it is pressed, or `url` is opened."""

    title: str
    payload: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the bot does about one turn, and why. `text` is empty when nothing is said."""

    action: Action
    step: StepName
    text: str = ""
    buttons: tuple[OutButton, ...] = ()
    attachments: tuple[str, ...] = ()  # ids of files that go with the text
    faq: str | None = None
    faq_version: int | None = None
    rule: str | None = None
    rule_version: int | None = None
    score: float | None = None
    runner_up: float | None = None
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""  # a word for people and statistics: "asked", "miss", "no_text", "looping", …
    language: str = ""  # of `text`
    tags: tuple[str, ...] = ()
    close: bool = False
    is_miss: bool = False  # counts towards misses_before_escalation
    rating: Rating | None = None  # of `faq`, to be counted


Step = Callable[[Turn], Decision | None]


@dataclass(frozen=True, slots=True)
class TimedDecision:
    """A decision with the milliseconds it took and the steps that passed before it."""

    decision: Decision
    ms: float
    passed: tuple[str, ...] = field(default=())

"""A check of a whole library before it is published. Pure: FAQs and channels' limits in, findings out.

Two FAQs get in each other's way only where they can meet: in one language and on a channel that both
are for.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Literal, NamedTuple

from bot.answers import leads_somewhere, spoken
from bot.matcher.folding import fold, plain
from bot.matcher.library import keys
from bot.matcher.matcher import Matcher
from bot.matcher.twins import twins
from bot.types import Faq, Medium

Severity = Literal["error", "warning", "info"]
Kind = Literal[
    "empty_answer",
    "duplicate",
    "stolen",
    "near_duplicate",
    "dead_button",
    "channel_length",
    "long_answer",
    "same_answer",
    "lonely",
]
SEVERITY: dict[Kind, Severity] = {
    "empty_answer": "error",
    "duplicate": "error",
    "stolen": "warning",
    "near_duplicate": "warning",
    "dead_button": "warning",
    "channel_length": "warning",
    "long_answer": "info",
    "same_answer": "info",
    "lonely": "info",
}

LONG_ANSWER = 1_000  # characters; more is not read in a chat
MOST_FINDINGS = 1_000  # that a report keeps, the severest first
_NEARLY_SAME = 0.75  # cosine of two phrasings over character n-grams
_PHRASINGS = 5  # that a finding names
_CROWD = 20  # FAQs with one and the same phrasing or answer that are compared with each other

Progress = Callable[[int, int], None]  # steps done, steps in all


class Limit(NamedTuple):
    """How much one message of a channel holds, and how that channel measures a text."""

    name: str
    kind: str
    longest: int
    size: Callable[[str], int] = len


class Finding(NamedTuple):
    """What is wrong with one FAQ, or between two. `number` counts what the kind is about: phrasings,
    characters, messages."""

    kind: Kind
    faqs: tuple[str, ...]
    phrasings: tuple[str, ...] = ()
    channel: str = ""  # its name
    number: int = 0


class Health(NamedTuple):
    """Of one FAQ: the phrasings that were left out in turn, and how many of them found it."""

    faq: str
    tested: int
    found: int


class Report(NamedTuple):
    """`findings` are the severest `MOST_FINDINGS`; `counts` counts them all by kind."""

    faqs: int
    phrasings: int
    health: tuple[Health, ...]
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    too_large: bool = False  # for the self-test

    @property
    def tested(self) -> int:
        return sum(one.tested for one in self.health)

    @property
    def found(self) -> int:
        return sum(one.found for one in self.health)

    @property
    def share(self) -> float | None:
        """The share of phrasings that found their FAQ, 0 … 1; None when none was tested."""
        return self.found / self.tested if self.tested else None


def check(
    faqs: Sequence[Faq],
    limits: Mapping[str, Limit],
    progress: Progress = lambda done, total: None,
) -> Report:
    """Everything there is to say about these FAQs. `limits` by channel id.

    Takes about a millisecond a phrasing; `progress` is told how far it is.
    """
    by_id = {faq.id: faq for faq in faqs}
    phrasings = sum(1 + len(faq.alternatives) for faq in faqs)
    groups = _audiences(faqs)
    total = phrasings * (1 + len(groups))
    progress(0, total)
    found = [
        finding
        for faq in faqs
        for finding in (*_answers(faq, limits), *_dead_buttons(faq, by_id), *_lonely(faq))
    ]
    found += _duplicates(faqs, by_id)
    found += _same_answers(faqs, by_id)
    found += _near(faqs, by_id, lambda done: progress(done, total))
    tests: dict[tuple[str, str], str] = {}
    too_large = False
    for number, group in enumerate(groups, 2):
        try:
            _test(group, tests)
        except ValueError:
            too_large = True
        progress(phrasings * number, total)
    found += _stolen(tests, by_id)
    order = list(SEVERITY)
    found.sort(key=lambda finding: order.index(finding.kind))
    return Report(
        faqs=len(faqs),
        phrasings=phrasings,
        health=() if too_large else _health(tests),
        findings=tuple(found[:MOST_FINDINGS]),
        counts=dict(Counter(finding.kind for finding in found)),
        too_large=too_large,
    )


def as_json(report: Report) -> dict[str, Any]:
    return {
        **report._asdict(),
        "health": [one._asdict() for one in report.health],
        "findings": [one._asdict() for one in report.findings],
    }


def from_json(raw: Mapping[str, Any]) -> Report:
    findings = (
        Finding(**{**one, "faqs": tuple(one["faqs"]), "phrasings": tuple(one["phrasings"])})
        for one in raw["findings"]
    )
    health = (Health(**one) for one in raw["health"])
    return Report(**{**raw, "health": tuple(health), "findings": tuple(findings)})


# --- one FAQ ---------------------------------------------------------------------------------------


def _answers(faq: Faq, limits: Mapping[str, Limit]) -> Iterator[Finding]:
    told = [text for by_language in faq.overrides.values() for text in by_language.values()]
    texts = [faq.answer, *faq.answers.values(), *told]
    if not all(text.strip() for text in texts):
        yield Finding("empty_answer", (faq.id,))
    longest = max(map(len, texts))
    if longest > LONG_ANSWER:
        yield Finding("long_answer", (faq.id,), number=longest)
    tongues = dict.fromkeys(
        [faq.language, *faq.answers, *(t for o in faq.overrides.values() for t in o)]
    )
    for channel, limit in limits.items():
        if faq.channels and channel not in faq.channels:
            continue
        said = (spoken(faq, tongue, channel, Medium(kind=limit.kind))[0] for tongue in tongues)
        size = max(map(limit.size, said))
        if size > limit.longest:
            messages = -(-size // limit.longest)
            yield Finding("channel_length", (faq.id,), channel=limit.name, number=messages)


def _dead_buttons(faq: Faq, by_id: Mapping[str, Faq]) -> Iterator[Finding]:
    """Buttons that ask for a FAQ which is not there on any channel of this one."""
    channels = faq.channels or frozenset({""})
    dead = [
        button.title
        for button in faq.buttons
        if not any(leads_somewhere(button.payload, by_id, channel) for channel in channels)
    ]
    if dead:
        yield Finding("dead_button", (faq.id,), tuple(dead[:_PHRASINGS]), number=len(dead))


def _lonely(faq: Faq) -> Iterator[Finding]:
    if not faq.alternatives:
        yield Finding("lonely", (faq.id,))


# --- between FAQs ----------------------------------------------------------------------------------


def _meet(one: Faq, other: Faq) -> bool:
    shared = not one.channels or not other.channels or one.channels & other.channels
    return one.language == other.language and bool(shared)


def _duplicates(faqs: Sequence[Faq], by_id: Mapping[str, Faq]) -> list[Finding]:
    """The same phrasing in two FAQs, but for case, accents, punctuation and courtesies."""
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for faq in faqs:
        for text in (faq.question, *faq.alternatives):
            for key in keys(text):
                owners[key].setdefault(faq.id, text)
    pairs: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for said in owners.values():
        for one, other in combinations(list(said)[:_CROWD], 2):
            if _meet(by_id[one], by_id[other]):
                pairs[one, other][said[one]] = None
    return [_pair("duplicate", pair, list(texts)) for pair, texts in pairs.items()]


def _same_answers(faqs: Sequence[Faq], by_id: Mapping[str, Faq]) -> list[Finding]:
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    for faq in faqs:
        if said := plain(faq.answer):
            told[faq.language, said].append(faq.id)
    return [
        Finding("same_answer", pair)
        for ids in told.values()
        for pair in combinations(ids[:_CROWD], 2)
        if _meet(by_id[pair[0]], by_id[pair[1]])
    ]


def _near(
    faqs: Sequence[Faq], by_id: Mapping[str, Faq], progress: Callable[[int], None]
) -> list[Finding]:
    """Phrasings of two FAQs that differ in a letter or a small word only."""
    rows = [
        (number, folded, text)
        for number, faq in enumerate(faqs)
        for folded, text in {fold(t): t for t in (faq.question, *faq.alternatives)}.items()
        if folded
    ]
    owners = [number for number, _folded, _text in rows]
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row, near in twins([folded for _number, folded, _text in rows], owners, _NEARLY_SAME):
        if row % 100 == 0:
            progress(row)
        for pair in near:
            one, other = faqs[owners[pair.first]], faqs[owners[pair.second]]
            same = rows[pair.first][1] == rows[pair.second][1]
            if not same and _meet(one, other):
                pairs[one.id, other.id] += [rows[pair.first][2], rows[pair.second][2]]
    return [_pair("near_duplicate", pair, texts) for pair, texts in pairs.items()]


def _pair(kind: Kind, pair: tuple[str, ...], texts: Sequence[str]) -> Finding:
    different = list(dict.fromkeys(texts))
    return Finding(kind, pair, tuple(different[:_PHRASINGS]), number=len(different))


# --- the self-test ---------------------------------------------------------------------------------


def _audiences(faqs: Sequence[Faq]) -> list[list[Faq]]:
    """The FAQs together as contacts meet them: those for a channel, for each one that a FAQ names,
    and those that are for all. Equal ones once."""
    channels = sorted(frozenset[str]().union(*(faq.channels for faq in faqs)))
    groups = [[faq for faq in faqs if not faq.channels]]
    groups += [[f for f in faqs if not f.channels or channel in f.channels] for channel in channels]
    different = {tuple(faq.id for faq in group): group for group in groups if group}
    return list(different.values())


def _test(group: Sequence[Faq], tests: dict[tuple[str, str], str]) -> None:
    """Add what every phrasing finds when it is left out; what is wrong on one channel stays wrong.

    Raises ValueError when there are too many.
    """
    for test in Matcher.build(group).self_test():
        key = (test.faq, test.phrasing)
        if tests.get(key, test.faq) == test.faq:
            tests[key] = test.found


def _health(tests: Mapping[tuple[str, str], str]) -> tuple[Health, ...]:
    """The FAQs that were tested, the worst first."""
    tested = Counter(faq for faq, _phrasing in tests)
    found = Counter(faq for (faq, _phrasing), other in tests.items() if other == faq)
    health = [Health(faq, number, found[faq]) for faq, number in tested.items()]
    return tuple(sorted(health, key=lambda one: (one.found / one.tested, -one.tested)))


def _stolen(tests: Mapping[tuple[str, str], str], by_id: Mapping[str, Faq]) -> list[Finding]:
    """By pair (whose phrasings, who gets them). A phrasing both have in different languages is not
    stolen: a message finds the one in its language."""
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (faq, phrasing), found in tests.items():
        if found != faq and not _shared(by_id[faq], by_id[found], phrasing):
            pairs[faq, found].append(phrasing)
    findings = [_pair("stolen", pair, texts) for pair, texts in pairs.items()]
    return sorted(findings, key=lambda finding: -finding.number)


def _shared(one: Faq, other: Faq, phrasing: str) -> bool:
    said = fold(phrasing)
    texts = (other.question, *other.alternatives)
    return one.language != other.language and any(fold(text) == said for text in texts)

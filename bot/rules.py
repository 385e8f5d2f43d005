"""Rules: checked when they are saved, compiled into one book that stays fast with 10 000 of them.

Regular expressions run on RE2: their time grows with the text and the pattern, never explodes.
They look at the first 4 KB of the text as it was written, without regard to case. Keywords are
whole words or phrases, compared without case, accents and punctuation.
"""

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import re2

from bot.matcher.folding import plain
from bot.types import Rule

INPUT_LIMIT = 4096  # bytes of a text that regular expressions look at
CUT_MARK = "…".encode()
PATTERN_LIMIT = 4096  # characters
MATCH_ALL = "*"  # the keyword that matches every text
_CHUNK = 500  # expressions that share a prefilter
_PROGRAM_LIMIT = 1 << 20  # bytes one compiled expression may take
_PROBE = "balcaoprobe"

_TEXT_TRIGGERS = frozenset({"keyword", "regex"})


class BadPattern(ValueError):
    """A pattern that cannot be used. `position` is the offset of the fault, where it is known."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


def check_pattern(trigger: str, pattern: str) -> None:
    """Raise BadPattern unless the pattern can be used with this trigger.

    Nothing matches everything by accident: an empty pattern is refused, "every message" is the
    keyword * or the expression .* .
    """
    if trigger not in _TEXT_TRIGGERS | {"payload"}:
        return
    if len(pattern) > PATTERN_LIMIT:
        raise BadPattern(f"longer than {PATTERN_LIMIT} characters", PATTERN_LIMIT)
    if not pattern.strip():
        every = {
            "keyword": f' ("{MATCH_ALL}" matches every message)',
            "regex": ' (".*" matches every message)',
        }
        raise BadPattern(f"must not be empty{every.get(trigger, '')}")
    if trigger == "regex":
        _compile(pattern)
    elif trigger == "keyword":
        if not split_keywords(pattern):
            raise BadPattern("has no keyword")
        for keyword in split_keywords(pattern):
            if keyword != MATCH_ALL and not plain(keyword):
                raise BadPattern(
                    f'the keyword "{keyword}" has no letter or digit', pattern.find(keyword)
                )


def split_keywords(pattern: str) -> list[str]:
    """The keywords of a pattern: separated by commas or new lines."""
    return [part.strip() for part in re.split(r"[,\n]", pattern) if part.strip()]


def _options() -> "re2.Options":
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _PROGRAM_LIMIT
    return options


def _compile(pattern: str) -> "re2._Regexp":
    try:
        return re2.compile(pattern, _options())
    except re2.error as error:
        reason = error.args[0]
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        position = _fault(pattern, text)
        where = "" if position is None else f" at position {position}"
        raise BadPattern(f"{text}{where}", position) from None
    except UnicodeEncodeError as error:
        raise BadPattern(f"not a character at position {error.start}", error.start) from None


def _fault(pattern: str, message: str) -> int | None:
    """Where RE2's complaint lies: it quotes the piece it stumbled over, Python's parser the offset."""
    piece = message.partition(": ")[2]
    if piece and piece != pattern and piece in pattern:
        return pattern.find(piece)
    try:
        re.compile(pattern)
    except re.error as error:
        return error.pos
    except (RecursionError, OverflowError):
        return None
    return None


@dataclass(slots=True)
class _Chunk:
    """Up to 500 expressions in rule order. `prefilter` finds those worth trying; None tries all."""

    orders: list[int] = field(default_factory=list)
    expressions: list["re2._Regexp"] = field(default_factory=list)
    prefilter: "re2.Filter | None" = None

    def matches(self, text: bytes) -> list[int]:
        """The orders of the rules whose expression is found, lowest first."""
        if self.prefilter is None:
            return [
                order
                for order, expression in zip(self.orders, self.expressions, strict=True)
                if expression.search(text)
            ]
        found = self.prefilter.Match(text) or ()
        return sorted(self.orders[index] for index in found if index < len(self.orders))


def _chunks(rules: Iterable[tuple[int, Rule]]) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    for order, rule in rules:
        if not chunks or len(chunks[-1].orders) == _CHUNK:
            chunks.append(_Chunk())
        chunks[-1].orders.append(order)
        chunks[-1].expressions.append(_compile(rule.pattern))
    for chunk in chunks:
        chunk.prefilter = _prefilter(chunk.expressions)
    return chunks


def _prefilter(expressions: Sequence["re2._Regexp"]) -> "re2.Filter | None":
    """A filter over all expressions; None when they are too large for one.

    A filter without enough memory answers "nothing found" instead of failing, so it has to find
    one probe pattern before it is trusted.
    """
    if len(expressions) < 2:
        return None
    prefilter = re2.Filter()
    try:
        for expression in expressions:
            prefilter.Add(expression.pattern, _options())
        probe = prefilter.Add(_PROBE, _options())
        prefilter.Compile()
    except re2.error:
        return None
    return prefilter if probe in (prefilter.Match(_PROBE) or ()) else None


class _TextRules:
    """Keyword and regex rules. `matching` walks the matching ones in their order."""

    def __init__(self, rules: Sequence[tuple[int, Rule]]) -> None:
        self._always: list[int] = []
        self._phrases: dict[tuple[str, ...], list[int]] = {}
        for order, rule in rules:
            if rule.trigger == "keyword":
                self._add_keywords(order, rule.pattern)
        self._lengths = sorted({len(phrase) for phrase in self._phrases})
        self._chunks = _chunks((o, r) for o, r in rules if r.trigger == "regex")

    def _add_keywords(self, order: int, pattern: str) -> None:
        for keyword in split_keywords(pattern):
            if keyword == MATCH_ALL:
                self._always.append(order)
            elif words := tuple(plain(keyword).split()):
                self._phrases.setdefault(words, []).append(order)

    def matching(self, text: str) -> Iterator[int]:
        """The orders of the rules that match, lowest first; expressions are only tried when asked for."""
        return heapq.merge(self._keywords(text), self._expressions(text))

    def _keywords(self, text: str) -> list[int]:
        found = set(self._always)
        words = plain(text).split() if self._phrases else []
        for length in self._lengths:
            for start in range(len(words) - length + 1):
                found.update(self._phrases.get(tuple(words[start : start + length]), ()))
        return sorted(found)

    def _expressions(self, text: str) -> Iterator[int]:
        if not self._chunks:
            return
        raw = text[:INPUT_LIMIT].encode(errors="replace")[:INPUT_LIMIT]
        raw = raw.decode(errors="ignore").encode()  # not half a character at the end
        if len(raw) < len(text):
            raw += (
                CUT_MARK  # so that an expression for the end of the text does not match at the cut
            )
        for chunk in self._chunks:
            yield from chunk.matches(raw)


class Book:
    """The compiled rules of a snapshot; see bot.types.RuleBook. Raises BadPattern."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = sorted(rules, key=lambda rule: (rule.priority, rule.id))
        numbered = list(enumerate(self._rules))
        self._deciding = _TextRules([(o, r) for o, r in numbered if r.action != "tag"])
        self._tagging = _TextRules([(o, r) for o, r in numbered if r.action == "tag"])
        self._by_trigger: dict[str, list[int]] = {}
        self._by_payload: dict[str, list[int]] = {}
        for order, rule in numbered:
            if rule.trigger == "payload":
                self._by_payload.setdefault(rule.pattern, []).append(order)
            else:
                self._by_trigger.setdefault(rule.trigger, []).append(order)

    def for_text(self, text: str, channel: str, *, is_open: bool) -> Rule | None:
        """The first rule for a message; an empty text is a message without text."""
        return self._first(
            heapq.merge(
                self._situations(text, is_open=is_open, tagging=False),
                self._deciding.matching(text) if text.strip() else (),
            ),
            channel,
        )

    def for_payload(self, payload: str, channel: str) -> Rule | None:
        """The first rule for a pressed button."""
        orders = self._by_payload.get(payload, ())
        return self._first((o for o in orders if self._rules[o].action != "tag"), channel)

    def tags(
        self, text: str, payload: str | None, channel: str, *, is_open: bool
    ) -> tuple[str, ...]:
        """The tags of all matching rules that only tag, each once, in the order of the rules."""
        orders = set(self._situations(text, is_open=is_open, tagging=True))
        if text.strip():
            orders.update(self._tagging.matching(text))
        if payload is not None:
            pressed = self._by_payload.get(payload, ())
            orders.update(o for o in pressed if self._rules[o].action == "tag")
        rules = (self._rules[order] for order in sorted(orders))
        return tuple(
            dict.fromkeys(tag for rule in rules if _speaks_on(rule, channel) for tag in rule.tags)
        )

    def _situations(self, text: str, *, is_open: bool, tagging: bool) -> list[int]:
        orders = [] if text.strip() else list(self._by_trigger.get("no_text", ()))
        if not is_open:
            orders += self._by_trigger.get("out_of_hours", ())
        return sorted(o for o in orders if (self._rules[o].action == "tag") == tagging)

    def _first(self, orders: Iterable[int], channel: str) -> Rule | None:
        rules = (self._rules[order] for order in orders)
        return next((rule for rule in rules if _speaks_on(rule, channel)), None)


def _speaks_on(rule: Rule, channel: str) -> bool:
    return not rule.channels or channel in rule.channels

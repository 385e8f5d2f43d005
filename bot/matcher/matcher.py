"""The matcher: which FAQs a message means, and how sure that is."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bot.matcher.calibration import Evidence, confidence
from bot.matcher.features import ngrams, stem_pairs, stems
from bot.matcher.folding import fold, plain, symbols
from bot.matcher.index import Block, Floats64
from bot.matcher.scoring import Scorer, Similarities
from bot.matcher.spelling import Speller
from bot.types import Candidate, Faq

_KEYWORDS = 30  # of one FAQ that are used
# What a FAQ's score counts in the order when it is in another language than the contact's. Its
# confidence stays: whoever asks in another language than expected is answered as surely.
_OTHER_LANGUAGE = 0.6
_SOFTNESS = 8.0


@dataclass(frozen=True, slots=True)
class _Message:
    """A message as it is compared."""

    folded: str  # repaired
    stems: frozenset[str]
    words: int
    unknown: int  # words the library does not know, before the repair
    repaired: int


@dataclass(frozen=True, slots=True)
class _View:
    """What one message looks like to every FAQ; arrays of shape (faqs,)."""

    rows: Similarities
    ridge: Floats64
    preference: Floats64  # `ridge` with the contact's language preferred
    best_chars: Floats64  # cosine of the nearest phrasing
    best_words: Floats64
    centroid: Floats64  # mean cosine of the phrasings
    open: NDArray[np.bool_]  # FAQs that may be answered


class SelfTest(NamedTuple):
    """One phrasing left out of the library: whose it is, and which FAQ it found."""

    faq: str
    phrasing: str
    found: str


class Matcher:
    """A library of FAQs, indexed. Immutable after `build`; one instance serves many threads."""

    def __init__(self, entries: Sequence[Faq]) -> None:
        self._faqs = tuple(entry.id for entry in entries)
        self._questions = tuple(entry.question for entry in entries)
        self._languages = np.array([entry.language for entry in entries], dtype=object)
        texts: list[str] = []
        owners: list[int] = []
        self._shown: list[str] = []  # by row: the phrasing as it was written
        self._is_phrasing: list[bool] = []  # by row; the others are keywords
        self._exact: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            for folded, phrasing in self._rows_of(number, entry):
                texts.append(folded)
                owners.append(number)
                self._shown.append(phrasing or entry.question)
                self._is_phrasing.append(phrasing is not None)
        self._texts = texts
        self._owners = np.array(owners, dtype=np.int64)
        self._sizes = np.bincount(self._owners, minlength=len(entries))
        self._stems: list[frozenset[str]] = [
            frozenset(stem for text in texts[part] for stem in stems(text))
            for part in self._parts()
        ]
        self._speller = Speller.of(texts)
        chars = Block.build(texts, owners, ngrams)
        words = Block.build(texts, owners, stem_pairs)
        self._scorer = Scorer.build(chars, words, self._owners, len(entries))

    @classmethod
    def build(cls, entries: Iterable[Faq]) -> "Matcher":
        """Index the entries; their ids must differ. Pure: equal entries make equal matchers."""
        return cls(tuple(entries))

    def rank(
        self,
        text: str,
        limit: int = 5,
        language: str | None = None,
        allowed: Set[str] | None = None,
    ) -> list[Candidate]:
        """The FAQs `text` may mean, best first, one candidate each, at most `limit`.

        `language` prefers FAQs in that language where they fit about as well; `allowed` leaves
        out all other FAQs. Scores are calibrated confidences (0 … 1) and never rise down the
        list. A published phrasing comes first with 1.0. Empty when nothing can be compared.
        """
        exact = self._exact_number(text, language, allowed)
        message = self._read(text)
        comparable = message.folded and self._texts
        view = self._view(message, language, allowed) if comparable else None
        ranked: list[Candidate] = []
        ceiling = 1.0
        for number in self._order(view, exact, limit):
            if number == exact:
                score = 1.0
            elif view is None:
                score = 0.0
            else:
                score = confidence(self._evidence(message, view, number, language))
            ceiling = min(ceiling, score)
            ranked.append(Candidate(self._faqs[number], ceiling, self._nearest(number, view)))
        return ranked

    def exact(
        self, text: str, language: str | None = None, allowed: Set[str] | None = None
    ) -> str | None:
        """The FAQ one of whose phrasings is `text`, but for case, accents and punctuation."""
        number = self._exact_number(text, language, allowed)
        return None if number is None else self._faqs[number]

    def evidence(self, text: str, limit: int = 1) -> list[tuple[str, Evidence]]:
        """The best FAQs and what their confidences are computed from, best first.

        Unlike `rank` it does not prefer exact phrasings: this is for fitting and explaining.
        """
        message = self._read(text)
        if not message.folded or not self._texts:
            return []
        view = self._view(message, None, None)
        return [
            (self._faqs[number], self._evidence(message, view, number, None))
            for number in self._order(view, None, limit)
        ]

    def self_test(self) -> list[SelfTest]:
        """Which FAQ every phrasing would find if it were not in the library: shows FAQs that are
        mistaken for each other. Raises ValueError when the library is too large for it.
        """
        if not self._texts:
            return []
        scores = self._scorer.left_out()
        own = self._languages[self._owners]
        other = self._languages[None, :] != own[:, None]
        found = np.argmax(np.where(other, scores * _OTHER_LANGUAGE, scores), axis=1)
        return [
            SelfTest(self._faqs[self._owners[row]], self._shown[row], self._faqs[found[row]])
            for row in range(len(self._texts))
            if self._is_phrasing[row] and self._sizes[self._owners[row]] > 1
        ]

    # --- building ----------------------------------------------------------------------------

    def _rows_of(self, number: int, entry: Faq) -> Iterable[tuple[str, str | None]]:
        """(folded, as written) of the phrasings, (folded, None) of keywords; notes exact keys."""
        seen: set[str] = set()
        phrasings = (entry.question, *entry.alternatives)
        for place, phrasing in enumerate((*phrasings, *entry.keywords[:_KEYWORDS])):
            if place < len(phrasings):
                for key in _keys(phrasing):
                    owners = self._exact.setdefault(key, [])
                    if number not in owners:
                        owners.append(number)
            folded = fold(phrasing)
            if folded and folded not in seen:
                seen.add(folded)
                yield folded, phrasing if place < len(phrasings) else None

    def _parts(self) -> list[slice]:
        """The rows of each FAQ; they stand together."""
        ends = np.cumsum(self._sizes)
        return [slice(int(e - s), int(e)) for s, e in zip(self._sizes, ends, strict=True)]

    # --- reading a message -------------------------------------------------------------------

    def _read(self, text: str) -> _Message:
        words = fold(text).split()
        repaired = self._speller.repair(words)
        return _Message(
            folded=" ".join(repaired),
            stems=frozenset(stems(" ".join(repaired))),
            words=len(words),
            unknown=sum(not self._speller.knows(word) for word in repaired),
            repaired=len(set(repaired) - set(words)),
        )

    def _exact_number(
        self, text: str, language: str | None, allowed: Set[str] | None
    ) -> int | None:
        for key in _keys(text):
            numbers = [
                number
                for number in self._exact.get(key, ())
                if allowed is None or self._faqs[number] in allowed
            ]
            if numbers:
                return min(numbers, key=lambda n: (self._languages[n] != language, n))
        return None

    def _view(self, message: _Message, language: str | None, allowed: Set[str] | None) -> _View:
        rows = self._scorer.similarities(message.folded)
        if allowed is None:
            open_ = np.ones(len(self._faqs), dtype=np.bool_)
            ridge = self._scorer.scores(rows)
        else:
            open_ = np.array([faq in allowed for faq in self._faqs], dtype=np.bool_)
            ridge = self._scorer.scores(rows, np.flatnonzero(open_[self._owners]))
        preference = ridge
        if language is not None:
            preference = np.where(self._languages == language, ridge, ridge * _OTHER_LANGUAGE)
        return _View(
            rows=rows,
            ridge=ridge,
            preference=preference,
            best_chars=self._best_of(rows.chars),
            best_words=self._best_of(rows.words),
            centroid=self._mean_of(rows.mixed),
            open=open_ & (self._sizes > 0),
        )

    def _best_of(self, values: Floats64) -> Floats64:
        best = np.zeros(len(self._faqs))
        np.maximum.at(best, self._owners, values)
        return best

    def _mean_of(self, values: Floats64) -> Floats64:
        sums = np.bincount(self._owners, values, minlength=len(self._faqs))
        return sums / np.maximum(self._sizes, 1)

    # --- ranking -----------------------------------------------------------------------------

    def _order(self, view: _View | None, exact: int | None, limit: int) -> list[int]:
        order: list[int] = [] if exact is None else [exact]
        if view is not None:
            keyed = np.where(view.open, view.preference, -np.inf)
            best = np.argsort(-keyed, kind="stable")[: limit + 1]
            order.extend(int(n) for n in best if n != exact and view.open[n])
        return order[:limit]

    def _nearest(self, number: int, view: _View | None) -> str:
        rows = np.flatnonzero(self._owners == number)
        if view is None or not len(rows):
            return self._questions[number]
        return self._shown[int(rows[np.argmax(view.rows.mixed[rows])])]

    def _evidence(
        self, message: _Message, view: _View, number: int, language: str | None
    ) -> Evidence:
        rivals = view.open.copy()
        rivals[number] = False
        if language is not None and self._languages[number] == language:
            rivals &= self._languages == language
        rows = np.flatnonzero(self._owners == number)
        nearest = self._texts[rows[np.argmax(view.rows.mixed[rows])]]
        weights = {stem: self._scorer.words.weight(stem) for stem in message.stems}
        total = sum(weights.values())
        asked = sum(weights[s] for s in message.stems & self._stems[number])
        known = sum(weights[s] for s in message.stems if s in self._scorer.words.ids)
        softened = np.exp(_SOFTNESS * (view.ridge - view.ridge[number]))
        nothing = np.exp(-_SOFTNESS * view.ridge[number])
        odds = -float(np.log(softened[rivals].sum() + nothing))
        return Evidence(
            score=float(view.ridge[number]),
            margin=_margin(view.ridge, number, rivals),
            odds=odds,
            chars=float(view.best_chars[number]),
            chars_margin=_margin(view.best_chars, number, rivals),
            words_margin=_margin(view.best_words, number, rivals),
            centroid=float(view.centroid[number]),
            centroid_margin=_margin(view.centroid, number, rivals),
            coverage=asked / total if total else 0.0,
            known=known / total if total else 0.0,
            alignment=fuzz.token_sort_ratio(message.folded, nearest) / 100,
            unknown=message.unknown / max(message.words, 1),
            repaired=message.repaired / max(message.words, 1),
            length=float(np.log1p(message.words)),
            shortness=1 / max(message.words, 1),
            faqs=float(np.log1p(len(self._faqs))),
        )


def _keys(text: str) -> tuple[str, ...]:
    """Under which a phrasing is found again: as written first, then without courtesies."""
    written = plain(text)
    if not written:
        rest = symbols(text)
        return (f"\0{rest}",) if rest else ()
    folded = fold(text)
    return (f"={written}", f"~{folded}") if folded else (f"={written}",)


def _margin(values: Floats64, number: int, rivals: NDArray[np.bool_]) -> float:
    """How far ahead of the best rival, or of nothing at all."""
    return float(values[number] - values[rivals].max(initial=0.0))

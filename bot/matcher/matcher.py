"""The matcher: which FAQs a message means, and how sure that is."""

from collections.abc import Iterable, Sequence, Set
from functools import partial
from typing import NamedTuple

import numpy as np

from bot.matcher.calibration import Evidence, confidence
from bot.matcher.explaining import pieces
from bot.matcher.features import ngrams, stem_pairs
from bot.matcher.folding import fold
from bot.matcher.index import Block, Floats64
from bot.matcher.library import Library
from bot.matcher.reading import Message, View, evidence
from bot.matcher.scoring import Scorer
from bot.matcher.spelling import Speller
from bot.types import Candidate, Explained, Explanation, Faq

# What a FAQ's score counts in the order when it is in another language than the contact's. Its
# confidence stays: whoever asks in another language than expected is answered as surely.
_OTHER_LANGUAGE = 0.6


class SelfTest(NamedTuple):
    """One phrasing left out of the library: whose it is, and which FAQ it found."""

    faq: str
    phrasing: str
    found: str


class Matcher:
    """A library of FAQs, indexed. Immutable after `build`; one instance serves many threads."""

    def __init__(self, entries: Sequence[Faq]) -> None:
        self._library = Library(entries)
        texts, owners = self._library.texts, self._library.owners
        self._speller = Speller.of(texts)
        self._words = Block.build(texts, owners, stem_pairs)
        chars = Block.build(texts, owners, ngrams)
        self._scorer = Scorer.build(chars, self._words, owners, len(entries))

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
        exact = self._library.exact(text, language, allowed)
        message, view = self._read(text, allowed)
        ranked: list[Candidate] = []
        ceiling = 1.0
        for number in self._order(view, exact, limit, language):
            if number != exact and view is not None:
                facts = evidence(message, view, self._library, number, language)
                ceiling = min(ceiling, confidence(facts))
            ranked.append(
                Candidate(self._library.ids[number], ceiling, self._nearest(number, view))
            )
        return ranked

    def exact(
        self, text: str, language: str | None = None, allowed: Set[str] | None = None
    ) -> str | None:
        """The FAQ one of whose phrasings is `text`, but for case, accents and punctuation."""
        number = self._library.exact(text, language, allowed)
        return None if number is None else self._library.ids[number]

    def explain(
        self,
        text: str,
        limit: int = 5,
        language: str | None = None,
        allowed: Set[str] | None = None,
    ) -> Explanation:
        """What `rank` answers, with the words of the message that counted for each FAQ."""
        written = fold(text).split()
        read = self._speller.repair(written)
        found = []
        for candidate in self.rank(text, limit, language, allowed):
            judge = partial(self._confidence, candidate.faq, language, allowed)
            counted = pieces(read, judge, fold(candidate.phrasing))
            found.append(Explained(*candidate, counted))
        return Explanation(" ".join(read), self._speller.repairs(written), tuple(found))

    def _confidence(
        self, faq: str, language: str | None, allowed: Set[str] | None, text: str
    ) -> float:
        """The confidence of one FAQ, whatever place it takes."""
        message, view = self._read(text, allowed)
        if view is None:
            return 0.0
        number = self._library.ids.index(faq)
        return confidence(evidence(message, view, self._library, number, language))

    def evidence(self, text: str, limit: int = 1) -> list[tuple[str, Evidence]]:
        """The best FAQs and what their confidences are computed from, best first.

        Unlike `rank` it does not prefer exact phrasings: this is for fitting and explaining.
        """
        message, view = self._read(text, None)
        if view is None:
            return []
        return [
            (self._library.ids[number], evidence(message, view, self._library, number, None))
            for number in self._order(view, None, limit, None)
        ]

    def self_test(self) -> list[SelfTest]:
        """Which FAQ every phrasing would find if it were not in the library: shows FAQs that are
        mistaken for each other. Phrasings that are all their FAQ has are not tested.

        Raises ValueError when the library is too large to be solved at once.
        """
        library = self._library
        if not library.texts:
            return []
        scores = self._scorer.left_out()
        other = library.languages[None, :] != library.languages[library.owners][:, None]
        found = np.argmax(np.where(other, scores * _OTHER_LANGUAGE, scores), axis=1)
        return [
            SelfTest(library.ids[owner], phrasing, library.ids[found[row]])
            for row, (owner, phrasing) in enumerate(
                zip(library.owners, library.phrasings, strict=True)
            )
            if phrasing is not None and library.sizes[owner] > 1
        ]

    def _read(self, text: str, allowed: Set[str] | None) -> tuple[Message, View | None]:
        """The message and its view; None when there is nothing to compare."""
        message = Message.read(text, self._speller, self._words)
        if not message.folded or not self._library.texts:
            return message, None
        rows = self._scorer.similarities(message.folded)
        open_ = self._library.open(allowed)
        kept = None if allowed is None else np.flatnonzero(open_[self._library.owners])
        return message, View.of(self._library, rows, self._scorer.scores(rows, kept), open_)

    def _order(
        self, view: View | None, exact: int | None, limit: int, language: str | None
    ) -> list[int]:
        order: list[int] = [] if exact is None else [exact]
        if view is not None:
            preferred = np.where(view.open, self._preferred(view.ridge, language), -np.inf)
            best = np.argsort(-preferred, kind="stable")[: limit + 1]
            order.extend(int(number) for number in best if number != exact and view.open[number])
        return order[:limit]

    def _preferred(self, scores: Floats64, language: str | None) -> Floats64:
        if language is None:
            return scores
        return np.where(self._library.languages == language, scores, scores * _OTHER_LANGUAGE)

    def _nearest(self, number: int, view: View | None) -> str:
        """The phrasing closest to the message; the question where that is a keyword."""
        question = self._library.questions[number]
        if view is None or not self._library.sizes[number]:
            return question
        return self._library.phrasings[view.nearest(self._library, number)] or question

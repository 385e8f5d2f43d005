"""The matcher: which FAQs a message means, and how sure that is."""

from collections.abc import Iterable, Sequence, Set
from functools import partial
from typing import NamedTuple

import numpy as np

from bot.matcher.calibration import confidences
from bot.matcher.evidence import EVIDENCE, Evidence, evidence
from bot.matcher.explaining import Shares, pieces, weights
from bot.matcher.folding import fold
from bot.matcher.index import Floats, Rows
from bot.matcher.library import Library
from bot.matcher.reading import Measures, Message, View
from bot.matcher.scoring import Scorer
from bot.matcher.spelling import Speller
from bot.types import Candidate, Explained, Explanation, Faq

# What a FAQ's score counts in the order when it is in another language than the contact's. Its
# confidence stays: whoever asks in another language than expected is answered as surely.
_OTHER_LANGUAGE = 0.6
_TESTED = 2500  # phrasings of a self-test; of larger libraries so many, evenly spread


class SelfTest(NamedTuple):
    """One phrasing left out of the library: whose it is, and which FAQ it found."""

    faq: str
    phrasing: str
    found: str


class Matcher:
    """A library of FAQs, indexed. Immutable after `build`; one instance serves many threads."""

    def __init__(self, library: Library, scorer: Scorer) -> None:
        self._library = library
        self.scorer = scorer
        self._speller = Speller.of(library.texts)

    @classmethod
    def build(cls, entries: Iterable[Faq]) -> "Matcher":
        """Index the entries; their ids must differ. Pure: equal entries make equal matchers."""
        library = Library(tuple(entries))
        return cls(library, Scorer.build(library.texts, library.owners))

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
        message = self._read(text)
        view = self._view(message, allowed)
        ranked = [] if exact is None else [self._certain(exact, view)]
        if view is None:
            return ranked[:limit]
        faqs = view.near.faqs
        order = [place for place in self._order(view, limit + 1, language) if faqs[place] != exact]
        order = order[: max(limit - len(ranked), 0)]
        if order:
            facts = evidence(message, view, self._library, order, language)
            shares = np.minimum.accumulate(confidences(facts))
            ranked += [
                Candidate(self._library.ids[faqs[place]], float(share), self._said(place, view))
                for place, share in zip(order, shares, strict=True)
            ]
        return ranked[:limit]

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
        ranked = self.rank(text, limit, language, allowed)
        written = fold(text).split()
        read = self._speller.repair(written)
        judge = partial(self._judge, [one.faq for one in ranked], language, allowed)
        moved = weights(read, judge) if ranked and read else np.zeros((0, len(ranked)))
        found = (
            Explained(*one, pieces(read, moved[:, place], fold(one.phrasing)))
            for place, one in enumerate(ranked)
        )
        return Explanation(" ".join(read), self._speller.repairs(written), tuple(found))

    def evidence(self, text: str, limit: int = 1) -> tuple[list[str], Evidence]:
        """The best FAQs and what their confidences are computed from, best first.

        Unlike `rank` it does not prefer exact phrasings: this is for fitting.
        """
        message = self._read(text)
        view = self._view(message, None)
        if view is None:
            return [], np.zeros((0, len(EVIDENCE)))
        order = self._order(view, limit, None)
        faqs = [self._library.ids[view.near.faqs[place]] for place in order]
        return faqs, evidence(message, view, self._library, order, None)

    def self_test(self) -> list[SelfTest]:
        """Which FAQ every phrasing would find if it were not in the library: shows FAQs that are
        mistaken for each other. Phrasings that are all their FAQ has are not tested; of very many
        phrasings some are.
        """
        library = self._library
        tested = [
            row
            for row, owner in enumerate(library.owners)
            if library.phrasings[row] is not None and library.sizes[owner] > 1
        ]
        if not tested:
            return []
        if len(library.owners) <= _TESTED:
            found = self._found_together(tested)
        else:
            evenly = np.linspace(0, len(tested) - 1, min(_TESTED, len(tested))).astype(np.int64)
            found = self._found_alone([tested[at] for at in evenly])
        return [
            SelfTest(
                library.ids[library.owners[row]], library.phrasings[row] or "", library.ids[faq]
            )
            for row, faq in found
        ]

    def _found_together(self, rows: Sequence[int]) -> list[tuple[int, int]]:
        faqs, scores = self.scorer.all_left_out()
        return [(row, self._first(row, faqs, scores[row])) for row in rows]

    def _found_alone(self, rows: Sequence[int]) -> list[tuple[int, int]]:
        near = ((row, self.scorer.left_out(row)) for row in rows)
        return [(row, self._first(row, one.faqs, one.scores[0])) for row, one in near]

    def _first(self, row: int, faqs: Rows, scores: Floats) -> int:
        """The best FAQ for a row, as a message in the row's language would find it."""
        language = self._library.languages[self._library.owners[row]]
        same = self._library.languages[faqs] == language
        return int(faqs[np.argmax(np.where(same, scores, scores * _OTHER_LANGUAGE))])

    def _read(self, text: str) -> Message:
        return Message.read(text, self._speller, self.scorer.words)

    def _view(self, message: Message, allowed: Set[str] | None) -> View | None:
        """None when there is nothing to compare."""
        rows = None if allowed is None else self._library.open_rows(allowed)
        if not message.folded or not len(self._library.texts if rows is None else rows):
            return None
        return View.of(self.scorer.nearby(message.folded, rows))

    def _judge(
        self, faqs: Sequence[str], language: str | None, allowed: Set[str] | None, words: list[str]
    ) -> Shares:
        """The confidences of FAQs, whatever place they take; 0 for one that is far off."""
        message = Message.of(words, words, self._speller, self.scorer.words)
        view = self._view(message, allowed)
        shares = np.zeros(len(faqs))
        if view is None:
            return shares
        places = {self._library.ids[number]: place for place, number in enumerate(view.near.faqs)}
        near = [at for at, faq in enumerate(faqs) if faq in places]
        if near:
            order = [places[faqs[at]] for at in near]
            shares[near] = confidences(evidence(message, view, self._library, order, language))
        return shares

    def _order(self, view: View, limit: int, language: str | None) -> list[int]:
        preferred = self._preferred(view.scores, view, language)
        return [int(place) for place in np.argsort(-preferred, kind="stable")[:limit]]

    def _preferred(self, scores: Measures, view: View, language: str | None) -> Measures:
        if language is None:
            return scores
        same = self._library.languages[view.near.faqs] == language
        return np.where(same, scores, scores * _OTHER_LANGUAGE)

    def _certain(self, number: int, view: View | None) -> Candidate:
        """A FAQ one of whose phrasings was said."""
        at = None if view is None else np.flatnonzero(view.near.faqs == number)
        if view is None or at is None or not len(at):
            phrasing = self._library.questions[number]
        else:
            phrasing = self._said(int(at[0]), view)
        return Candidate(self._library.ids[number], 1.0, phrasing)

    def _said(self, place: int, view: View) -> str:
        """The phrasing closest to the message; the question where that is a keyword."""
        number = int(view.near.faqs[place])
        return self._library.phrasings[view.nearest(place)] or self._library.questions[number]

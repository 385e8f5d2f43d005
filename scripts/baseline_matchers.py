"""Plain libraries behind the interface of an FAQ evaluator, to compare the matcher with.

    evaluate.py --matcher scripts.baseline_matchers:token_sort_ratio --data DIR

Also wratio, tfidf and bm25. The confidence is the library's own score of the best phrasing; all of
them get texts folded by the matcher's `fold`: the comparison is about scoring, not about accents.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import bm25s
import numpy as np
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.matcher.folding import fold

Match = Callable[[str], tuple[str | None, float]]
# Of a folded text: the number of the best phrasing and its score; None when nothing is like it.
Best = Callable[[str], tuple[int, float] | None]


def token_sort_ratio(kb: Iterable[Mapping[str, Any]]) -> Match:
    return _matcher(kb, best_by_token_sort_ratio)


def wratio(kb: Iterable[Mapping[str, Any]]) -> Match:
    return _matcher(kb, best_by_wratio)


def tfidf(kb: Iterable[Mapping[str, Any]]) -> Match:
    return _matcher(kb, best_by_tfidf)


def bm25(kb: Iterable[Mapping[str, Any]]) -> Match:
    return _matcher(kb, best_by_bm25)


def best_by_token_sort_ratio(phrasings: Sequence[str]) -> Best:
    return _extract_one(phrasings, fuzz.token_sort_ratio)


def best_by_wratio(phrasings: Sequence[str]) -> Best:
    """What `extractOne` does when it is told nothing."""
    return _extract_one(phrasings, fuzz.WRatio)


def best_by_tfidf(phrasings: Sequence[str]) -> Best:
    """Cosine on character 2–4-grams within words, scikit-learn's weights."""
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), dtype=np.float32)
    rows_by_gram = vectorizer.fit_transform(phrasings).T.tocsr()

    def best(folded: str) -> tuple[int, float] | None:
        found = vectorizer.transform([folded]) @ rows_by_gram
        if not found.nnz:
            return None
        at = int(found.data.argmax())
        return int(found.indices[at]), float(found.data[at])

    return best


def best_by_bm25(phrasings: Sequence[str]) -> Best:
    """BM25 on words, bm25s's own settings; its scores have no upper end."""
    index = bm25s.BM25()
    index.index(_words(phrasings), show_progress=False)

    def best(folded: str) -> tuple[int, float] | None:
        words = _words([folded])[0]
        if not any(word in index.vocab_dict for word in words):
            return None
        scores = index.get_scores(words)
        at = int(scores.argmax())
        return at, float(scores[at])

    return best


def _words(texts: Sequence[str]) -> list[list[str]]:
    return list(bm25s.tokenize(list(texts), stopwords=None, return_ids=False, show_progress=False))


def _extract_one(phrasings: Sequence[str], scorer: Callable[..., float]) -> Best:
    def best(folded: str) -> tuple[int, float] | None:
        found = process.extractOne(folded, phrasings, scorer=scorer)
        return (found[2], found[1] / 100) if found else None

    return best


def _matcher(kb: Iterable[Mapping[str, Any]], best_among: Callable[[Sequence[str]], Best]) -> Match:
    phrasings = [
        (fold(text), line["faq_id"])
        for line in kb
        for text in (line["question"], *line["alternatives"])
    ]
    best = best_among([text for text, _ in phrasings])

    def match(text: str) -> tuple[str | None, float]:
        found = best(fold(text))
        return (phrasings[found[0]][1], found[1]) if found else (None, 0.0)

    return match

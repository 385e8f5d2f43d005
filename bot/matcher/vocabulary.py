"""What is known of words before any library: how frequent they are and what they mean.

The tables in data/ are made by `scripts/make_word_tables.py`; data/README.md says where they come from.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FREQUENCIES = Path(__file__).with_name("data") / "frequencies.npz"
VECTORS = Path(__file__).with_name("data") / "vectors.npz"

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

UNHEARD = np.float32(18.0)  # surprisal, in nats, of a word that is in no table; no word counts more
# Arora, Liang, Ma (2017), "A simple but tough-to-beat baseline for sentence embeddings".
_COMMON = 1e-3


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Immutable. Words are folded and known by their number; -1 is a word not in the tables."""

    places: Mapping[str, int]  # number by word
    shares: Mapping[str, float]  # of all words, by word
    surprisal: Floats  # -ln of the share of all words
    vectors: NDArray[np.int8]  # (words, dimensions)
    scales: Floats  # what makes the vectors unit vectors
    strengths: Floats  # what a word counts in the meaning of a text

    def numbers(self, words: Sequence[str]) -> Numbers:
        """The numbers of `words`, shape (len(words),)."""
        return np.array([self.places.get(word, -1) for word in words], dtype=np.int64)

    def share(self, word: str) -> float:
        """A word's share of all words, 0 for an unknown one."""
        return self.shares.get(word, 0.0)

    def surprisals(self, numbers: Numbers) -> Floats:
        """Nats by word."""
        return np.where(numbers < 0, UNHEARD, self.surprisal[numbers])

    def meanings(self, numbers: Numbers) -> Floats:
        """Unit vectors by word, zeros for unknown ones, shape (len(numbers), dimensions)."""
        scale = np.where(numbers < 0, 0, self.scales[numbers])
        return self.vectors[numbers].astype(np.float32) * scale[:, None]

    def weights(self, numbers: Numbers) -> Floats:
        """What a word counts in the meaning of a text: common words next to nothing, unknown ones nothing."""
        return np.where(numbers < 0, np.float32(0), self.strengths[numbers])


@functools.cache
def vocabulary() -> Vocabulary:
    """The shipped tables, read once; they never change."""
    with np.load(FREQUENCIES, allow_pickle=False) as table:
        words, centibels = table["words"].astype(str).tolist(), table["centibels"]
    with np.load(VECTORS, allow_pickle=False) as table:
        vectors = table["vectors"]
    lengths = np.sqrt(np.square(vectors, dtype=np.float32).sum(axis=1))
    surprisal = np.minimum(centibels.astype(np.float32) * np.float32(np.log(10) / 100), UNHEARD)
    return Vocabulary(
        places={word: number for number, word in enumerate(words)},
        shares=dict(zip(words, np.exp(-surprisal).tolist(), strict=True)),
        surprisal=surprisal,
        vectors=vectors,
        scales=1 / np.maximum(lengths, 1),
        strengths=(_COMMON / (_COMMON + np.exp(-surprisal))).astype(np.float32),
    )

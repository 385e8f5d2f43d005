"""What a text is about: the mean of its words' vectors, common words counting next to nothing."""

from collections.abc import Sequence

import numpy as np

from bot.matcher.vocabulary import Floats, vocabulary


def meaning(words: Sequence[str]) -> Floats:
    """A unit vector, or zeros when no word is known, shape (dimensions,)."""
    table = vocabulary()
    numbers = table.numbers(words)
    return _unit(table.weights(numbers) @ table.meanings(numbers))


def meanings(texts: Sequence[str]) -> Floats:
    """One row for each folded text, shape (texts, dimensions)."""
    table = vocabulary()
    known: dict[str, int] = {}
    rows = [[known.setdefault(word, len(known)) for word in text.split()] for text in texts]
    numbers = table.numbers(list(known))
    vectors = table.meanings(numbers) * table.weights(numbers)[:, None]
    found = np.empty((len(texts), vectors.shape[1]), dtype=np.float32)
    for row, words in enumerate(rows):
        found[row] = _unit(vectors[words].sum(axis=0))
    return found


def _unit(vector: Floats) -> Floats:
    length = np.linalg.norm(vector)
    return vector / np.float32(length) if length > 1e-6 else np.zeros_like(vector)

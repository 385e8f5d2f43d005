"""A built index as bytes and back: arrays only, nothing in it is ever run."""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

import numpy as np

from bot.matcher.features import ngrams, stem_pairs
from bot.matcher.index import Block
from bot.matcher.library import Library
from bot.matcher.matcher import Matcher
from bot.matcher.scoring import Scorer
from bot.types import Faq

# Rises with every change of the arrays or of how texts are folded and taken apart.
FORMAT = 1


class Unreadable(ValueError):
    """Not an index of these FAQs by this release."""


def stored(matcher: Matcher) -> bytes:
    """The index of a matcher, without the FAQs themselves."""
    scorer = matcher.scorer
    arrays: dict[str, Any] = {"format": np.array(FORMAT), "meanings": scorer.meanings}
    for name, block in (("chars", scorer.chars), ("words", scorer.words)):
        arrays |= {f"{name}.{part}": array for part, array in block.arrays.items()}
    if scorer.duals is not None:
        arrays["duals"] = scorer.duals
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def restored(entries: Iterable[Faq], data: bytes) -> Matcher:
    """The matcher of `entries` from what `stored` made of it. Raises Unreadable."""
    library = Library(tuple(entries))
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = dict(file.items())
        if int(arrays["format"]) != FORMAT:
            raise Unreadable("another format")
        scorer = Scorer.of(
            _block(arrays, "chars"),
            _block(arrays, "words"),
            arrays["meanings"],
            library.owners,
            arrays.get("duals"),
        )
    except (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise Unreadable(str(error)) from error
    if len(scorer.meanings) != len(library.texts) or len(scorer.chars.lengths) != len(
        library.texts
    ):
        raise Unreadable("of other FAQs")
    return Matcher(library, scorer)


def _block(arrays: dict[str, Any], name: str) -> Block:
    analyze = {"chars": ngrams, "words": stem_pairs}[name]
    parts = {key.split(".")[1]: value for key, value in arrays.items() if key.startswith(name)}
    return Block.restored(parts, analyze)

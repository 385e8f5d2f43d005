"""A built index is kept as bytes and read back; nothing in it is ever run (F-48)."""

import io
import pickle
from collections.abc import Callable

import numpy as np
import pytest

from bot.matcher import Matcher
from bot.matcher.storing import Unreadable, restored, stored
from tests.bot.matcher.library import LIBRARY, faq

TEXTS = ["quando abre a pisicna", "price of the membership", "não sei", "👍", "toalla"]


def large() -> list[object]:
    return [
        faq(str(n), "pt-br", f"pergunta numero {n}", f"a {n} questao {n * 7}") for n in range(900)
    ]


@pytest.mark.parametrize("library", [LIBRARY, (), large()], ids=["small", "empty", "large"])
def test_a_restored_matcher_ranks_as_the_one_that_was_stored(library: list[object]) -> None:
    matcher = Matcher.build(library)  # type: ignore[arg-type]
    again = restored(library, stored(matcher))  # type: ignore[arg-type]
    for text in TEXTS:
        assert again.rank(text) == matcher.rank(text)
    assert again.self_test() == matcher.self_test()


def _pickled(_data: bytes) -> bytes:
    file = io.BytesIO()
    np.savez(file, format=np.array([pickle.dumps("x")], dtype=object))
    return file.getvalue()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"no archive",
        lambda data: data[: len(data) // 2],
        lambda data: pickle.dumps({"format": 1}),
        _pickled,
    ],
    ids=["empty", "text", "cut", "pickle", "pickle inside"],
)
def test_f48_what_is_no_index_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Unreadable):
        restored(LIBRARY, spoil(stored(Matcher.build(LIBRARY))))


def test_an_index_of_other_faqs_is_refused() -> None:
    with pytest.raises(Unreadable):
        restored(LIBRARY[1:], stored(Matcher.build(LIBRARY)))

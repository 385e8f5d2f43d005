"""Grouping: what asks the same is together, whatever comes in whatever order."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matcher.grouping import place, signature

QUESTIONS = (
    "Posso levar meu cachorro na loja?",
    "Vocês aceitam cheque de outro banco?",
    "How do I cancel the magazine subscription?",
    "¿Hacen envíos a las islas?",
    "Tem vaga de emprego aberta?",
)
WORDS = st.sampled_from(
    [
        "posso",
        "levar",
        "meu",
        "cachorro",
        "gato",
        "na",
        "loja",
        "cheque",
        "banco",
        "cancel",
        "order",
    ]
)
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=40), st.lists(WORDS, max_size=6).map(" ".join), st.sampled_from(QUESTIONS)
    ),
    max_size=12,
)


def noisy(text: str, kind: str) -> str:
    unaccented = "".join(
        c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)
    )
    return {
        "case": text.upper(),
        "accents": unaccented,
        "punctuation": text.replace(" ", "  ").rstrip("?").lstrip("¿") + " !!!",
        "greeting": f"Oi, bom dia! {text}",
    }[kind]


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_every_text_gets_exactly_one_group_and_numbers_go_on_without_gaps(
    texts: list[str], known: list[str]
) -> None:
    owners = place(known)
    groups = place(texts, known, owners)
    assert len(groups) == len(texts)
    first = max(owners, default=-1) + 1
    new = [group for group in groups if group >= first]
    assert sorted(set(new)) == list(range(first, first + len(set(new))))
    assert set(groups) - set(new) <= set(owners)


@settings(deadline=None)
@given(TEXTS)
def test_equal_input_gives_equal_groups(texts: list[str]) -> None:
    assert place(texts) == place(list(texts))


@settings(deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_texts_with_one_signature_share_a_group_in_any_order(
    texts: list[str], chance: object
) -> None:
    shuffled = list(texts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    groups: dict[str, set[int]] = {}
    for text, group in zip(shuffled, place(shuffled), strict=True):
        groups.setdefault(signature(text), set()).add(group)
    assert all(len(found) == 1 for found in groups.values())


@pytest.mark.parametrize("kind", ["case", "accents", "punctuation", "greeting"])
@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_case_accents_punctuation_and_greetings_do_not_open_a_group(kind: str, number: int) -> None:
    groups = place([noisy(text, kind) for text in QUESTIONS], QUESTIONS, range(len(QUESTIONS)))
    assert groups[number] == number


def test_one_question_in_other_words_joins_and_another_question_does_not() -> None:
    assert place(
        [
            "Posso levar meu cachorro na loja?",
            "o cachorro pode entrar na loja",
            "Vocês aceitam cheque?",
            "aceita pagamento em cheque",
            "meu cachorro, posso levar?",
        ]
    ) == [0, 0, 1, 1, 0]


def test_texts_without_a_letter_are_one_group_that_nothing_else_joins() -> None:
    assert place(["👍", "???", "aceita cheque", "🤬"]) == [0, 0, 1, 0]
    assert place(["..."], ["aceita cheque", "!"], [0, 5]) == [5]


def test_a_group_that_is_known_is_joined_by_what_is_said_again() -> None:
    assert place(["ACEITA CHEQUE?"], ["aceita cheque"], [7]) == [7]
    assert place(["Tem vaga de emprego?"], ["aceita cheque"], [7]) == [8]


def test_a_closed_group_takes_only_what_is_surely_the_same() -> None:
    dog = "Posso levar meu cachorro na loja?"
    near, nearly = "o cachorro pode entrar na loja", "posso levar o meu cachorro na loja"
    assert place([near, nearly, dog.upper()], [dog], [0]) == [0, 0, 0]
    assert place([near, nearly, dog.upper()], [dog], [0], closed=[0]) == [1, 0, 0]


def test_known_texts_need_their_groups() -> None:
    with pytest.raises(ValueError, match="zip"):
        place(["a"], ["b"], [])


def test_very_long_texts_are_compared_by_their_beginnings() -> None:
    assert place(["x" * 64_000 + str(n) for n in range(3)]) == [0, 0, 0]
    assert len(signature("ß" * 5_000)) <= 200

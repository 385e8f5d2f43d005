"""Folding: one written form for what people type."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matcher.folding import FOLDED_LIMIT, fold, plain, symbols

# Texts made of what folding acts on, so that the rules meet each other often.
PIECES = st.sampled_from(
    [
        "oi", "ola", "bom dia", "vc", "pq", "tb", "pls", "thx", "obrigado", "please", "quero", "pedido",
        "ÇÃO", "É", "e\u0301", "\u0301", "ß", "İ", "ı", "æ", "ﬁ", "１２", "½", "²", "ǅ", "ooooii", "aaa",
        "\u200b", "\u202e", "\ufe0f", "👍🏽", "👩\u200d👩\u200d👧", "!!!", "?", "_", "-", "'", "’", "`", "´",
        "\n", "\t", "दि", "שלום", "مرحبا", "한국", "が",
    ]
)  # fmt: skip
CHATTER = st.lists(PIECES, max_size=30).flatmap(
    lambda pieces: st.sampled_from([" ".join(pieces), "".join(pieces)])
)
TEXTS = st.one_of(st.text(max_size=300), CHATTER)


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert fold(fold(text)) == fold(text)
    assert symbols(symbols(text)) == symbols(text)


@settings(deadline=None)
@given(st.sampled_from(["vc ", "oi ", "ﷺ", "a", "é", "thx "]), st.integers(300, 5000), TEXTS)
def test_folding_a_long_text_twice_changes_nothing_and_is_bounded(
    piece: str, times: int, tail: str
) -> None:
    folded = fold(piece * times + tail)
    assert len(folded) <= FOLDED_LIMIT
    assert fold(folded) == folded


@given(TEXTS)
def test_a_text_with_letters_is_never_folded_to_nothing(text: str) -> None:
    assert bool(fold(text)) == bool(plain(text))


@given(TEXTS)
def test_a_folded_text_is_words_with_single_spaces(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert folded == folded.casefold()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Onde está MEU pedido??", "onde esta meu pedido"),
        ("STRASSE straße", "strasse strasse"),
        ("İstanbul ISTANBUL", "istanbul istanbul"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("don't don’t", "dont dont"),
        ("pe\u200bdi\u00addo", "pedido"),
        ("\u202eabc\u202c", "abc"),
        ("ooooi queriaaa saber", "queria saber"),
        ("1️⃣ 1000", "1 1000"),
        ("vc sabe pq?", "voce sabe porque"),
        ("can u help pls", "can you help"),
        ("xq no llega?", "porque no llega"),
        ("Oi, bom dia! Tudo bem? Cadê meu pedido? Obrigada!!", "cade meu pedido"),
        ("Hi there, please: where is it? Thanks in advance", "where is it"),
        ("Bom dia", "bom dia"),
        ("oi, obrigado!", "oi obrigado"),
        ("👍", ""),
        ("", ""),
    ],
)
def test_what_people_type_is_folded_to_what_they_mean(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    "text",
    [
        "palavra " * 8192,
        "a" * 65_536,
        "😀" * 10_000,
        "\u202eمرحبا " * 9_000,
        "\u200b" * 65_536,
        "e" + "\u0301" * 65_000,
        ("e" + "\u0301" * 1000) * 60,
        "İß" * 30_000,
        "ﷺ" * 60_000,
        "vc " * 20_000,
    ],
    ids=lambda text: ascii(text[:6]),
)
def test_f49_hostile_texts_are_folded_within_50_ms(text: str) -> None:
    fold(text)
    started = time.thread_time()
    folded = fold(text)
    assert time.thread_time() - started < 0.05
    assert len(folded) <= FOLDED_LIMIT

"""Stems, pieces and the repair of unknown words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matcher.features import ngrams, stem_pairs
from bot.matcher.spelling import Speller
from bot.matcher.stemming import stem


@pytest.mark.parametrize(
    "forms",
    [
        "cancelar cancelamento cancelado cancelando cancelei cancelled cancelling",
        "entrega entregas entregar entregou entregamos",
        "troca trocar trocou troquei trocas",
        "book booking bookings booked",
        "devolucao devolucoes",
        "pagar pago pagamento pagamentos pagou",
        "envio envios enviar enviado",
        "return returns returned returning",
    ],
)
def test_the_forms_of_a_word_share_their_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", max_size=40))
def test_a_stem_begins_its_word_and_keeps_three_letters(word: str) -> None:
    cut = stem(word)
    assert len(cut) >= min(len(word), 3)
    assert word.startswith(cut[:-1])


def test_ngrams_cross_the_borders_of_words() -> None:
    assert len(ngrams("a bc")) == 12
    # " b" and "bc" are there either way; "a b" only where the words touch.
    assert set(ngrams("bc")) < set(ngrams("a bc"))
    assert set(ngrams("a bc")) - set(ngrams("bc")) - set(ngrams("a"))


@given(st.text(max_size=80))
def test_features_are_different_and_the_same_each_time(text: str) -> None:
    for analyze in (ngrams, stem_pairs):
        codes = analyze(text).tolist()
        assert len(set(codes)) == len(codes)
        assert codes == analyze(text).tolist()


def test_pairs_of_stems_have_no_order() -> None:
    assert sorted(stem_pairs("gift card")) == sorted(stem_pairs("card gift"))
    assert len(stem_pairs("gift card")) == 3


SPELLER = Speller.of(["onde esta meu pedido", "segunda via do boleto", "track my parcel", "boleto"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("peddido", "pedido"),
        ("pediod", "pedido"),
        ("bolto", "boleto"),
        ("parcle", "parcel"),
        ("meupedido", "meu pedido"),
        ("segndaa", "segunda"),
    ],
)
def test_a_misspelt_word_becomes_the_librarys(typed: str, meant: str) -> None:
    assert SPELLER.repair([typed]) == meant.split()


@pytest.mark.parametrize("word", ["onde", "trem", "have", "voo", "pix2", "xylophone", "quando"])
def test_a_known_everyday_short_or_far_word_stays(word: str) -> None:
    assert SPELLER.repair([word]) == [word]


def test_only_so_many_words_of_one_message_are_repaired() -> None:
    misspelt = [f"pedid{one}" for one in "abcdefghijklmnpqrstuvwxyz"]
    repaired = SPELLER.repair([*misspelt, "peddido", "peddido"])
    assert repaired[:12] == ["pedido"] * 12
    assert repaired[12:] == [*misspelt[12:], "peddido", "peddido"]


@given(st.lists(st.text(alphabet="abcdeopit", min_size=1, max_size=12), max_size=8))
def test_repairing_twice_changes_nothing(words: list[str]) -> None:
    once = SPELLER.repair(words)
    assert SPELLER.repair(once) == once

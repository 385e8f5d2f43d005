"""Nearly equal phrasings are found, all of them, as if each were compared with each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.matcher.twins import twins, weighted

WORDS = ["pedido", "pedidos", "frete", "onde", "esta", "meu", "quanto", "custa", "o"]
TEXTS = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), max_size=12
)


@given(TEXTS, st.sampled_from([0.3, 0.6, 0.8, 0.95]))
def test_the_short_cut_finds_what_comparing_all_finds(texts: list[str], least: float) -> None:
    owners = [row // 2 for row in range(len(texts))]
    found = {
        (pair.first, pair.second) for _row, pairs in twins(texts, owners, least) for pair in pairs
    }
    table = weighted(texts, np.array(owners, dtype=np.int64))
    dense = np.zeros((len(texts), table.width))
    dense[table.row_of, table.features] = table.weights
    cosines = dense @ dense.T
    pairs = [(a, b) for a in range(len(texts)) for b in range(a + 1, len(texts))]
    close = {pair for pair in pairs if abs(cosines[pair] - least) < 1e-6}
    near = {(a, b) for a, b in pairs if owners[a] != owners[b] and cosines[a, b] >= least}
    assert found - close == near - close


def test_equal_phrasings_are_entirely_alike() -> None:
    ((_first, (pair,)), _second) = twins(["meu pedido", "meu pedido"], [0, 1], 0.9)
    assert (pair.first, pair.second, round(pair.cosine, 6)) == (0, 1, 1.0)


def test_phrasings_of_one_faq_are_no_twins() -> None:
    assert [pairs for _row, pairs in twins(["meu pedido", "meu pedido"], [0, 0], 0.9)] == [[], []]


def test_no_phrasings_have_no_twins() -> None:
    assert list(twins([], [], 0.8)) == []

"""Nearly equal phrasings are found, all of them, as if each were compared with each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.matcher.features import ngrams
from bot.matcher.index import Block
from bot.matcher.twins import twins

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
    table = Block.build(texts, np.array(owners, dtype=np.int64), ngrams).full_gram()
    near = {
        (one, other)
        for one in range(len(texts))
        for other in range(one + 1, len(texts))
        if owners[one] != owners[other] and table[one, other] >= least
    }
    close = {
        (one, other)
        for one in range(len(texts))
        for other in range(len(texts))
        if abs(table[one, other] - least) < 1e-4
    }
    assert found - close == near - close


def test_no_phrasings_have_no_twins() -> None:
    assert list(twins([], [], 0.8)) == []

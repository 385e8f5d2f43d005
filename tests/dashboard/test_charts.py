"""The geometry of the small charts."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.bands import OUTCOMES
from dashboard.charts import TALL, columns, dots, shares

COUNTS = st.fixed_dictionaries({name: st.integers(0, 5_000) for name in OUTCOMES})


@given(st.lists(st.floats(0, 1), max_size=10))
def test_every_candidate_has_a_dot_at_its_score_and_no_dot_covers_another(scores) -> None:
    placed = dots(scores)
    assert [dot.x for dot in placed] == [round(100 * score) for score in scores]
    labels = sorted(dot.label for dot in placed)
    assert all(0 <= label <= 100 for label in labels)
    assert all(b - a >= 3 for a, b in pairwise(labels))


@given(st.lists(COUNTS, max_size=30))
def test_columns_stand_on_the_axis_and_count_every_message(parts) -> None:
    found = columns(parts)
    assert sum(bar.messages for bar in found.bars) == sum(sum(part.values()) for part in parts)
    assert found.highest == max((sum(part.values()) for part in parts), default=0)
    for bar in found.bars:
        assert 0 <= bar.x < 100
        assert bar.height >= 2
        assert bar.y + bar.height <= TALL


@given(COUNTS)
def test_shares_are_of_all(counts) -> None:
    parts = shares(counts)
    assert [name for name, _count, _share in parts] == list(OUTCOMES)
    assert abs(sum(share for *_rest, share in parts) - (100 if sum(counts.values()) else 0)) < 0.1

"""Long texts are cut into parts that fit, between words, and never inside a visible character (F-67)."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from channels.splitting import Unit, shorten, size, split

UNITS: tuple[Unit, ...] = ("characters", "utf16", "bytes")
FAMILY = "\U0001f469‍\U0001f469‍\U0001f467‍\U0001f466"  # one grapheme: 7 code points, 11 UTF-16 units, 25 bytes

texts = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(" \n\r\t́‍\U0001f1e7\U0001f1f7\U0001f469é"),
    ),
    max_size=200,
) | st.lists(st.sampled_from(["olá", " ", "\n\n", FAMILY, "\U0001f1e7\U0001f1f7", "é"])).map(
    "".join
)


@given(texts, st.integers(4, 60), st.sampled_from(UNITS))
def test_f67_parts_fit_and_lose_nothing_but_white_space_at_the_cuts(text, limit, unit):
    parts = split(text, limit, unit)
    assert all(0 < size(part, unit) <= limit and part.strip() for part in parts)
    rest = text
    for part in parts:
        before, found, rest = rest.partition(part)
        assert found
        assert not before.strip()
    assert not rest.strip()


@given(texts, st.integers(4, 60), st.sampled_from(UNITS))
def test_f67_no_part_begins_or_ends_inside_a_grapheme_that_would_have_fitted(text, limit, unit):
    ends, breakable = {0}, set()
    for found in regex.finditer(r"\X", text):
        ends.add(found.end())
        if size(found.group(), unit) > limit:
            breakable |= set(range(found.start(), found.end()))
    at = 0
    for part in split(text, limit, unit):
        at = text.index(part, at)
        assert at in ends | breakable
        at += len(part)
        assert at in ends | breakable


@given(texts, st.integers(4, 40), st.sampled_from(UNITS))
def test_a_shortened_text_fits_and_says_that_it_was_cut(text, limit, unit):
    short = shorten(text, limit, unit)
    assert size(short, unit) <= limit
    if short != text:
        assert short.endswith("…")
        assert text.startswith(short[:-1])


def test_a_text_that_fits_is_left_as_it_is():
    assert split("  oi \n", 10) == ["  oi \n"]
    assert split(" \n ", 10) == []
    assert split(" " * 50, 10) == []


def test_cuts_prefer_a_line_then_a_word_then_a_character():
    assert split("um dois\ntrês quatro", 13) == ["um dois", "três quatro"]
    assert split("um dois três quatro", 13) == ["um dois três", "quatro"]
    assert split("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_f67_an_emoji_family_is_never_torn_apart():
    assert split(FAMILY * 3, 12, "utf16") == [FAMILY] * 3
    assert split(FAMILY * 3, 24, "utf16") == [FAMILY * 2, FAMILY]


def test_f67_units_are_counted_as_the_platform_counts_them():
    assert (size("é\U0001f469"), size("é\U0001f469", "utf16"), size("é\U0001f469", "bytes")) == (
        2,
        3,
        6,
    )


def test_a_grapheme_longer_than_a_whole_part_is_still_delivered():
    monster = "a" + "́" * 100
    assert "".join(split(monster, 20)) == monster


def test_a_limit_too_small_for_a_character_is_refused():
    with pytest.raises(ValueError, match="limit of 3"):
        split("abc", 3)


def test_a_text_of_64_kb_is_split_into_as_few_parts_as_its_length_asks_for():
    parts = split("palavra " * 8192, 4096)
    assert [len(part) for part in parts] == [4095] * 16

"""The rule book."""

import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import BadPattern, Book, check_pattern
from tests.bot.library import rule


def first(book: Book, text: str, channel: str = "", *, is_open: bool = True) -> str | None:
    found = book.for_text(text, channel, is_open=is_open)
    return found.id if found else None


def test_a_keyword_is_a_whole_word_without_case_and_accents() -> None:
    book = Book([rule(pattern="promoção, frete grátis")])
    assert first(book, "Tem PROMOCAO hoje?") == "r1"
    assert first(book, "quero frete gratis!") == "r1"
    assert first(book, "promocoes") is None
    assert first(book, "frete caro e brinde grátis") is None


def test_the_keyword_star_matches_every_text() -> None:
    assert first(Book([rule(pattern="*")]), "qualquer coisa") == "r1"


def test_an_expression_is_found_anywhere_in_the_text_as_it_was_written() -> None:
    book = Book([rule(trigger="regex", pattern=r"pedido\s+#?\d{4}\b")])
    assert first(book, "cadê o PEDIDO #1234?") == "r1"
    assert first(book, "cadê o pedido?") is None


def test_f42_the_end_of_a_text_that_was_cut_is_not_the_end_of_the_text() -> None:
    book = Book([rule(trigger="regex", pattern=r"^(a+)+$")])
    assert first(book, "a" * 50) == "r1"
    assert first(book, "a" * 5000 + "!") is None


@pytest.mark.parametrize("pattern", [" , ,", ",", "\n,"])
def test_f43_a_list_of_no_keywords_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        check_pattern("keyword", pattern)


def test_f45_the_order_is_priority_then_id() -> None:
    book = Book(
        [
            rule("c", priority=5),
            rule("b", priority=10),
            rule("a", priority=10, trigger="regex", pattern="pix"),
        ]
    )
    assert first(book, "pix") == "c"
    assert first(Book([rule("b", priority=1), rule("a", priority=1)]), "pix") == "a"
    assert first(Book([rule("b"), rule("a", trigger="regex", pattern="p.x")]), "pix") == "a"


def test_a_rule_of_another_channel_is_passed_over() -> None:
    book = Book([rule("a", channels=frozenset({"whatsapp"})), rule("b")])
    assert first(book, "pix", "telegram") == "b"
    assert first(book, "pix", "whatsapp") == "a"


def test_situations_take_their_place_among_the_texts() -> None:
    book = Book(
        [
            rule("late", trigger="out_of_hours", pattern="", priority=2),
            rule("pix", priority=1),
            rule("sticker", trigger="no_text", pattern="", priority=3),
        ]
    )
    assert first(book, "pix", is_open=False) == "pix"
    assert first(book, "frete", is_open=False) == "late"
    assert first(book, "frete") is None
    assert first(book, "") == "sticker"
    assert first(book, "  ", is_open=False) == "late"


def test_a_button_is_answered_by_the_rule_with_its_payload_only() -> None:
    book = Book([rule("menu", trigger="payload", pattern="menu"), rule("word", pattern="menu")])
    pressed = book.for_payload("menu", "")
    assert pressed is not None
    assert pressed.id == "menu"
    assert book.for_payload("other", "") is None
    assert first(book, "menu") == "word"


def test_rules_that_only_tag_never_decide_and_all_of_them_tag() -> None:
    book = Book(
        [
            rule("a", action="tag", tags=("vip", "pix"), reply="", priority=1),
            rule("b", action="tag", tags=("pix", "late"), trigger="out_of_hours", pattern=""),
            rule("c", action="tag", tags=("pressed",), trigger="payload", pattern="p"),
            rule("d", priority=9),
        ]
    )
    assert first(book, "pix") == "d"
    assert book.tags("pix", None, "", is_open=True) == ("vip", "pix")
    assert book.tags("pix", "p", "", is_open=False) == ("vip", "pix", "late", "pressed")
    assert book.for_payload("p", "") is None


@pytest.mark.parametrize(
    ("trigger", "pattern", "position"),
    [
        ("regex", "", None),
        ("regex", "   ", None),
        ("keyword", "", None),
        ("payload", "", None),
        ("keyword", "pix, ?!", 5),
        ("regex", "pix(abc", 3),
        ("regex", "pix[z-a]", 4),
        ("regex", "a**", 1),
        ("regex", "x(?=y)", 1),
        ("regex", r"(a)\1", 3),
        ("regex", "a{1001}", 1),
        ("regex", "a\ud800", 1),
        ("regex", "x" * 4097, 4096),
    ],
)
def test_f43_a_pattern_that_cannot_be_used_is_refused_with_the_place_of_the_fault(
    trigger: str, pattern: str, position: int | None
) -> None:
    with pytest.raises(BadPattern) as refused:
        check_pattern(trigger, pattern)
    assert refused.value.position == position


def test_f43_a_pattern_that_would_take_too_much_memory_is_refused() -> None:
    with pytest.raises(BadPattern):
        check_pattern("regex", r"((\pL{100}){100}){10}")


@pytest.mark.parametrize("trigger", ["no_text", "out_of_hours"])
def test_situations_need_no_pattern(trigger: str) -> None:
    assert check_pattern(trigger, "") is None


def test_f42_an_expression_that_would_backtrack_for_ever_takes_no_time() -> None:
    evil = [
        rule(str(n), trigger="regex", pattern=p) for n, p in enumerate([r"^(a+)+$", r"(x|x)*y"])
    ]
    book = Book(evil)
    started = time.perf_counter()
    assert first(book, "a" * 2000 + "!" + "x" * 2000) is None
    assert time.perf_counter() - started < 0.05


def test_f42_expressions_look_at_the_first_4_kb_only() -> None:
    book = Book([rule(trigger="regex", pattern="agulha")])
    assert first(book, "ç" * 2000 + " agulha") == "r1"
    assert first(book, "ç" * 2045 + " agulha") is None


def _words(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    return [
        "".join(chance.choices(string.ascii_lowercase, k=chance.randint(4, 9)))
        for _ in range(count)
    ]


def test_f43_ten_thousand_rules_match_in_less_than_50_ms() -> None:
    words = _words(10_000, 1)
    rules = [
        rule(f"{n:05}", pattern=f"{word}, {word} {words[n - 1]}")
        if n % 2
        else rule(f"{n:05}", trigger="regex", pattern=rf"{word}\s+(de\s+)?\d+")
        for n, word in enumerate(words)
    ]
    book = Book(rules)
    texts = [" ".join(_words(12, seed)) for seed in range(100)]
    times = []
    for text in texts:
        started = time.perf_counter()
        book.for_text(text, "", is_open=True)
        times.append(time.perf_counter() - started)
    assert sorted(times)[94] < 0.05
    assert first(book, f"quero {words[9_998]} de 15") == "09998"
    assert first(book, f"quero {words[9_999]}!") == "09999"


def test_a_prefilter_never_hides_a_match() -> None:
    patterns = [rf"{word}.*{word[::-1]}" for word in _words(1_200, 3)] + [r"\d{3}", "^fim$"]
    book = Book([rule(f"{n:05}", trigger="regex", pattern=p) for n, p in enumerate(patterns)])
    sole = [Book([rule(f"{n:05}", trigger="regex", pattern=p)]) for n, p in enumerate(patterns)]
    for number in (0, 499, 500, 700, 1_199):
        word = _words(1_200, 3)[number]
        text = f"{word} e {word[::-1]}".upper()
        assert first(book, text) == next(filter(None, (first(one, text) for one in sole)))
    assert first(book, "são 123") == "01200"
    assert first(book, "FIM") == "01201"


@given(st.text(max_size=200), st.booleans())
def test_any_text_can_be_matched(text: str, is_open: bool) -> None:
    book = Book([rule("a"), rule("b", trigger="regex", pattern=r"\w+\s"), rule("c", pattern="*")])
    found = book.for_text(text, "", is_open=is_open)
    assert (found is None) == (not text.strip())

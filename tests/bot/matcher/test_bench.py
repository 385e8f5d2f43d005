"""The scripts that time the matcher and its peers. Nothing here looks at how long anything took."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.matcher.folding import fold
from scripts import baseline_matchers, bench_matcher
from scripts.bench_matcher import Figures
from scripts.benchmarks import matcher_contender, matcher_start
from scripts.benchmarks.made_up_library import LANGUAGES, library, messages
from tests.bot.matcher.library import LIBRARY

BASELINES = ("token_sort_ratio", "wratio", "tfidf", "bm25")


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_answers_an_evaluator(name: str) -> None:
    make: Callable[..., Any] = getattr(baseline_matchers, name)
    match = make(
        [
            {"faq_id": faq.id, "question": faq.question, "alternatives": faq.alternatives}
            for faq in LIBRARY
        ]
    )
    found, score = match("Oi! academia tem piscina")
    assert found == "pool.pt"
    assert score > match("academia tem estacionamento coberto para caminhão")[1]


@pytest.mark.parametrize("name", ["tfidf", "bm25"])
def test_a_baseline_says_so_when_nothing_is_like_the_message(name: str) -> None:
    make: Callable[..., Any] = getattr(baseline_matchers, name)
    match = make([{"faq_id": "1", "question": "horário de atendimento", "alternatives": []}])
    assert match("東京") == (None, 0.0)
    assert match("") == (None, 0.0)


@pytest.mark.parametrize("name", sorted(bench_matcher.CONTENDERS))
def test_every_contender_is_measured(name: str) -> None:
    found = Figures(**matcher_contender.measured(name, 120, 20))
    assert found.messages == 20
    assert 0 < found.p50 <= found.p99
    assert found.built > 0


def test_the_table_prints_every_contender_with_its_ratios_to_the_matcher() -> None:
    figures = dict.fromkeys(bench_matcher.CONTENDERS, Figures(1.0, 20.0, 4.0, 9.0, 50))
    lines = bench_matcher.table(figures | {"matcher": Figures(2.0, 30.0, 0.5, 3.0, 400)})
    assert [line.strip().split("  ")[0] for line in lines[1:]] == list(
        bench_matcher.CONTENDERS.values()
    )
    assert lines[1].split()[-4:] == ["1.00", "1.00", "1.00", "400"]
    assert {tuple(line.split()[-4:]) for line in lines[2:]} == {("0.50", "8.00", "3.00", "50")}


def test_a_bench_runs_each_contender_in_a_process_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bench_matcher.bench(60, 12, names=("matcher", "bm25"))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "60 phrasings"
    assert [line.split()[0] for line in said[2:]] == ["matcher", "bm25s"]


def test_the_start_from_a_stored_index_is_measured(tmp_path: Path) -> None:
    file = tmp_path / "index"
    matcher_start.store(120, file)
    found = matcher_start.load(120, file)
    assert found["stored"] == file.stat().st_size / 1e6
    assert 0 < found["imported"] < found["started"]


def test_made_up_libraries_are_the_same_every_time_and_as_long_as_real_phrasings() -> None:
    faqs = library(random.Random(7), 600)
    assert faqs == library(random.Random(7), 600)
    assert {faq.language for faq in faqs} == {language.code for language in LANGUAGES}
    published = [text for faq in faqs for text in (faq.question, *faq.alternatives)]
    assert len(published) == 600
    assert all(6 <= len(text.split()) <= 12 for text in published)


def test_messages_are_not_what_is_published() -> None:
    faqs = library(random.Random(7), 600)
    published = {fold(text) for faq in faqs for text in (faq.question, *faq.alternatives)}
    asked = messages(random.Random(8), faqs, 100)
    assert len(asked) == 100
    assert not published & {fold(text) for text in asked}

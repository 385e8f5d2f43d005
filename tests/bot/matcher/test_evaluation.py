"""The matcher behind an evaluator's interface, and its constants."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.matcher.calibration import confidences, load, shipped
from bot.matcher.evaluation import make_matcher
from bot.matcher.evidence import EVIDENCE
from bot.matcher.reading import MEASURES
from tests.bot.matcher.library import LIBRARY

ROOT = Path(__file__).resolve().parents[3]
KB = [
    {
        "faq_id": entry.id,
        "question": entry.question,
        "alternatives": list(entry.alternatives),
        "keywords": [],
        "language": entry.language,
    }
    for entry in LIBRARY
]


def test_an_evaluator_gets_the_best_guess_with_its_confidence() -> None:
    match = make_matcher(KB)
    faq, score = match("que horas abre a pisicna")
    assert faq == "pool.pt"
    assert 0.65 < score <= 1
    assert match("???") == (None, 0.0)


def test_the_matcher_needs_no_django() -> None:
    code = (
        "import sys; import bot.matcher.evaluation as e;"
        "print(e.make_matcher([{'faq_id': 'a', 'question': 'olá mundo'}])('mundo')[0]);"
        "print('django' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env={}
    )
    assert ran.stdout.split() == ["a", "False"]


def test_confidence_rises_with_scores_margins_and_coverage() -> None:
    low, high = shipped().low, shipped().high
    less = (low + high) / 2
    more = less.copy()
    for column, name in enumerate(EVIDENCE):
        if name in MEASURES or name.endswith("_margin") or name in ("odds", "coverage", "met"):
            less[column], more[column] = low[column], high[column]
    worse, better = confidences(np.stack((less, more)))
    assert worse < 0.05
    assert better > 0.9


def test_evidence_beyond_what_was_fitted_counts_as_its_limit() -> None:
    high = shipped().high
    found = confidences(np.stack((high * 10 + 10, high)))
    assert found[0] == found[1]


def test_constants_without_a_feature_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "constants.json"
    path.write_text(json.dumps({"bias": 0, "features": {}}))
    with pytest.raises(KeyError):
        load(path)

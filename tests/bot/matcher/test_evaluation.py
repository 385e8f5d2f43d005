"""The matcher behind an evaluator's interface, and its constants."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.matcher.calibration import SHIPPED, Evidence, confidence, load
from bot.matcher.evaluation import make_matcher
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
    assert 0.58 < score <= 1
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


def test_confidence_rises_with_score_margin_and_coverage() -> None:
    middle = Evidence(
        *((low + high) / 2 for low, high in zip(SHIPPED.low, SHIPPED.high, strict=True))
    )
    for name in ("score", "margin", "odds", "coverage", "known"):
        limits = (SHIPPED.low, SHIPPED.high)
        low, high = (limit[Evidence._fields.index(name)] for limit in limits)
        assert confidence(middle._replace(**{name: low})) < confidence(
            middle._replace(**{name: high})
        )


def test_evidence_beyond_what_was_fitted_counts_as_its_limit() -> None:
    beyond = Evidence(*(value * 10 + 10 for value in SHIPPED.high))
    assert confidence(beyond) == confidence(Evidence(*SHIPPED.high))


def test_constants_without_a_feature_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "constants.json"
    path.write_text(json.dumps({"bias": 0, "features": {}}))
    with pytest.raises(KeyError):
        load(path)

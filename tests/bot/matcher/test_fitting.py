"""The scripts that fit, compare and time the matcher run on data of one's own."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.matcher.calibration import confidences, constants_of
from bot.types import Faq
from scripts import fit_calibration
from scripts.benchmarks.made_up_library import library
from tests.bot.matcher.library import LIBRARY


def write_set(folder: Path, faqs: Sequence[Faq], outside: Sequence[Faq]) -> None:
    """A set whose messages are each FAQ's last two phrasings, and the questions of other FAQs."""
    folder.mkdir()
    kb = [
        {
            "faq_id": faq.id,
            "question": faq.question,
            "alternatives": faq.alternatives[:-2],
            "keywords": [],
            "language": faq.language,
        }
        for faq in faqs
    ]
    queries = [{"text": text, "faq_id": faq.id} for faq in faqs for text in faq.alternatives[-2:]]
    queries += [{"text": faq.question, "faq_id": None} for faq in outside]
    for name, rows in (("kb_2", kb), ("queries", queries)):
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    faqs = library(random.Random(5), 180)
    write_set(tmp_path / "made_up", faqs[:15], faqs[15:])
    write_set(tmp_path / "gym", LIBRARY[:5], LIBRARY[5:])
    write_set(tmp_path / "gym_too", LIBRARY[3:], LIBRARY[:3])
    return tmp_path


def test_fitted_constants_are_surer_of_right_answers_than_of_wrong_ones(data: Path) -> None:
    cells = list(fit_calibration.cells(data))
    assert {cell.group for cell in cells} == {"made_up", "gym", "gym_too"}
    assert sum(cell.judged for cell in cells) == 3
    constants = constants_of(fit_calibration.fit(cells))
    right, wrong = [], []
    for cell in cells:
        for inputs, good in zip(cell.inputs[:, 0], cell.right[:, 0], strict=True):
            (right if good else wrong).append(confidences(inputs[None], constants)[0])
    assert sum(right) / len(right) > 0.5 > sum(wrong) / len(wrong)


def test_the_report_leaves_each_set_out_and_writes_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["fit_calibration.py", "--data", str(data)])
    shipped = (fit_calibration.ROOT / "bot/matcher/constants.json").read_bytes()
    fit_calibration.main()
    said = capsys.readouterr().out
    assert "leave one set out" in said
    assert "fitted on all" in said
    assert (fit_calibration.ROOT / "bot/matcher/constants.json").read_bytes() == shipped


def test_the_threshold_is_the_lowest_within_the_wrong_answers_allowed() -> None:
    scores = fit_calibration.np.linspace(1, 0.01, 100)
    right = fit_calibration.np.ones(100)
    right[[10, 20, 30, 40, 50, 60, 70]] = 0
    assert fit_calibration.threshold([(scores, right)]) == pytest.approx(scores[59])

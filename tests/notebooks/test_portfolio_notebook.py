"""The portfolio's notebook runs without an experiment, and with concluded ones."""

import json
import shutil
from pathlib import Path

import pytest

from app.trial import Trial

ROOT = Path(__file__).parents[2]


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    root = tmp_path / "project"
    (root / "notebooks").mkdir(parents=True)
    (root / "assay.toml").write_text("")
    shutil.copy(ROOT / "notebooks/11-ab-portfolio.ipynb", root / "notebooks")
    return Trial(root)


def result_of(trial: Trial) -> dict:
    (newest,) = sorted((trial.root / "runs/ab-portfolio").glob("2*/result.json"))[-1:]
    return json.loads(newest.read_text())


def test_it_says_that_there_is_nothing_and_what_earlier_ones_found(trial):
    trial.done("run", "ab-portfolio")
    empty = result_of(trial)
    assert empty["experiments"] == empty["past"] == empty["findings"] == []
    assert empty["brief"]["decision"]["title"] == "Register a first experiment"
    past = [
        {
            "experiment": f"e{i}", "metric": "CTR", "log_lift": 0.02 * i, "se": 0.02,
            "concluded_at": "2026-01-01", "shipped": i > 2, "volume": 1000.0,
        }
        for i in range(5)
    ]  # fmt: skip
    trial.write("past.json", json.dumps(past))
    trial.done("run", "ab-portfolio", "-p", "past=past.json")
    found = result_of(trial)
    assert [one["shipped"] for one in found["past"]] == [True, True, False, False, False]
    assert found["realised"]["corrected"]["value"] < found["realised"]["reported"]
    assert found["brief"]["title"].startswith("What was shipped adds")

"""A project of the test's own."""

from pathlib import Path

import pytest

from app.exports import as_lines
from app.trial import Trial
from app.turns import score, turn


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """An empty project."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "assay.toml").write_text('[project]\nname = "Trial"\n')
    return Trial(root)


@pytest.fixture
def filled(trial: Trial) -> Trial:
    """A project with twelve turns and their scores."""
    trial.write("turns.jsonl", as_lines(map(turn, range(12))))
    trial.write("scores.jsonl", as_lines(map(score, range(12))))
    trial.done("import", "turns.jsonl")
    trial.done("import", "scores.jsonl")
    return trial

"""Scores and goals at the command line."""

import csv
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.app.cli import main

GOALS = """# ours
goals:
  - name: Clear # of the board
    metric: clarity
    target: 4 # agreed in May
    by: 2026-06-28
"""


@pytest.fixture(scope="module")
def tables() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Twelve weeks, each item judged by a model and a person; the model becomes stricter by 0.8."""
    rng = np.random.default_rng(5)
    n = 84 * 6
    day = np.repeat(np.arange(84), 6)
    at = [datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(days=int(d)) for d in day]
    worth = rng.normal(4, 0.4, n)
    ids = [f"i{k}" for k in range(n)]
    parts = [
        pl.DataFrame(
            {
                "interaction_id": ids,
                "session_id": ids,
                "name": "clarity",
                "value": worth + rng.normal(0, 0.2, n) - drop * (day >= 56),
                "scale_low": 0.0,
                "scale_high": 6.0,
                "source": source,
                "judge_id": judge,
                "judged_at": at,
            }
        )
        for judge, source, drop in (
            ("anna", "human", 0.0),
            ("bela", "human", 0.0),
            ("robot", "model", 0.8),
        )
    ]
    turns = pl.DataFrame(
        {
            "interaction_id": ids,
            "occurred_at": at,
            "session_id": ids,
            "provider": np.where(np.arange(n) % 2, "one", "two"),
            "experiment_id": np.where(np.arange(n) % 3 == 0, "e1", None),
            "succeeded": rng.random(n) < 0.7,
        }
    )
    return pl.concat(parts), turns


@pytest.fixture
def assay(tmp_path: Path, tables, monkeypatch, capfd):
    for name, table in zip(("scores", "turns"), tables, strict=True):
        table.write_parquet(tmp_path / f"{name}.parquet")
    (tmp_path / "assay.toml").write_text("")
    (tmp_path / "params").mkdir()
    (tmp_path / "params/quality.yaml").write_text(
        "sets:\n  ours: {scores: scores.parquet, interactions: turns.parquet}\n"
    )
    (tmp_path / "params/metrics.yaml").write_text(
        "metrics:\n  Failures: {kind: mean, value: succeeded, better: down, unit: share}\n"
    )
    (tmp_path / "params/goals.yaml").write_text(GOALS)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["assay", "quality", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        told = capfd.readouterr()
        return int(stopped.value.code or 0), told.out, told.err

    return call


def test_trends_name_the_judge_who_moved_and_hold_the_judged_still(assay) -> None:
    code, out, _ = assay("trends", "--days", "28", "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert told["recent"] == ["2026-04-27", "2026-05-24"]
    assert told["before"] == ["2026-03-30", "2026-04-26"]
    assert {one["name"]: one["verdict"] for one in told["judges"]} == {
        "anna": "steady",
        "bela": "steady",
        "robot": "drifted",
    }
    (robot,) = (one for one in told["judges"] if one["name"] == "robot")
    assert robot["low"] <= -0.8 <= robot["high"]
    (clarity,) = told["scores"]
    assert (clarity["verdict"], clarity["judges"]) == ("steady", 2)
    assert clarity["low"] <= 0 <= clarity["high"]
    rows = list(csv.DictReader(assay("trends", "--format", "csv")[1].splitlines()))
    assert [row["name"] for row in rows] == ["clarity", "anna", "bela", "robot"]
    assert float(rows[0]["change"]) == clarity["change"]


def test_trends_may_be_of_a_provider_and_an_experiment(assay) -> None:
    _, out, _ = assay("trends", "--provider", "one", "--experiment", "e1", "--format", "md")
    assert "provider one; experiment_id e1" in out
    assert "| clarity | " in out
    code, _, err = assay("trends", "--provider", "three")
    assert code == 2
    assert "known: one, two" in err
    assert assay("trends", "--format", "pdf")[0] == 2
    assert "no set 'theirs'" in assay("trends", "--set", "theirs")[2]


def test_a_goal_is_set_beside_the_comments_and_its_state_is_told(assay) -> None:
    file = Path("params/goals.yaml")
    assert assay("goals", "set", "Clear", "--target", "2.5")[0] == 0
    assert file.read_text() == GOALS.replace("target: 4 #", "target: 2.5 #")
    code, out, _ = assay(
        *("goals", "set", "Fewer", "--metric", "Failures", "--target", "0.2"),
        *("--by", "2026-07-05", "--for", "provider=one", "--json"),
    )
    told = json.loads(out)
    assert (code, told["better"], told["changed"], told["whom"]) == (
        0,
        "down",
        False,
        "provider one",
    )
    assert told["probability"] < 0.2
    assert told["state"] == "off track"
    goals = json.loads(assay("goals", "list", "--json")[1])["goals"]
    assert [one["name"] for one in goals] == ["Clear", "Fewer"]
    table = assay("goals", "list")[1]
    assert "off track" in table
    assert "≤ 20" in table


def test_a_goal_that_cannot_be_is_refused_and_nothing_is_written(assay) -> None:
    file = Path("params/goals.yaml")
    wrong = {
        "known: Failures, clarity": ("--metric", "claritty", "--target", "4", "--by", "2026-07-05"),
        "--target, --by missing": ("--metric", "clarity"),
        "goal (New), by": ("--metric", "clarity", "--target", "4", "--by", "soon"),
        "expected COLUMN=VALUE": ("--metric", "clarity", "--target", "4", "--for", "planner"),
        "column 'team'": (
            *("--metric", "clarity", "--target", "4", "--by", "2026-07-05"),
            *("--for", "team=a"),
        ),
    }
    for message, options in wrong.items():
        code, _, err = assay("goals", "set", "New", *options)
        assert code == 2, message
        assert message in err
    assert file.read_text() == GOALS


def test_no_goals_yet_is_no_error(assay) -> None:
    Path("params/goals.yaml").unlink()
    assert "No goals yet" in assay("goals", "list")[1]
    assert (
        assay("goals", "set", "A", "--metric", "clarity", "--target", "3", "--by", "2026-07-05")[0]
        == 0
    )
    assert Path("params/goals.yaml").read_text().startswith("goals:\n  - name: A\n")

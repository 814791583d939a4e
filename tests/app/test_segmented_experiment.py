"""From segments to an experiment, by the commands: a treatment that works for one kind of user."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from app.trial import Trial

ROOT = Path(__file__).parents[2]
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
BEFORE, AFTER = 28, 14
USERS = 600
EFFECT = 0.25
"""Added to the chance of success, for users of long texts only."""

PARAMS = """sets:
  own:
    data: rows.parquet
    assignments: assigned.parquet
    unit: user_id
    time: occurred_at
    window: {{from: 2026-02-02, to: 2026-02-15}}
    experiment: trial
    members: {file}
    members_late: {late}
    metrics: [{{name: Success, kind: rate, value: succeeded, per_unit: any}}]
"""


def rows_of():
    """Two kinds of users in the days before; one trial each in the days of the experiment."""
    rng = np.random.default_rng(11)
    kind, arm = np.arange(USERS) % 2, np.arange(USERS) // 2 % 2
    rows = []
    for user in range(USERS):
        base = rng.normal(size=3) * 0.1 + kind[user] * 2.0
        for day in range(0, BEFORE, 2):
            drawn = np.exp(base + rng.normal(size=3) * 0.1)
            rows.append((f"u{user:03}", BEGIN + timedelta(days=day), *drawn, True, None))
        day = BEFORE + int(rng.integers(1, AFTER))
        won = rng.random() < 0.4 + EFFECT * kind[user] * arm[user]
        rows.append((f"u{user:03}", BEGIN + timedelta(days=day), *np.exp(base), bool(won), "trial"))
    names = ["user_id", "occurred_at", "input_tokens", "cost_usd", "latency_s", "succeeded"]
    found = pl.DataFrame(rows, schema=[*names, "experiment_id"], orient="row")
    assigned = pl.DataFrame(
        {
            "experiment_id": "trial",
            "unit_id": [f"u{user:03}" for user in range(USERS)],
            "variant": np.array(["control", "new"])[arm],
            "assigned_at": BEGIN + timedelta(days=BEFORE),
        }
    )
    tokens = pl.col("input_tokens").mul(1000).cast(pl.Int64)
    return found.with_columns(tokens, output_tokens=pl.lit(1)), assigned


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    for name in ("params", "notebooks"):
        (root / name).mkdir()
    for name in ("10-ab-test.ipynb", "40-segments.ipynb"):
        shutil.copy(ROOT / "notebooks" / name, root / "notebooks")
    (root / "assay.toml").write_text("")
    (root / "params" / "segments.yaml").write_text(
        "sets:\n  own: {data: rows.parquet, sessions: null, configurations: null, rules: null, "
        "days: 28, method: k-means, segments: 2,\n    "
        "features: [tokens, cost, latency]}\n"
    )
    rows, assigned = rows_of()
    rows.write_parquet(root / "rows.parquet")
    assigned.write_parquet(root / "assigned.parquet")
    return Trial(root)


@pytest.fixture(scope="module")
def known(trial):
    trial.done("segment", "assign", "--as-of", "2026-02-01", "--out", "members.parquet")
    return pl.read_parquet(trial.root / "members.parquet")


def experiment(trial, file, late="false"):
    params = PARAMS.format(file=file, late=late)
    (trial.root / "params" / "ab-test.yaml").write_text(params)
    said = trial.run("run", "ab-test", "--set", "own", "--out", trial.root / "out")
    if said.code:
        return said, None
    return said, json.loads((trial.root / "out" / "result.json").read_text())


def test_who_it_works_for_is_told_by_segments_of_the_days_before(trial, known):
    kinds = known.select(pl.col("entity").str.slice(1).cast(int) % 2, "segment").unique()
    assert kinds.height == 2
    _, result = experiment(trial, "members.parquet")
    (pooled,) = result["pooled"]
    assert pooled["column"] == "segment"
    assert pooled["interaction"]["differs"]
    assert result["members"] == {
        "column": "segment",
        "as_of": "2026-02-01",
        "first": "2026-02-02",
        "late": False,
    }
    effects = {
        one["segment"]: one["comparison"]["difference"]
        for one in result["segments"]
        if one["comparison"]["metric"] == "Success"
    }
    works, idle = sorted(effects.values(), key=lambda one: -one["value"])
    assert works["low"] > 0
    assert works["low"] < EFFECT < works["high"]
    assert idle["low"] < 0 < idle["high"]
    page = (trial.root / "out" / "notebook.ipynb").read_text()
    assert "before the first unit was exposed" in page
    assert [one["name"] for one in result["sources"]] == ["data", "members", "assignments"]


def test_segments_of_days_of_the_experiment_are_refused_or_warned_of(trial, known):
    known.with_columns(as_of=pl.lit("2026-02-10")).write_csv(trial.root / "late.csv")
    said, _ = experiment(trial, "late.csv")
    assert said.code == 3
    assert "units exposed from 2026-02-02 on" in said.err
    _, result = experiment(trial, "late.csv", late="true")
    assert result["members"]["late"]
    assert "the treatment may have decided" in (trial.root / "out" / "notebook.ipynb").read_text()

"""Every change that is planted in the sample is told, in the interval of its date, and no other."""

import json

import polars as pl
import pytest

from assay.analysis.trends import Question, assess
from assay.data.read import scan
from assay.features.watched import watched

PLANTED = {
    "Latency p50 · planner": [("2026-08-18", 0.4), ("2026-09-15", 1 / 1.4 - 1)],
    # Models were given other shares of the work (data/simulate/platform.py); sizes follow from that.
    "Latency p50 · reviewer": [("2026-07-20", None), ("2026-10-12", None)],
    "Cost · reviewer": [("2026-07-20", None), ("2026-09-01", None), ("2026-10-12", None)],
    "Cost · researcher": [("2026-09-22", None)],
    "Cost · concierge": [("2026-09-01", None)],
}
"""When what changed, and by how much."""
CALMER = {"Latency p50 · reviewer": "2026-07-20", "Cost · researcher": "2026-09-22"}
"""Where a level that fell took the scatter around it along."""


@pytest.fixture(scope="module")
def told(sample_project):
    data = sample_project / "data" / "sample"
    truth = json.loads((data / "truth.json").read_text(encoding="utf-8"))
    regression = truth["events"]["latency_regression"]
    assert (regression["first_day"], regression["ratio"]) == ("2026-08-18", 1.4)
    assert truth["events"]["price_change"]["first_day"] == "2026-09-01"
    latency = {
        "kind": "quantile",
        "value": "latency_s",
        "quantile": 0.5,
        "better": "down",
        "unit": "s",
    }
    series = watched(
        scan(str(data / "interactions.parquet")),
        [
            {"name": "Latency p50", **latency},
            {"name": "Cost", "kind": "ratio", "numerator": "cost_usd", "unit": "USD"},
            {"name": "Success", "kind": "ratio", "numerator": "succeeded", "unit": "share"},
        ],
        every="day",
        time="occurred_at",
        by=["agent_id"],
        window={"from": truth["days"]["first"], "to": truth["days"]["last"]},
    )
    return assess(series, Question(workers=1, horizon=7, told=1))


def test_every_planted_change_is_found_and_no_other(told):
    found = {
        one.name: lasting
        for one in told.series
        if (lasting := [change for change in one.changes if change.kind != "variance"])
    }
    assert {name: len(changes) for name, changes in found.items()} == {
        name: len(days) for name, days in PLANTED.items()
    }
    for name, days in PLANTED.items():
        for change, (day, size) in zip(found[name], days, strict=True):
            assert change.first <= day <= change.last, (name, change)
            assert size is None or change.relative.low <= size <= change.relative.high


def test_scatter_is_less_only_where_the_level_fell(told):
    found = {
        one.name: change
        for one in told.series
        for change in one.changes
        if change.kind == "variance"
    }
    assert found.keys() == CALMER.keys()
    for name, day in CALMER.items():
        assert found[name].first <= day <= found[name].last
        assert found[name].size.high < 1


TABLES = {
    "measurements": {
        "time": "measured_at",
        "by": ["workload"],
        "metrics": [
            {"name": "Time", "kind": "mean", "value": "value", "unit": "s", "better": "down"}
        ],
        "every": "day",
        "keep": pl.col("metric") == "time",
    },
    "scores": {
        "time": "judged_at",
        "by": ["source"],
        "metrics": [{"name": "Score", "kind": "mean", "value": "value"}],
        "every": "week",
        "keep": pl.col("name") == "clarity",
    },
    "attempts": {
        "time": "attempted_at",
        "by": [],
        "metrics": [
            {"name": "Success", "kind": "rate", "value": "succeeded"},
            {"name": "Duration", "kind": "quantile", "value": "duration_s", "quantile": 0.9},
            {"name": "Hints", "kind": "ratio", "numerator": "hints"},
            {"name": "Cost", "kind": "count", "value": "cost_usd", "unit": "USD"},
        ],
        "every": "week",
        "keep": pl.lit(value=True),
    },
}


@pytest.mark.parametrize("table", TABLES)
def test_other_tables_are_read_and_told_alike(sample_project, table):
    asked = TABLES[table]
    rows = scan(str(sample_project / "data" / "sample" / f"{table}.parquet"))
    series = watched(
        rows.filter(asked["keep"]), asked["metrics"], every=asked["every"], time=asked["time"],
        by=asked["by"],
    )  # fmt: skip
    horizon = {"day": 7, "week": 4}[asked["every"]]
    question = Question(every=asked["every"], horizon=horizon, recent=4, workers=1)
    told = assess(series, question)
    assert all(one.refused == "" and one.outlook is not None for one in told.series)
    found = {one.name: one.changes for one in told.series if one.changes}
    if table == "measurements":
        truth = json.loads((sample_project / "data/sample/truth.json").read_text(encoding="utf-8"))
        slower = truth["events"]["slower_benchmark"]
        assert list(found) == [f"Time · {slower['workload']}"]
        (change,) = found[f"Time · {slower['workload']}"]
        assert change.first <= slower["first_day"] <= change.last
        assert change.relative.low <= slower["ratio"] - 1 <= change.relative.high
    else:
        assert found == {}


def test_breaks_of_one_cause_are_told_together(told):
    days = {group.names: group for group in told.together}
    price = days["Cost · concierge", "Cost · reviewer"]
    assert price.first <= "2026-09-01" <= price.last
    pairs = [
        group
        for group in told.together
        if set(group.names) == {"Latency p50 · reviewer", "Cost · reviewer"}
    ]
    assert len(pairs) == 2

"""Data as they come: from rows to the record, each says something sensible, or what is wrong."""

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.trends import Question, assess
from assay.core.errors import DataError, ParameterError
from assay.core.result import record
from assay.features.watched import watched

DAYS, PER_DAY = 60, 6
LATENCY = {"name": "Latency", "kind": "mean", "value": "latency_s", "unit": "s"}
MEDIAN = {"name": "Median", "kind": "quantile", "quantile": 0.5, "value": "latency_s", "unit": "s"}
SUCCESS = {"name": "Success", "kind": "rate", "value": "succeeded"}
PRICE = {"name": "Price", "kind": "ratio", "numerator": "cost_usd", "denominator": "tokens"}
COST = {"name": "Cost", "kind": "count", "value": "cost_usd", "unit": "USD"}
ROWS = {"name": "Rows", "kind": "count"}
PLACE = pl.int_range(pl.len())
WHOLE = {"window": {"from": date(2026, 1, 5), "to": date(2026, 3, 5)}}


def table(days=range(DAYS), **columns):
    """Six rows a day; of the table, all columns that are given anew."""
    rng = np.random.default_rng(3)
    first = datetime(2026, 1, 5, 2, tzinfo=UTC)
    at = [first + timedelta(days=int(d), hours=h) for d in days for h in range(PER_DAY)]
    n = len(at)
    return pl.DataFrame(
        {
            "occurred_at": at,
            "latency_s": rng.lognormal(0, 0.3, n),
            "succeeded": rng.random(n) < 0.8,
            "cost_usd": rng.lognormal(-4, 0.3, n),
            "tokens": rng.integers(10, 200, n),
            "agent_id": ["a", "b"] * (n // 2),
        },
        schema_overrides={"occurred_at": pl.Datetime("us", "UTC")},
    ).with_columns(**columns)


def once(column, value):
    return {column: pl.when(PLACE == 77).then(value).otherwise(column)}


def answer(frame, *metrics, question=None, **asked):
    """The only series, and the record is finite."""
    found = assess(
        watched(frame.lazy(), metrics, **({"every": "day", "time": "occurred_at"} | WHOLE | asked)),
        question or Question(every=asked.get("every", "day")),
    )
    record(found, kind="trend")
    return found.series[0]


@pytest.mark.parametrize(
    ("frame", "metric", "asked", "told"),
    [
        (table(latency_s=pl.lit(2.5)), LATENCY, {}, "all 60 periods have the same value"),
        (table(latency_s=pl.lit(0.0)), MEDIAN, {}, "all 60 periods have the same value"),
        (table(succeeded=pl.lit(value=True)), SUCCESS, {}, "all 60 periods have the same value"),
        (table(), ROWS, {}, "all 60 periods have the same value"),
        (table(range(3)), LATENCY, {}, "3 periods with a value, expected 20 or more"),
        (table(tokens=pl.lit(0)), PRICE, {}, "no period has a value"),
        (
            table(latency_s=pl.lit(None, dtype=pl.Float64)),
            LATENCY | {"missing": "exclude"},
            {},
            "no period has a value",
        ),
        (table().head(0), LATENCY, {}, "no row falls into these periods"),
        (
            table(),
            LATENCY,
            {"window": {"from": "2030-01-01", "to": "2030-03-01"}},
            "no row falls into these periods",
        ),
        (table(range(1)), LATENCY, {"window": None}, "no period is complete"),
    ],
)
def test_why_there_is_no_answer(frame, metric, asked, told):
    found = answer(frame, metric, **asked)
    assert (found.verdict, found.refused) == ("no answer", told)
    assert found.latest is found.outlook is found.comparison is None


def test_a_month_without_rows_is_a_gap_and_named():
    found = answer(table([*range(15), *range(45, 60)]), LATENCY)
    assert (found.periods, found.gaps) == (30, 30)
    assert "30 of them in a row: 2026-01-20 to 2026-02-18" in found.notes[0]
    gap = found.points[15:45]
    assert all(point.value is None and point.n == 0 for point in gap)
    assert not found.changes
    assert found.outlook.ahead[0].label == "2026-03-06"


def test_a_month_without_rows_at_the_end_has_no_forecast():
    found = answer(table(range(30)), LATENCY)
    assert found.outlook is None
    assert "no forecast: the last 30 periods have no value" in found.notes[-1]
    assert answer(table(range(40)), LATENCY).outlook is not None


def test_rows_that_are_there_twice_change_no_mean():
    one, both = answer(table(), LATENCY), answer(pl.concat([table(), table()]), LATENCY)
    assert both.n == 2 * one.n
    assert [p.value for p in both.points] == pytest.approx([p.value for p in one.points], rel=1e-12)


def test_another_zone_moves_rows_between_days_and_loses_none():
    late = answer(table(), ROWS, window=None, time_zone="Pacific/Kiritimati")  # UTC+14
    assert late.n + PER_DAY == DAYS * PER_DAY - PER_DAY  # the first and the last day are not whole
    split = answer(table(), ROWS, window=None, time_zone="America/Los_Angeles")  # UTC−8
    assert split.points[0].n == PER_DAY
    assert {point.n for point in answer(table(), ROWS, time_zone="Asia/Kolkata").points} == {6}


@pytest.mark.parametrize(("metric", "column"), [(LATENCY, "latency_s"), (COST, "cost_usd")])
def test_what_cannot_be_below_zero_is_told(metric, column):
    found = answer(table(**once(column, -1.0)), metric)
    assert found.notes[0].startswith(
        f"'{column}' is below zero in 1 row of the data, expected in none"
    )
    assert found.verdict == "steady"
    two = pl.when(PLACE % 80 == 77).then(-1.0).otherwise(column)
    assert "is below zero in 4 rows" in answer(table(**{column: two}), metric).notes[0]
    assert answer(table(), metric).notes == ()
    bare = answer(table(**once(column, -1.0)), metric | {"unit": "points"} | {"kind": "mean"})
    assert not [note for note in bare.notes if "below zero" in note]


@pytest.mark.parametrize("metric", [LATENCY, COST, PRICE])
def test_one_outlier_of_a_thousand_millions_is_told_and_moves_nothing(metric):
    usual = answer(table(), metric)
    found = answer(
        table(**once("latency_s", 1e9), cost_usd=once("cost_usd", 1e9)["cost_usd"]), metric
    )
    day = max(found.points, key=lambda point: point.value or 0.0).label
    (far,) = (note for note in found.notes if " as less far: " in note)
    assert day in far.partition(": ")[2]
    assert any("far outside all others set aside" in note for note in found.outlook.notes)
    assert not found.changes
    assert found.latest.value == pytest.approx(usual.latest.value, rel=0.1)
    assert found.outlook.ahead[0].value == pytest.approx(usual.outlook.ahead[0].value, rel=0.2)
    assert found.comparison is None or not found.comparison.sure


def test_days_of_few_rows_whose_own_errors_are_zero_do_not_rule_a_rate():
    found = answer(table(), SUCCESS)
    share = table()["succeeded"].mean()
    assert found.latest.value == pytest.approx(share, abs=0.1)
    assert 0 <= found.latest.low <= found.latest.high <= 1


@pytest.mark.parametrize(("day", "since"), [(2024, "2024-01-02"), (2028, "2026-03-06")])
def test_one_row_of_another_year_is_told(day, since):
    at = pl.when(PLACE == 3).then(datetime(day, 1, 1, tzinfo=UTC)).otherwise("occurred_at")
    found = answer(table(occurred_at=at), LATENCY, window=None)
    note = next(note for note in found.notes if "in a row" in note)
    assert f"in a row: {since} to" in note
    assert note.endswith("if it is a single row that lies so far off, set `window`")
    assert (found.outlook is None) == (day == 2028)


WRONG = [
    (table(latency_s=pl.lit(None, dtype=pl.Float64)), LATENCY, {}, "no value in 360 of 360 rows"),
    (table(latency_s=pl.lit(None)), LATENCY, {}, "holds no number that can be read"),
    (table(**once("latency_s", math.nan)), LATENCY, {}, r"no value in 1 of 360 rows .* 1 NaN"),
    (table(**once("latency_s", math.inf)), LATENCY, {}, "is infinite in 1 of 360 rows"),
    (table(**once("latency_s", -math.inf)), MEDIAN, {}, "is infinite in 1 of 360 rows"),
    (table(latency_s=pl.col("latency_s") * 1e300), LATENCY, {}, "too large .*\n.*larger unit"),
    (table(latency_s=pl.col("latency_s") * 1e150), LATENCY, {}, "within ±1e.100\n.*larger unit"),
    (table(latency_s=pl.lit("fast")), LATENCY, {}, "holds String, no number in 360 of 360 rows"),
    (table(succeeded=pl.lit(3)), SUCCESS, {}, "360 rows of 'succeeded' hold neither 0 nor 1"),
    (table(), LATENCY | {"value": "latncy_s"}, {}, "no column 'latncy_s'\n.*mean 'latency_s'"),
    (table(), LATENCY, {"by": ["agent"]}, "no column 'agent'\n.*mean 'agent_id'"),
    (table(), LATENCY, {"unit": "user"}, "no column 'user'"),
    (table(), LATENCY, {"time": "when"}, "no column 'when'"),
    (table(occurred_at=pl.lit("today")), LATENCY, {}, "holds String, expected dates or times"),
    (table(occurred_at=pl.when(PLACE > 3).then("occurred_at")), LATENCY, {}, "4 rows have no time"),
    (table().head(0), LATENCY, {"window": None}, "there is no series: no row falls into the time"),
    (table().head(0), LATENCY, {"by": ["agent_id"]}, "there is no series"),
    (table(), {"name": "x"}, {}, r"metrics\[0\]\['kind'\]: Field required"),
    (table(), LATENCY, {"every": "minute"}, "every='minute', expected hour or day or week"),
    (table(), LATENCY, {"time_zone": "Berlin"}, "'Berlin' is unknown\n.*Europe/Berlin"),
    (table(), LATENCY, {"window": {"from": "2026-03-01", "to": "2026-01-01"}}, "before it starts"),
    (table(), LATENCY, {"as_of": "soon"}, "as_of: "),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "metric", "asked", "told"), WRONG)
def test_what_is_wrong_is_told(frame, metric, asked, told):
    with pytest.raises((DataError, ParameterError), match=told):
        answer(frame, metric, question=Question(), **asked)


def test_no_metric_is_told():
    with pytest.raises(ParameterError, match="metrics is empty, expected one or more"):
        answer(table())


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"horizon": 6}, "horizon=6, expected a whole number from 7 to 90 of every='day'"),
        ({"horizon": 91}, "horizon=91"),
        ({"horizon": 7.5}, "horizon=7.5"),
        ({"horizon": math.nan}, "horizon=nan"),
        ({"every": "week", "horizon": 27, "recent": 4}, "from 1 to 26"),
        ({"every": "minute"}, "every='minute', expected hour or day or week or month"),
        ({"level": 1.0}, "alpha=0, expected"),
        ({"level": math.nan}, "alpha=nan"),
        ({"recent": 1}, "recent=1, expected 2 periods or more"),
        ({"told": 0}, "told=0, expected one series or more"),
        ({"workers": 0}, "workers=0, expected one process or more"),
    ],
)
def test_what_cannot_be_asked_is_told(asked, told):
    with pytest.raises(ParameterError, match=told):
        Question(**asked)

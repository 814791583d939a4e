"""Metrics by dimension as series: every kind of metric, table and period; bounds; the last one."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.core.errors import ParameterError
from assay.features.watched import watched

START = datetime(2026, 3, 1, tzinfo=UTC)


def rows(*, hours=24 * 10, every=1):
    at = [START + timedelta(hours=h) for h in range(0, hours, every)]
    h = np.arange(len(at))
    return pl.LazyFrame(
        {
            "at": at,
            "agent": np.where(h % 3 == 0, "a", "b"),
            "kind": np.where(h % 2 == 0, "x", "y"),
            "ok": h % 4 != 0,
            "cost": 0.01 * (1 + h % 5),
            "tokens": 10.0 * (1 + h % 5),
            "seconds": 1.0 + h % 24,
        }
    )


METRICS = {
    "mean": {"name": "m", "kind": "mean", "value": "cost", "unit": "USD"},
    "rate": {"name": "m", "kind": "rate", "value": "ok"},
    "ratio": {"name": "m", "kind": "ratio", "numerator": "cost", "denominator": "tokens"},
    "count": {"name": "m", "kind": "count"},
    "sum": {"name": "m", "kind": "count", "value": "cost", "unit": "USD"},
    "quantile": {"name": "m", "kind": "quantile", "value": "seconds", "quantile": 0.5, "unit": "s"},
}


def one(kind, every="day", **more):
    (found,) = watched(rows(), [METRICS[kind]], every=every, time="at", **more)
    return found


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("mean", lambda day: day["cost"].mean()),
        ("rate", lambda day: day["ok"].mean()),
        ("ratio", lambda day: day["cost"].sum() / day["tokens"].sum()),
        ("count", lambda day: day.height),
        ("sum", lambda day: day["cost"].sum()),
    ],
)
def test_each_kind_is_what_its_rows_say(kind, expected):
    found = one(kind)
    days = rows().collect().group_by(pl.col("at").dt.date(), maintain_order=True)
    by_day = {str(day): expected(part) for (day,), part in days}
    assert list(found.values) == pytest.approx([by_day[label] for label in found.labels])
    assert list(found.n) == [24] * len(found.labels)
    assert np.isfinite(found.errors).all()


def test_a_quantile_is_within_its_sketch():
    found = one("quantile")
    assert list(found.values) == pytest.approx([12.0] * len(found.labels), rel=0.01)
    assert found.quantile == 0.5


@pytest.mark.parametrize(("every", "label"), [("hour", "2026-03-02T05:00"), ("week", "2026-W10")])
def test_hours_and_weeks_have_labels_and_times_of_their_own(every, label):
    found = one("count", every)
    place = [text[: len(label)] for text in found.labels].index(label)
    expected = {"hour": datetime(2026, 3, 2, 5), "week": datetime(2026, 3, 2)}[every]  # noqa: DTZ001
    assert found.at[place] == expected


def test_every_group_of_any_columns_is_a_series():
    found = watched(rows(), [METRICS["rate"]], every="day", time="at", by=["agent", "kind"])
    assert [part.group for part in found] == [
        (("agent", a), ("kind", k)) for a in "ab" for k in "xy"
    ]


def test_a_period_that_is_not_over_is_kept_apart():
    cut = rows().filter(pl.col("at") < START + timedelta(days=8, hours=6))
    (found,) = watched(cut, [METRICS["count"]], every="day", time="at")
    assert found.labels[-1] == "2026-03-08"
    assert found.unfinished == ("2026-03-09", 6, 6.0)
    assert set(found.values) == {24.0}
    (whole,) = watched(cut, [METRICS["count"]], every="day", time="at", as_of=date(2026, 3, 9))
    assert (whole.labels[-1], whole.unfinished) == ("2026-03-09", None)


def test_a_day_without_rows_is_a_gap_and_no_zero():
    gone = rows().filter(pl.col("at").dt.day() != 4)
    (found,) = watched(gone, [METRICS["count"]], every="day", time="at")
    place = found.labels.index("2026-03-04")
    assert np.isnan(found.values[place])
    assert found.n[place] == 0


@pytest.mark.parametrize(
    ("kind", "bounds"),
    [
        ("rate", (0.0, 1.0)),
        ("count", (0.0, None)),
        ("mean", (0.0, None)),
        ("ratio", (None, None)),
        ("quantile", (0.0, None)),
    ],
)
def test_bounds_are_those_of_the_unit(kind, bounds):
    found = one(kind)
    assert (found.low, found.high) == bounds


def test_a_bound_that_the_data_cross_is_none():
    refunds = rows().with_columns(cost=-pl.col("cost"))
    (found,) = watched(refunds, [METRICS["mean"]], every="day", time="at")
    assert found.low is None


def test_a_quantile_of_too_few_units_is_a_gap():
    few = rows(every=8)  # three rows a day: none lies beyond their p95
    p95 = METRICS["quantile"] | {"quantile": 0.95}
    (found,) = watched(few, [p95], every="day", time="at")
    assert np.isnan(found.values).all()
    assert np.isnan(found.errors).all()
    assert found.thin == len(found.labels)
    (median,) = watched(few, [METRICS["quantile"]], every="day", time="at")
    assert median.thin == 0
    assert np.isfinite(median.values).all()


def test_what_is_no_metric_of_a_period_is_refused_by_name():
    with pytest.raises(ParameterError, match="metrics"):
        watched(rows(), [{"name": "m", "kind": "medal"}], every="day", time="at")
    with pytest.raises(ParameterError, match="window"):
        watched(rows(), [METRICS["count"]], every="day", time="at", window={"from": "soon"})

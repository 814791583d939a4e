import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.features.watched import watched
from features.day_tables import turns

COST = {"name": "Cost", "kind": "mean", "value": "cost_usd", "unit": "USD", "missing": "exclude"}
ROWS = {"name": "Rows", "kind": "count"}
TIMED = {"every": "day", "time": "occurred_at"}


def steady(days, last=None):
    """One row an hour; of the day after them, only so many hours."""
    first = datetime(2026, 1, 5, tzinfo=UTC)
    at = [first + timedelta(hours=i) for i in range(24 * days + (last or 0))]
    return pl.DataFrame({"occurred_at": at, "cost_usd": np.linspace(1, 2, len(at))})


def test_a_day_that_is_not_over_is_kept_apart_and_no_drop():
    (whole,) = watched(steady(20).lazy(), [ROWS], **TIMED, window={"from": date(2026, 1, 5)})
    (begun,) = watched(steady(20, 5).lazy(), [ROWS], **TIMED, window={"from": date(2026, 1, 5)})
    assert whole.values.tolist() == [24] * 19  # the last row comes at 23:00: the day is not over
    assert whole.unfinished == ("2026-01-24", 24, 24.0)
    assert begun.values.tolist() == [24] * 20
    assert begun.unfinished == ("2026-01-25", 5, 5.0)
    covered = {"window": {"from": date(2026, 1, 5), "to": date(2026, 1, 25)}}
    (told,) = watched(steady(20, 5).lazy(), [ROWS], **TIMED, **covered)
    assert told.values.tolist() == [24] * 20 + [5]  # who says that the day is covered is believed
    assert told.unfinished is None


@pytest.mark.parametrize(("every", "size"), [("hour", 20 * 24 - 1), ("day", 19), ("week", 2)])
def test_gaps_are_there_and_not_zero(every, size):
    frame = steady(20).filter(
        ~pl.col("occurred_at").dt.date().is_between(date(2026, 1, 10), date(2026, 1, 18))
    )
    (one,) = watched(
        frame.lazy(), [COST], every=every, time="occurred_at", window={"from": date(2026, 1, 5)}
    )
    assert (
        one.values.size == one.n.size == one.errors.size == len(one.labels) == len(one.at) == size
    )
    gap = np.isnan(one.values)
    assert (one.n[gap] == 0).all()
    assert (one.n[~gap] > 0).all()
    assert gap.sum() == {"hour": 9 * 24, "day": 9, "week": 1}[every]


def test_every_metric_of_every_group_has_its_own_numbers():
    frame = turns()
    metrics = [
        COST,
        {
            "name": "p90",
            "kind": "quantile",
            "quantile": 0.9,
            "value": "latency_s",
            "missing": "exclude",
        },
    ]
    found = watched(frame.lazy(), metrics, **TIMED, by=["agent_id"])
    assert [(one.metric, one.group) for one in found] == [
        (name, (("agent_id", agent),)) for name in ("Cost", "p90") for agent in ("a", "b")
    ]
    for one in found[:2]:
        ((_, agent),) = one.group
        for label, value, error, n in zip(one.labels, one.values, one.errors, one.n, strict=True):
            mine = frame.filter(
                (pl.col("agent_id") == agent)
                & (pl.col("occurred_at").dt.date() == date.fromisoformat(label))
            )["cost_usd"].drop_nulls()
            assert n == len(mine)
            assert value == pytest.approx(mine.mean(), rel=1e-12)
            assert error == pytest.approx(mine.std() / math.sqrt(n), rel=1e-9)


def test_no_rows_of_a_group_are_no_series():
    none = turns().head(0)
    asked = {"window": {"from": date(2026, 1, 5), "to": date(2026, 1, 20)}}
    assert watched(none.lazy(), [COST], **TIMED, **asked, by=["agent_id"]) == ()
    (one,) = watched(none.lazy(), [COST], **TIMED, **asked)
    assert np.isnan(one.values).all()


def test_bounds_are_those_of_the_unit_unless_the_data_cross_them():
    def ends(frame, **metric):
        (one,) = watched(frame.lazy(), [COST | metric], **TIMED)
        return one.low, one.high

    frame = turns()
    assert ends(frame) == (0.0, None)
    assert ends(frame, unit="points") == (None, None)
    assert ends(frame.with_columns(cost_usd=pl.col("cost_usd") - 9)) == (None, None)
    shares = frame.with_columns(cost_usd=pl.col("rating"))
    assert ends(shares, unit="share") == (0.0, 1.0)
    assert ends(shares.with_columns(cost_usd=pl.lit(2.0)), unit="share") == (0.0, None)


def test_computed_columns_are_looked_at_too():
    frame = turns()
    gain = COST | {"name": "Gain", "value": "cost_usd - 9"}
    plain, odd = watched(frame.lazy(), [COST, gain], **TIMED)
    assert plain.notes == ()
    assert odd.notes[0].startswith("'")
    assert "below zero in" in odd.notes[0]

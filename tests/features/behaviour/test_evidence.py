"""Counts and exposure behind behaviours: by hand, and how alike days are by simulation."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.behaviour import behaviour
from assay.features.behaviour.evidence import MEASURES, evidence
from assay.features.behaviour.excess import excess_of

DAY = timedelta(days=1)
START = datetime(2026, 3, 2, 10, tzinfo=UTC)


def rows(*visits):
    """One row per (user, day, failed)."""
    return pl.LazyFrame(
        [
            {
                "user_id": user,
                "occurred_at": START + day * DAY,
                "succeeded": not failed,
                "latency_s": 1.0 + day,
                "rating": 0.5,
            }
            for user, day, failed in visits
        ]
    )


def test_counts_and_exposure_are_those_of_the_days() -> None:
    found = evidence(
        rows(("a", 0, False), ("a", 0, True), ("a", 4, False), ("b", 6, False), ("c", 9, True)),
        ["days_per_week", "per_day", "errors", "tenure_days", "recency_days", "interactions"],
        as_of=date(2026, 3, 11),
    )
    assert found.entities == ("a", "b", "c")
    days = found.of("days_per_week")  # the first day is none that could have been without use
    assert (days.part.tolist(), days.whole.tolist()) == ([1, 0, 0], [9, 3, 0])
    assert days.values[:2] == pytest.approx([7 / 9, 0])
    assert np.isnan(days.values[2])
    assert found.of("per_day").values.tolist() == [1.5, 1, 1]
    assert found.of("errors").part.tolist() == [1, 0, 1]
    assert found.of("tenure_days").part.tolist() == [10, 4, 1]
    assert found.of("recency_days").part.tolist() == [5, 3, 0]
    assert found.of("interactions").part.tolist() == [3, 1, 1]


def test_who_was_seen_before_the_days_that_count_has_them_all_as_exposure() -> None:
    found = evidence(
        rows(("old", 0, False), ("old", 20, False), ("gone", 1, False), ("x", 27, False)),
        ["days_per_week", "tenure_days", "recency_days"],
        days=14,
    )
    assert found.entities == ("gone", "old", "x")
    assert found.of("tenure_days").part.tolist() == [14, 14, 1]
    assert found.of("days_per_week").whole.tolist() == [14, 14, 0]
    assert found.of("days_per_week").part.tolist() == [0, 1, 0]
    assert found.of("recency_days").part.tolist() == [26, 7, 0]


def test_independent_days_have_no_excess_and_alike_ones_have_theirs() -> None:
    """Binomial days: 1. Days of five that are all alike: five times the variance."""
    rng = np.random.default_rng(8)
    p = rng.beta(4, 4, 300)[:, None]
    each = rng.binomial(5, p, (300, 20)).astype(float)
    alike = 5.0 * rng.binomial(1, p, (300, 20))
    for y, wanted in ((each, 1.0), (alike, 5.0)):
        n = np.full_like(y, 5.0)
        sums = (y.sum(1), n.sum(1), (y * y).sum(1), (y * n).sum(1), (n * n).sum(1))
        assert excess_of("share", *sums) == pytest.approx(wanted, rel=0.06)
    y = rng.poisson(3.0, (300, 20)).astype(float)
    n = np.ones_like(y)
    sums = (y.sum(1), n.sum(1), (y * y).sum(1), (y * n).sum(1), (n * n).sum(1))
    assert excess_of("count", *sums) == pytest.approx(1, rel=0.06)
    assert excess_of("mean", *sums) == pytest.approx(3, rel=0.06)


def test_changes_are_per_day_since_first_seen() -> None:
    """The first day is none that was looked at, as in behaviours: 9 days of ten, none of one."""
    changes = pl.LazyFrame(
        {"user_id": ["a", "a", "z"], "changed_at": [START + DAY, START + DAY, START]}
    )
    found = evidence(rows(("a", 0, False), ("b", 9, False)), ["changes"], changes=changes)
    one = found.of("changes")
    assert (one.part.tolist(), one.whole.tolist()) == ([2, 0], [9, 0])


def test_changes_up_to_the_first_day_prepared_its_use() -> None:
    """Of days 1, 2 and 3, seen from 2 on: 3 where that is the first, 2 and 3 if in use before."""
    at = [START + day * DAY for day in (1, 2, 3)]
    changes = pl.LazyFrame({"user_id": ["a"] * 3 + ["old"] * 3, "changed_at": at + at})
    data = rows(("old", 0, False), ("a", 2, False), ("old", 9, False))
    one = evidence(data, ["changes"], changes=changes, days=8).of("changes")
    assert (one.part.tolist(), one.whole.tolist()) == ([1, 2], [7, 8])


@pytest.mark.parametrize("asked", [{}, {"as_of": date(2026, 3, 20), "days": 9}])
def test_changes_are_those_of_behaviours(asked) -> None:
    rng = np.random.default_rng(4)
    data = rows(
        *(
            (f"u{user}", int(day), False)
            for user in range(12)
            for day in rng.integers(0, 25, rng.integers(1, 6))
        )
    )
    changes = pl.LazyFrame(
        {
            "user_id": [f"u{user}" for user in rng.integers(0, 12, 200)],
            "changed_at": [START + int(hour) * DAY / 24 for hour in rng.integers(-80, 700, 200)],
        }
    )
    one = evidence(data, ["changes"], changes=changes, time_zone="Asia/Tokyo", **asked)
    told = behaviour(
        data,
        features=["changes"],
        configurations=changes,
        time_zone="Asia/Tokyo",
        least=1,
        **asked,
    ).sums
    assert told.height >= 5
    assert told["changes"].sum() > 0
    made = one.of("changes")
    for line in told.to_dicts():
        at = one.entities.index(line["entity"])
        assert (made.part[at], made.whole[at]) == (line["changes"], line["exposed_days"])


def test_changes_are_of_the_days_of_the_zone() -> None:
    """16:00 UTC on the last day of the data is the day after in Tokyo, on which nobody is seen."""
    late = START.replace(hour=16)
    changes = pl.LazyFrame({"user_id": ["a", "a"], "changed_at": [late + DAY, late + 4 * DAY]})
    data = rows(("a", 0, False), ("a", 4, False))
    told = [
        evidence(data, ["changes"], changes=changes, time_zone=zone).of("changes").part.tolist()
        for zone in ("UTC", "Asia/Tokyo")
    ]
    assert told == [[2], [1]]


def test_what_cannot_be_told_is_refused() -> None:
    data = rows(("a", 0, False), ("a", 3, False))
    with pytest.raises(ParameterError, match="no known error"):
        evidence(data, ["irregularity"])
    with pytest.raises(ParameterError, match="days_per_week"):
        evidence(data, ["days_per_weak"])
    with pytest.raises(DataError, match="cost"):
        evidence(data, ["cost"])
    with pytest.raises(DataError, match="configurations"):
        evidence(data, ["changes"])
    with pytest.raises(DataError, match="no row names"):
        evidence(data, ["errors"], as_of=date(2025, 1, 1))
    assert "irregularity" not in MEASURES

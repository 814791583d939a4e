import datetime as dt

import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError
from assay.features.arms import Design, summarise_arms
from features.arm_tables import COST, RATE, assigned, by_hand, visits
from features.engines import alike

PER_TOKEN = {"name": "r", "kind": "ratio", "numerator": "cost", "denominator": "tokens"}
EVERY = [RATE, COST, COST | {"name": "adjusted", "covariate": "tokens"}, PER_TOKEN]


def design(**changes):
    fixed = {"arm": "arm", "control": "A", "metrics": EVERY, "time": "at", "segments": ["where"]}
    return Design.of(**(fixed | changes))


def dated():
    """Assigned units with the time at which they were assigned: two a day."""
    start = dt.datetime(2026, 2, 1, 23, tzinfo=dt.UTC)
    return assigned().with_columns(
        assigned_at=pl.Series([start + dt.timedelta(hours=12 * i) for i in range(149)])
    )


@pytest.mark.parametrize("unit", [None, "user"])
def test_days_add_up_to_the_whole(unit):
    found = summarise_arms(visits().lazy(), design(unit=unit))
    assert [day.day for day in found.days] == sorted(day.day for day in found.days)
    for arm in "AB":
        assert sum(day.units.get(arm, 0) for day in found.days) == found.units[arm]
    for metric, arms in found.samples.items():
        for arm, whole in arms.items():
            parts = [d.samples[metric][arm] for d in found.days if arm in d.samples[metric]]
            together = sum(parts[1:], parts[0])
            assert (together.n, together.successes) == (whole.n, whole.successes)
            assert together.moments.mean == pytest.approx(whole.moments.mean, rel=1e-12)
            spread = [row[i] for i, row in enumerate(whole.moments.scatter)]
            mine = [row[i] for i, row in enumerate(together.moments.scatter)]
            assert mine == pytest.approx(spread, rel=1e-11)


def test_a_unit_belongs_to_the_day_of_its_first_row():
    frame = visits()
    first = {}
    for row in frame.iter_rows(named=True):
        first[row["user"]] = min(row["at"].date(), first.get(row["user"], dt.date.max))
    found = summarise_arms(frame.lazy(), design(unit="user"))
    for day in found.days:
        mine = [user for user, at in first.items() if at == day.day]
        assert sum(day.units.values()) == len(mine)


def test_a_unit_belongs_to_the_day_on_which_it_was_assigned():
    known = dated()
    asked = design(unit="user", metrics=[RATE, COST])
    found = summarise_arms(visits().lazy(), asked, assignments=known.lazy())
    days = known["assigned_at"].dt.date()
    assert [day.day for day in found.days] == sorted(set(days))
    for day in found.days:
        assert sum(day.units.values()) == (days == day.day).sum()
    assert sum(s.n for d in found.days for s in d.samples["solved"].values()) == 149


def test_the_column_that_says_when_units_were_exposed_goes_first():
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    exposed = pl.Series([start + dt.timedelta(days=x % 5) for x in visits()["user"]])
    frame = visits().with_columns(seen=exposed)
    found = summarise_arms(frame.lazy(), design(unit="user", exposure="seen", time=None))
    assert [sum(day.units.values()) for day in found.days] == [24] * 5
    assert (found.first, found.undated) == (None, 0)
    with pytest.raises(DataError, match="no table has the exposure column 'sene'"):
        summarise_arms(frame.lazy(), design(exposure="sene"))


def test_no_days_where_some_units_have_none():
    """Assigned units without rows have no first row: days of the others would leave them out."""
    asked = design(unit="user", metrics=[RATE])
    found = summarise_arms(visits().lazy(), asked, assignments=assigned().lazy())
    assert (found.days, found.undated) == ((), 30)
    assert summarise_arms(visits().lazy(), design(time=None)).days == ()


@pytest.mark.parametrize("unit", [None, "user"])
def test_values_are_those_of_the_moments(unit):
    found = summarise_arms(visits().lazy(), design(unit=unit))
    segments = [segment.samples for segment in found.segments]
    for samples in (found.samples, *segments, *(day.samples for day in found.days)):
        for arms in samples.values():
            for sample in arms.values():
                assert len(sample.values) == len(sample.moments.mean)
                assert {len(column) for column in sample.values} == {sample.n}
                for i, column in enumerate(sample.values):
                    assert column.mean() == pytest.approx(sample.moments.mean[i], rel=1e-12)
                if sample.n > 1:
                    expected = np.cov(np.vstack(sample.values)).reshape(len(sample.values), -1)
                    assert sample.moments.covariance(0, -1) == pytest.approx(
                        expected[0, -1], rel=1e-9, abs=1e-12
                    )


def test_values_are_per_unit_and_complete():
    frame = visits()
    rating = {"name": "r", "kind": "mean", "value": "rating", "missing": "exclude"}
    found = summarise_arms(frame.lazy(), design(unit="user", metrics=[rating]))
    hand = by_hand(frame, "rating", sum)
    for arm in "AB":
        mine = np.sort(found.samples["r"][arm].values[0])
        assert mine == pytest.approx(sorted(hand[arm]), rel=1e-12)


def test_values_come_in_the_same_order_however_the_rows_lie():
    one = summarise_arms(visits().lazy(), design(unit="user"))
    other = summarise_arms(
        visits().sample(fraction=1, shuffle=True, seed=3).lazy(), design(unit="user")
    )
    for metric, arms in one.samples.items():
        for arm, sample in arms.items():
            for mine, theirs in zip(sample.values, other.samples[metric][arm].values, strict=True):
                assert mine == pytest.approx(theirs, rel=1e-12)


def test_large_experiments_keep_no_values():
    rng = np.random.default_rng(5)
    frame = pl.DataFrame({"arm": ["A", "B"] * 20_000, "cost": rng.random(40_000)})
    asked = Design.of(arm="arm", control="A", metrics=[COST])
    assert summarise_arms(frame.lazy(), asked).samples["cost"]["A"].values is None
    fewer = frame.slice(1)
    assert len(summarise_arms(fewer.lazy(), asked).samples["cost"]["B"].values[0]) == 20_000


@pytest.mark.parametrize("unit", [None, "user"])
def test_the_same_on_duckdb(unit):
    duckdb = pytest.importorskip("duckdb")
    frame, known = visits(), dated()
    asked = design(unit=unit)
    alike(summarise_arms(frame.lazy(), asked), summarise_arms(duckdb.sql("from frame"), asked))
    if unit:
        asked = design(unit=unit, metrics=[RATE, COST])
        ours = summarise_arms(frame.lazy(), asked, assignments=known.lazy())
        theirs = summarise_arms(
            duckdb.sql("from frame"), asked, assignments=duckdb.sql("from known")
        )
        alike(ours, theirs)


def test_who_was_assigned_after_the_window_does_not_count():
    """Such units did nothing in it, and would be told as units to which nothing happened."""
    end = dt.date(2026, 3, 20)
    window = {"from": dt.date(2026, 1, 1), "to": end}
    found = summarise_arms(
        visits().lazy(),
        design(unit="user", window=window, metrics=[RATE], segments=[]),
        assignments=dated().lazy(),
    )
    due = dated().filter(pl.col("assigned_at").dt.date() <= end)
    assert 0 < due.height < 149
    assert sum(found.units.values()) <= due.height
    assert max(day.day for day in found.days) <= end

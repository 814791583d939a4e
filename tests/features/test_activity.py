"""Users' activity: counted once more by loops, in a zone whose clocks change, with bad rows."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features import activity
from assay.features.activity import gaps_of, in_spells, user_activity, watched_until

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def rows():
    """300 uses of 12 users around the night on which clocks go back, in UTC."""
    rng = np.random.default_rng(3)
    begin = datetime(2026, 10, 10, tzinfo=UTC)
    return pl.DataFrame(
        {
            "user_id": [f"u{k:02}" for k in rng.integers(0, 12, 300)],
            "occurred_at": [
                begin + timedelta(seconds=int(s)) for s in rng.integers(0, 40 * 86400, 300)
            ],
            "cost_usd": rng.gamma(2, 0.5, 300).round(4),
            "user_type": rng.choice(["a", "b"], 300),
        }
    ).with_columns(pl.col("occurred_at").cast(pl.Datetime("us", "UTC")))


@pytest.fixture(scope="module")
def given(rows):
    return user_activity(rows.lazy(), by="user_type", time_zone="Europe/Berlin")


def slow(rows, last):
    """What each user did on each local day, by a loop."""
    found = {}
    for row in rows.iter_rows(named=True):
        local = row["occurred_at"].astimezone(BERLIN)
        if local.date() <= last:
            found.setdefault(row["user_id"], []).append((local, row["cost_usd"], row["user_type"]))
    return {user: sorted(uses) for user, uses in sorted(found.items())}


def test_days_and_hours_are_local(rows, given):
    newest = rows["occurred_at"].max().astimezone(BERLIN).date()
    assert given.last == newest - timedelta(days=1)  # that of the last row is not over
    told = slow(rows, given.last)
    assert given.users["user"].to_list() == list(told)
    for who, uses in enumerate(told.values()):
        mine = given.days.filter(pl.col("who") == who)
        days = sorted({at.date() for at, _, _ in uses})
        assert mine["day"].to_list() == [(day - date(1970, 1, 1)).days for day in days]
        for row in mine.iter_rows(named=True):
            same = [u for u in uses if (u[0].date() - date(1970, 1, 1)).days == row["day"]]
            assert row["uses"] == len(same)
            assert row["spend"] == pytest.approx(sum(u[1] for u in same))
        cells = {}
        for at, _, _ in uses:
            cells[at.weekday(), at.hour] = cells.get((at.weekday(), at.hour), 0) + 1
        hours = given.hours.filter(pl.col("who") == who)
        assert {(r[1], r[2]): r[3] for r in hours.iter_rows()} == cells
        assert given.users["group"][who] == uses[0][2]  # of the first row
        assert given.users["days"][who] == len(days)


@pytest.mark.parametrize("block", [1, 5, 12])
def test_hours_are_those_of_a_loop_however_many_users_are_counted_at_once(
    rows, given, block, monkeypatch
):
    monkeypatch.setattr(activity, "_BLOCK", block)
    found = user_activity(rows.lazy(), by="user_type", time_zone="Europe/Berlin").hours
    told = Counter(
        (who, at.weekday(), at.hour)
        for who, uses in enumerate(slow(rows, given.last).values())
        for at, _, _ in uses
    )
    assert found.rows() == [(*cell, count) for cell, count in sorted(told.items())]


@pytest.mark.parametrize("every", ["day", "week", "month"])
def test_periods_are_those_of_the_calendar(rows, given, every):
    found = in_spells(given, every)
    begin = {
        "day": lambda day: day,
        "week": lambda day: day - timedelta(days=day.weekday()),
        "month": lambda day: day.replace(day=1),
    }[every]
    told = {
        (who, begin(at.date()))
        for who, uses in enumerate(slow(rows, given.last).values())
        for at, _, _ in uses
    }
    assert {
        (who, found.starts[k])
        for who, k in zip(found.who.tolist(), found.period.tolist(), strict=True)
    } == told
    assert found.starts[0] == begin(given.first)
    assert found.starts[-1] == begin(given.last)
    over = begin(given.last + timedelta(days=1)) != begin(given.last)
    assert found.complete == len(found.starts) - (not over)


def test_histories_are_as_they_stood_on_the_day(rows, given):
    until = date(2026, 11, 1)
    found = watched_until(given, until, within=7)
    told = slow(rows, given.last)
    names = list(told)
    assert found.who.tolist() == [
        k for k, name in enumerate(names) if told[name][0][0].date() <= until
    ]
    for k, who in enumerate(found.who.tolist()):
        days = sorted({at.date() for at, _, _ in told[names[who]]})
        before = [day for day in days if day <= until]
        assert found.repeats[k] == len(before) - 1
        assert found.last[k] == (before[-1] - before[0]).days
        assert found.age[k] == (until - before[0]).days
        assert found.later[k] == sum(until < day <= until + timedelta(days=7) for day in days)
        spent = [sum(c for at, c, _ in told[names[who]] if at.date() == day) for day in before[1:]]
        assert found.paid[k] == len(spent)
        if spent:
            assert found.spent[k] == pytest.approx(np.mean(spent))


def test_gaps_are_between_days(rows, given):
    gaps = gaps_of(given)
    for who, uses in enumerate(slow(rows, given.last).values()):
        days = sorted({at.date() for at, _, _ in uses})
        apart = [(b - a).days for a, b in pairwise(days)]
        row = gaps.row(who)
        assert row[1] == len(apart)
        assert row[2] == pytest.approx(sum(np.log(apart)))
        assert row[3] == sum(apart)


def test_rows_that_do_not_count_are_told(rows):
    bad = rows.with_columns(
        user_id=pl.when(pl.int_range(pl.len()) >= 5).then("user_id"),
        cost_usd=pl.when(pl.int_range(pl.len()) == 7)
        .then(-1.0)
        .when(pl.int_range(pl.len()) == 8)
        .then(float("nan"))
        .otherwise("cost_usd"),
        occurred_at=pl.when(pl.int_range(pl.len()) != 9).then("occurred_at"),
    )
    found = user_activity(bad.lazy(), end=date(2026, 11, 10))
    told = {one.reason.split(",")[0]: one.count for one in found.left_out}
    after = bad.filter(
        pl.col("user_id").is_not_null() & (pl.col("occurred_at").dt.date() > date(2026, 11, 10))
    ).height
    assert told["no user_id"] == 5
    assert told["no occurred_at"] == 1
    assert told["after 2026-11-10"] == after
    assert told["cost_usd below 0 or no number: the use counts"] == 2
    assert found.users["uses"].sum() == 300 - 5 - 1 - after


def test_without_costs_groups_or_zones_of_times(rows):
    plain = rows.select("user_id", pl.col("occurred_at").dt.replace_time_zone(None))
    found = user_activity(plain.lazy())
    assert found.users["spend"].null_count() == found.users.height
    assert set(found.users["group"]) == {""}
    days = user_activity(plain.with_columns(pl.col("occurred_at").dt.date()).lazy())
    assert days.days.select("who", "day").equals(found.days.select("who", "day"))
    assert watched_until(found, found.last).paid.sum() == 0


def test_what_cannot_be_counted_is_refused(rows):
    with pytest.raises(DataError, match="no column 'user'"):
        user_activity(rows.lazy(), "user")
    with pytest.raises(DataError, match="expected dates or times"):
        user_activity(rows.lazy(), time="cost_usd")
    with pytest.raises(ParameterError, match="unknown"):
        user_activity(rows.lazy(), time_zone="Mars/Phobos")
    with pytest.raises(DataError, match="no row names a user and a time"):
        user_activity(rows.head(0).lazy())
    with pytest.raises(DataError, match="no row is from 2026-01-01 or before"):
        user_activity(rows.lazy(), end=date(2026, 1, 1))
    with pytest.raises(DataError, match="name a later end"):
        user_activity(rows.head(1).lazy())
    with pytest.raises(ParameterError, match="expected day, week or month"):
        in_spells(user_activity(rows.lazy()), "year")

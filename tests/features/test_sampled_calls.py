"""Which calls are looked at: whole weeks, whole users, and what stands for a unit."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.core.errors import DataError
from assay.features.sampled_calls import GROUPS, sampled_calls
from assay.features.spending import spend_lines

START = datetime(2026, 6, 1, tzinfo=UTC)


def rows(days: int, per_day: int = 50, users: int | None = 300) -> pl.DataFrame:
    n = days * per_day
    frame = pl.DataFrame(
        {"occurred_at": [START + timedelta(days=i // per_day, minutes=i % 900) for i in range(n)]}
    )
    if users is None:
        return frame
    return frame.with_columns(user_id=pl.format("u{}", pl.int_range(pl.len()) * 7919 % users))


def test_the_newest_eight_weeks_count_week_by_week() -> None:
    found = sampled_calls(rows(100).lazy())
    assert (found.periods, found.days, found.unit, found.share) == (8, 56, "user", 1.0)
    assert found.last == date(2026, 9, 8)
    assert found.frame["period"].n_unique() == 8
    assert len(found.frame) == 56 * 50
    assert found.frame.group_by("period").len()["len"].unique().to_list() == [350]


def test_few_weeks_count_day_by_day() -> None:
    found = sampled_calls(rows(20).lazy())
    assert (found.periods, found.days) == (20, 20)


def test_of_many_calls_whole_users_are_left_out() -> None:
    whole = rows(56, per_day=200, users=3000)
    found = sampled_calls(whole.lazy(), most=2000)
    assert found.share == pytest.approx(1472 / 8192)
    assert found.frame["group"].n_unique() == GROUPS
    each = whole.group_by("user_id").len()["len"]
    assert found.frame.group_by("unit").len()["len"].max() == each.max()
    assert found.frame["unit"].n_unique() / 3000 == pytest.approx(found.share, abs=0.03)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_lines_tell_the_same_days_and_calls_as_scans(zone: str) -> None:
    frame = rows(60, per_day=100, users=3000).lazy()
    lines = spend_lines(frame, time_zone=zone)
    for asked in ({}, {"most": 2000}, {"first": date(2026, 7, 2), "last": date(2026, 7, 9)}):
        scanned = sampled_calls(frame, time_zone=zone, **asked)
        told = sampled_calls(frame, time_zone=zone, lines=lines, **asked)
        assert_frame_equal(told.frame, scanned.frame)
        assert (told.first, told.last, told.share) == (scanned.first, scanned.last, scanned.share)


def test_where_one_user_has_most_calls_sessions_are_the_units() -> None:
    frame = rows(56, users=None).with_columns(
        user_id=pl.when(pl.int_range(pl.len()) % 200 == 0).then(pl.lit("b")).otherwise(pl.lit("a")),
        session_id=pl.format("s{}", pl.int_range(pl.len()) // 4),
    )
    assert sampled_calls(frame.lazy()).unit == "session"
    assert sampled_calls(frame.drop("session_id").lazy()).unit == "request"


def test_columns_that_are_not_there_are_null_and_tokens_nought() -> None:
    frame = sampled_calls(rows(30).lazy()).frame
    assert frame["model"].null_count() == len(frame)
    assert frame["input_tokens"].sum() == 0
    assert not frame["tokens_known"].any()


def test_the_same_calls_come_from_another_engine() -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    table = rows(30).to_arrow()
    there = sampled_calls(duckdb.connect().from_arrow(table))
    here = sampled_calls(rows(30).lazy())
    assert there.frame.drop("at").equals(here.frame.drop("at"))


def test_no_call_in_time_is_told() -> None:
    with pytest.raises(DataError, match="no call has a time"):
        sampled_calls(rows(30).head(0).lazy())


def test_days_are_those_of_the_zone_that_is_asked_for() -> None:
    # 23:30 UTC on 30 June is 08:30 on 1 July in Tokyo, and 19:30 on 30 June in New York
    at = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    frame = pl.DataFrame({"occurred_at": [at + timedelta(days=k) for k in range(4)]}).lazy()
    tokyo = sampled_calls(frame, first=date(2026, 7, 2), time_zone="Asia/Tokyo")
    assert tokyo.frame["day"].to_list() == [date(2026, 7, 2), date(2026, 7, 3), date(2026, 7, 4)]
    assert (tokyo.first, tokyo.last) == (date(2026, 7, 2), date(2026, 7, 4))
    assert tokyo.frame["period"].to_list() == [0, 1, 2]
    york = sampled_calls(frame, last=date(2026, 7, 1), time_zone="America/New_York")
    assert york.frame["day"].to_list() == [date(2026, 6, 30), date(2026, 7, 1)]


def test_a_window_that_begins_before_the_data_has_their_days() -> None:
    found = sampled_calls(rows(10).lazy(), first=date(2020, 1, 1), last=date(2026, 6, 5))
    assert (found.first, found.last, found.days) == (date(2026, 6, 1), date(2026, 6, 5), 5)

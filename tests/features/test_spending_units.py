from datetime import date

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.features.spending import SPEND_COLUMNS, rolled, spend_lines
from assay.features.spending_units import unit_lines
from features.day_tables import turns


@pytest.fixture(scope="module")
def frame():
    return turns()


def test_random_groups_hold_whole_units_and_add_up_to_all_rows(frame):
    found = unit_lines(frame.lazy(), by=("agent_id",), buckets=16)
    assert found["bucket"].is_between(0, 15).all()
    assert found["bucket"].n_unique() > 8  # of 25 users
    whole = spend_lines(frame.lazy(), by=("agent_id",))
    keys = ["agent_id", "model", "logged"]
    assert_frame_equal(rolled(found, keys), rolled(whole, keys), rel_tol=1e-12)
    each = unit_lines(frame.lazy(), by=("user_id",), buckets=16)
    assert each.group_by("user_id").agg(pl.col("bucket").n_unique())["bucket"].max() == 1


def test_whoever_is_unknown_is_a_unit_by_session_or_row(frame):
    nobody = frame.with_columns(user_id=pl.lit(None, pl.String))
    found = unit_lines(nobody.lazy(), by=("session_id",), buckets=1 << 20)
    known = found.drop_nulls("session_id")
    assert known.group_by("session_id").agg(pl.col("bucket").n_unique())["bucket"].max() == 1
    lone = found.filter(pl.col("session_id").is_null())
    assert lone["bucket"].n_unique() == frame["session_id"].null_count()


def test_days_are_told_as_weeks_and_never_as_one_before_a_break(frame):
    breaks = (date(2026, 3, 27), date(2026, 4, 1))
    found = unit_lines(frame.lazy(), every="week", breaks=breaks)
    assert set(found["day"]) == {date(2026, 3, 27), date(2026, 3, 30), date(2026, 4, 1)}
    days = spend_lines(frame.lazy())
    before = days.filter(pl.col("day") < date(2026, 4, 1), pl.col("day") >= date(2026, 3, 30))
    mine = found.filter(pl.col("day") == date(2026, 3, 30))
    assert mine["requests"].sum() == before["requests"].sum()
    whole = unit_lines(frame.lazy(), breaks=breaks)
    assert set(whole["day"]) == set(breaks)
    months = unit_lines(frame.lazy(), every="month", breaks=breaks[:1])
    assert set(months["day"]) == {date(2026, 3, 27), date(2026, 4, 1)}


def test_duckdb_hashes_otherwise_and_adds_up_to_the_same(frame):
    with duckdb.connect() as engine:
        theirs = unit_lines(engine.from_arrow(frame), every="week", buckets=8)
    ours = unit_lines(frame.lazy(), every="week", buckets=8)
    assert theirs["bucket"].is_between(0, 7).all()
    keys = ["day", "provider", "model", "logged"]
    assert_frame_equal(rolled(theirs, keys), rolled(ours, keys), rel_tol=1e-11)
    assert list(SPEND_COLUMNS) == theirs.columns[-len(SPEND_COLUMNS) :]

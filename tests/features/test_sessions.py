import itertools
import math
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from assay.core.errors import DataError, ParameterError
from assay.features.sessions import SESSION_COLUMNS, sessions_by_gap, sessions_by_id
from features.day_tables import turns

START = datetime(2026, 5, 1, tzinfo=UTC)


def check(line, rows):
    """One session's row against the rows that it is of."""
    times = [row["occurred_at"] for row in rows]
    good = [row["occurred_at"] for row in rows if row["succeeded"]]
    assert (line["started_at"], line["ended_at"], line["turns"]) == (
        min(times),
        max(times),
        len(rows),
    )
    assert line["duration_s"] == pytest.approx((max(times) - min(times)).total_seconds(), abs=1e-6)
    assert line["successes"] == len(good)
    assert line["failures"] == sum(row["succeeded"] is False for row in rows)
    assert line["errors"] == sum(row["error_type"] is not None for row in rows)
    assert line["first_success_at"] == min(good, default=None)
    assert line["last_success_at"] == max(good, default=None)
    assert line["output_tokens"] == sum(row["output_tokens"] or 0 for row in rows)
    assert line["cost_usd"] == pytest.approx(
        math.fsum(row["cost_usd"] or 0 for row in rows), rel=1e-12
    )
    assert line["cost_n"] == sum(row["cost_usd"] is not None for row in rows)


def test_sessions_by_id_are_those_of_a_slow_count():
    frame = turns()
    lazy = sessions_by_id(frame.lazy())
    assert isinstance(lazy, pl.LazyFrame)
    found = lazy.collect()
    assert found.columns == list(SESSION_COLUMNS)
    groups = {}
    for row in frame.to_dicts():
        groups.setdefault(row["session_id"], []).append(row)
    assert len(found) == len(groups)
    for line in found.to_dicts():
        rows = groups[line["session_id"]]
        check(line, rows)
        users = {row["user_id"] for row in rows}
        assert line["user_id"] == (users.pop() if len(users) == 1 else None)


@pytest.mark.parametrize("minutes", [5, 60, 600])
def test_sessions_by_gap_are_those_of_a_walk_through_each_users_rows(minutes):
    frame = turns()
    found = sessions_by_gap(frame.lazy(), idle_minutes=minutes).collect()
    walks = {}
    for row in sorted(frame.to_dicts(), key=lambda row: row["occurred_at"]):
        mine = walks.setdefault(row["user_id"], [])
        if mine and row["occurred_at"] - mine[-1][-1]["occurred_at"] <= timedelta(minutes=minutes):
            mine[-1].append(row)
        else:
            mine.append([row])
    by_hand = {
        (user, part[0]["occurred_at"]): part for user, parts in walks.items() for part in parts
    }
    assert len(found) == len(by_hand) == found["session_id"].n_unique()
    for line in found.to_dicts():
        check(line, by_hand[line["user_id"], line["started_at"]])


@settings(max_examples=40)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_order_of_rows_and_ties_decide_nothing(minutes, random):
    rows = [{"user_id": "u", "occurred_at": START + timedelta(minutes=10 * m)} for m in minutes]
    shuffled = random.sample(rows, len(rows))
    one, other = (
        sessions_by_gap(pl.DataFrame(r).lazy(), idle_minutes=10).collect().sort("started_at")
        for r in (rows, shuffled)
    )
    assert_frame_equal(one, other)
    distinct = sorted(set(minutes))
    pauses = sum(b - a > 1 for a, b in itertools.pairwise(distinct))
    assert len(one) == pauses + 1


def test_ids_stay_when_later_rows_come():
    frame = turns().sort("occurred_at")
    before = sessions_by_gap(frame.head(300).lazy()).collect()
    after = sessions_by_gap(frame.lazy()).collect()
    assert set(before["session_id"]) <= set(after["session_id"])


def test_what_belongs_to_no_session_is_one_row_without_id():
    frame = turns(60).with_columns(
        user_id=pl.when(pl.int_range(60) % 7 > 0).then("user_id"),
        occurred_at=pl.when(pl.int_range(60) % 11 > 0).then("occurred_at"),
    )
    found = sessions_by_gap(frame.lazy()).collect()
    rest = found.filter(pl.col("session_id").is_null())
    stray = frame.filter(pl.col("user_id").is_null() | pl.col("occurred_at").is_null())
    assert (len(rest), rest["turns"].item()) == (1, len(stray))
    assert found["turns"].sum() == 60


def test_columns_that_are_not_there_are_null():
    frame = turns(30).select("session_id", "occurred_at", "user_id")
    for found in (sessions_by_id(frame.lazy()), sessions_by_gap(frame.lazy())):
        lines = found.collect()
        assert lines.columns == list(SESSION_COLUMNS)
        assert lines["cost_usd"].null_count() == lines["last_success_at"].null_count() == len(lines)
        assert lines.schema["last_success_at"] == lines.schema["started_at"]


def test_the_same_on_duckdb():
    frame = turns()
    with duckdb.connect() as engine:
        rows = engine.from_arrow(frame)
        for make in (sessions_by_id, sessions_by_gap):
            theirs = make(rows).pl().sort("started_at", "session_id")
            ours = make(frame.lazy()).collect().sort("started_at", "session_id")
            ends = pl.col("^.*_at$").dt.convert_time_zone("UTC")
            assert_frame_equal(ours, theirs.with_columns(ends), rel_tol=1e-12, check_dtypes=False)


def test_what_cannot_be_asked_is_told():
    frame = turns(9)
    for minutes in (0, -1, math.nan, math.inf):
        with pytest.raises(ParameterError, match="expected minutes above 0"):
            sessions_by_gap(frame.lazy(), idle_minutes=minutes)
    with pytest.raises(DataError, match="no column 'sesion'"):
        sessions_by_id(frame.lazy(), session="sesion")
    with pytest.raises(DataError, match="expected dates or times"):
        sessions_by_gap(frame.lazy(), time="model")

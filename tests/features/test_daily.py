from datetime import UTC, date, datetime
from itertools import pairwise

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from assay.core.errors import DataError, ParameterError
from assay.features.daily import DAILY_COLUMNS, daily_lines, merge_lines
from features.day_tables import lines_by_hand, turns


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
@pytest.mark.parametrize("by", [("agent_id", "model"), ()])
def test_lines_are_those_of_a_slow_count(zone, by):
    frame = turns()
    found = daily_lines(frame.lazy(), by=by, time_zone=zone)
    assert found.columns == ["day", *by, *DAILY_COLUMNS]
    assert {name: found.schema[name] for name in DAILY_COLUMNS} == DAILY_COLUMNS
    hand = lines_by_hand(frame, by, zone)
    assert len(found) == len(hand)
    for line in found.to_dicts():
        expected = hand[tuple(line[name] for name in ("day", *by))]
        for name, value in expected.items():
            assert line[name] == (value if value is None else pytest.approx(value, rel=1e-11))


def test_duckdb_finds_the_same_lines():
    frame = turns()
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'America/New_York'")  # its session's zone is not asked
        theirs = daily_lines(engine.from_arrow(frame), time_zone="Europe/Berlin")
    ours = daily_lines(frame.lazy(), time_zone="Europe/Berlin")
    assert_frame_equal(ours, theirs, rel_tol=1e-11)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=4), st.integers(0, 5))
def test_merged_lines_are_those_of_the_union(cuts, seed):
    frame = turns(300, seed=seed)
    ends = [0, *sorted(cuts), 300]
    parts = [frame[a:b] for a, b in pairwise(ends)]
    merged = merge_lines(*(daily_lines(part.lazy()) for part in parts))
    assert_frame_equal(merged, daily_lines(frame.lazy()), rel_tol=1e-10, abs_tol=1e-13)


def test_values_far_from_zero_keep_their_spread():
    frame = turns().with_columns(latency_s=pl.Series([1e9 + (i % 7) for i in range(600)]))
    (line,) = daily_lines(
        frame.with_columns(occurred_at=pl.lit(datetime(2026, 1, 1, tzinfo=UTC))).lazy(), by=()
    ).to_dicts()
    values = [i % 7 for i in range(600)]
    mean = sum(values) / 600
    assert line["latency_m2"] == pytest.approx(sum((x - mean) ** 2 for x in values), rel=1e-9)


def test_other_tables_have_their_own_columns():
    calls = pl.DataFrame(
        {
            "integration": ["search", "search", "mail"],
            "started_at": [datetime(2026, 5, d, tzinfo=UTC) for d in (1, 1, 2)],
            "duration_s": [1.0, 3.0, None],
            "succeeded": [True, False, None],
        }
    )
    one, two = daily_lines(calls.lazy(), table="calls", by=("integration",)).to_dicts()
    assert (one["day"], one["rows"], one["successes"], one["failures"]) == (
        date(2026, 5, 1),
        2,
        1,
        1,
    )
    assert (one["latency_n"], one["latency_mean"], one["latency_m2"]) == (2, 2.0, 2.0)
    assert (two["latency_n"], two["latency_mean"], two["cost_n"], two["cost_usd"]) == (
        0,
        None,
        0,
        0.0,
    )


def test_days_without_a_time_of_day_stay_the_days_that_they_are():
    frame = turns().with_columns(pl.col("occurred_at").dt.date())
    here = daily_lines(frame.lazy(), by=(), time_zone="America/New_York")
    assert_frame_equal(here, daily_lines(frame.lazy(), by=()))
    assert here["day"].to_list() == frame["occurred_at"].unique().sort().to_list()


def test_times_before_1970_fall_on_their_day():
    at = [datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)]
    frame = pl.DataFrame({"occurred_at": at})
    found = daily_lines(frame.lazy(), by=())
    assert found["day"].to_list() == [date(1969, 12, 31), date(1970, 1, 1)]
    with duckdb.connect() as engine:
        assert_frame_equal(found, daily_lines(engine.from_arrow(frame), by=()))


def test_rows_without_a_time_have_a_line_of_their_own():
    frame = turns(20).with_columns(
        occurred_at=pl.when(pl.col("input_tokens").is_not_null()).then("occurred_at")
    )
    found = daily_lines(frame.lazy(), by=(), time_zone="Europe/Berlin")
    assert found["rows"].sum() == 20
    assert found.filter(pl.col("day").is_null())["rows"].item() == frame["occurred_at"].null_count()


def test_no_rows_have_no_lines():
    found = daily_lines(turns().head(0).lazy(), time_zone="Europe/Berlin")
    assert (len(found), found.columns[0]) == (0, "day")
    assert len(merge_lines(found, found)) == 0


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"by": ("rows",)}, ParameterError, "names what a line holds"),
        ({"by": ("model", "model")}, ParameterError, "a column twice"),
        ({"by": ("modle",)}, DataError, "no column 'modle'"),
        ({"time_zone": "Mars/Base"}, ParameterError, "'Mars/Base' is unknown"),
        ({"table": "turns"}, ParameterError, "table 'turns' is unknown"),
        ({"table": "roles"}, ParameterError, "carry no time"),
        ({"time": "model"}, DataError, "holds String, expected dates or times"),
    ],
)
def test_what_cannot_be_asked_is_told(asked, error, told):
    with pytest.raises(error, match=told):
        daily_lines(turns(9).lazy(), **asked)


def test_infinite_values_are_told():
    frame = turns(9).with_columns(latency_s=pl.lit(float("inf")))
    with pytest.raises(DataError, match="'latency_s' holds infinite"):
        daily_lines(frame.lazy(), by=())


def test_lines_by_other_columns_do_not_merge():
    one, two = daily_lines(turns(9).lazy()), daily_lines(turns(9).lazy(), by=("model",))
    with pytest.raises(DataError, match="differ in agent_id, provider, service_tier"):
        merge_lines(one, two)

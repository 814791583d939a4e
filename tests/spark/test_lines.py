import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.features.cost_lines import cost_lines
from assay.features.daily import daily_lines
from assay.features.sketches import sketch_lines
from features.day_tables import turns

CLOSE = 1e-9


@pytest.fixture(scope="module")
def held(on_spark):
    frame = turns()
    return frame, on_spark(frame)


def test_daily_and_cost_lines_are_the_same_on_spark(held):
    frame, there = held
    for asked in ({"by": ("agent_id", "model"), "time_zone": "Europe/Berlin"}, {"by": ()}):
        ours, theirs = daily_lines(frame.lazy(), **asked), daily_lines(there, **asked)
        assert_frame_equal(ours, theirs, rel_tol=CLOSE)
    assert_frame_equal(cost_lines(frame.lazy()), cost_lines(there), rel_tol=CLOSE)


def test_times_without_a_zone_and_days_are_the_same_on_spark(on_spark):
    for kind in (pl.Datetime("us"), pl.Date):
        frame = turns(200).with_columns(pl.col("occurred_at").cast(kind))
        ours = daily_lines(frame.lazy(), by=(), time_zone="America/New_York")
        theirs = daily_lines(on_spark(frame), by=(), time_zone="America/New_York")
        assert_frame_equal(ours, theirs, rel_tol=CLOSE)


def test_sketches_are_the_same_on_spark(held):
    frame, there = held
    asked = {"by": ("model",), "time": "occurred_at", "time_zone": "Asia/Tokyo"}
    ours = sketch_lines(frame.lazy(), "latency_s", **asked)
    assert_frame_equal(ours, sketch_lines(there, "latency_s", **asked))

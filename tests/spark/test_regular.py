from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.features.entities import entities
from assay.features.series import series
from assay.features.sessions import sessions_by_gap, sessions_by_id
from assay.params import Metric
from features.day_tables import turns

CLOSE = 1e-9
PER_TOKEN = Metric(
    name="r", kind="ratio", numerator="cost_usd", denominator="output_tokens", missing="exclude"
)
LATENCY = Metric(name="latency", kind="mean", value="latency_s", missing="exclude")


@pytest.fixture(scope="module")
def held(on_spark):
    frame = turns()
    return frame, on_spark(frame)


def collected(frame, key):
    times = pl.col(pl.Datetime).dt.convert_time_zone("UTC")
    return pl.from_arrow(frame.toArrow()).with_columns(times).sort(key, nulls_last=True)


def test_series_are_the_same_on_spark(held):
    frame, there = held
    asked = {"by": ("model",), "time_zone": "Europe/Berlin"}
    for metric, more in (
        (PER_TOKEN, {"unit": "user_id", "every": "month"}),
        (LATENCY, {"quantile": 0.9, "every": "hour"}),
    ):
        ours = series(frame.lazy(), metric, **asked, **more)
        theirs = series(there, metric, **asked, **more)
        assert_frame_equal(ours, theirs, rel_tol=CLOSE)


def test_sessions_and_entities_stay_in_the_cluster_and_are_the_same(held):
    frame, there = held
    asked = {"as_of": date(2026, 4, 10), "time_zone": "Europe/Berlin", "quantiles": (0.5,)}
    pairs = [
        (sessions_by_id(frame.lazy()), sessions_by_id(there), "session_id"),
        (sessions_by_gap(frame.lazy()), sessions_by_gap(there), "session_id"),
        (entities(frame.lazy(), **asked), entities(there, **asked), "user_id"),
    ]
    for ours, theirs, key in pairs:
        mine = ours.collect().sort(key, nulls_last=True)
        assert_frame_equal(mine, collected(theirs, key), rel_tol=CLOSE, check_dtypes=False)

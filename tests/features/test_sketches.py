import math
from datetime import date

import duckdb
import narwhals as nw
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.core.errors import DataError, ParameterError
from assay.features.sketches import merge_sketch_lines, sketch_lines, sketch_of, with_quantile
from assay.stats.sketch import QuantileSketch
from features.day_tables import turns

SPREAD = [0.0, 1e-301, -2.5, 3.0, 3.0, 1e9, -1e-9, math.nan, None]


@pytest.mark.parametrize("on", ["polars", "duckdb"])
def test_lines_add_up_to_the_sketch_of_the_values(on):
    frame = turns().with_columns(x=pl.Series((SPREAD * 67)[:600], strict=False))
    with duckdb.connect() as engine:
        rows = frame.lazy() if on == "polars" else engine.from_arrow(frame)
        for column in ("latency_s", "x", "input_tokens"):
            lines = sketch_lines(rows, column, by=("model",))
            assert lines.columns == ["model", "bucket", "count"]
            for model in ("m1", "m2", None):
                mine = frame.filter(pl.col("model").eq_missing(model))[column]
                mine = mine.cast(pl.Float64).fill_nan(None).drop_nulls()
                ours = sketch_of(lines.filter(pl.col("model").eq_missing(model)))
                assert ours == QuantileSketch.of(mine.to_numpy())


def test_days_of_a_zone_come_first_and_parts_merge():
    frame = turns()
    asked = {"by": ("agent_id",), "time": "occurred_at", "time_zone": "Asia/Tokyo"}
    whole = sketch_lines(frame.lazy(), "latency_s", **asked)
    parts = [sketch_lines(part.lazy(), "latency_s", **asked) for part in frame.iter_slices(211)]
    assert_frame_equal(merge_sketch_lines(*parts), whole)
    assert whole.columns == ["day", "agent_id", "bucket", "count"]
    assert whole["day"].min() == date(2026, 3, 28)
    assert whole["count"].sum() == frame["latency_s"].count()


@pytest.mark.parametrize("q", [0.0, 0.5, 0.95, 1.0])
def test_quantiles_of_groups_stay_lazy(q):
    frame = turns().with_columns(x=pl.col("latency_s") - 1)
    found = with_quantile(nw.from_native(frame.lazy()), "x", q, by=["user_id"], name="at")
    lazy = found.to_native()
    assert isinstance(lazy, pl.LazyFrame)
    for user, at in lazy.collect().iter_rows():
        mine = frame.filter(pl.col("user_id") == user)["x"].drop_nulls()
        assert at == pytest.approx(mine.quantile(q, interpolation="lower"), rel=0.0100001)


def test_infinite_values_and_taken_names_are_told():
    frame = turns(9).with_columns(latency_s=pl.lit(-math.inf))
    with pytest.raises(DataError, match="'latency_s' holds infinite values"):
        sketch_lines(frame.lazy(), "latency_s")
    with pytest.raises(ParameterError, match="names what a line holds"):
        sketch_lines(frame.lazy(), "latency_s", by=("count",))
    with pytest.raises(DataError, match="hold infinite values"):
        sketch_of(pl.DataFrame({"bucket": [2**40], "count": [1]}))

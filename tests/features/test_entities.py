import math
from datetime import date
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.core.errors import DataError, ParameterError
from assay.features.entities import ENTITY_COLUMNS, entities
from features.day_tables import turns

AS_OF = date(2026, 4, 10)


def known(values):
    return [x for x in values if x is not None]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_rows_are_those_of_a_slow_count(zone):
    frame = turns()
    lazy = entities(frame.lazy(), "user_id", as_of=AS_OF, time_zone=zone, quantiles=(0.5, 0.95))
    assert isinstance(lazy, pl.LazyFrame)
    found = lazy.collect()
    assert found.columns == ["user_id", *ENTITY_COLUMNS, "latency_p50", "latency_p95"]
    assert len(found) == frame["user_id"].n_unique()
    for line in found.to_dicts():
        rows = frame.filter(pl.col("user_id") == line["user_id"]).to_dicts()
        days = {row["occurred_at"].astimezone(ZoneInfo(zone)).date() for row in rows}
        cost, latency = known(r["cost_usd"] for r in rows), known(r["latency_s"] for r in rows)
        outcome = known(r["succeeded"] for r in rows)
        tenure = (AS_OF - min(days)).days
        expected = {
            "rows": len(rows),
            "first_at": min(r["occurred_at"] for r in rows),
            "last_at": max(r["occurred_at"] for r in rows),
            "active_days": len(days),
            "recency_days": (AS_OF - max(days)).days,
            "tenure_days": tenure,
            "errors": len(known(r["error_type"] for r in rows)),
            "cost_n": len(cost),
            "input_tokens": sum(known(r["input_tokens"] for r in rows)),
            "latency_n": len(latency),
        }
        assert {name: line[name] for name in expected} == expected
        close = {
            "frequency": len(days) / (tenure + 1),
            "cost_usd": math.fsum(cost),
            "cost_mean": math.fsum(cost) / len(cost),
            "success_rate": sum(outcome) / len(outcome),
            "error_rate": expected["errors"] / len(rows),
            "latency_mean": math.fsum(latency) / len(latency),
        }
        assert {name: line[name] for name in close} == pytest.approx(close, rel=1e-12)
        for q, name in ((0.5, "latency_p50"), (0.95, "latency_p95")):
            true = sorted(latency)[math.floor(q * (len(latency) - 1))]
            assert line[name] == pytest.approx(true, rel=0.0100001)


def test_any_column_is_an_entity_and_rows_without_one_are_told_apart():
    frame = turns()
    found = entities(frame.lazy(), "session_id", as_of=AS_OF, quantiles=(0.5,)).collect()
    assert found["rows"].sum() == frame.height
    none = found.filter(pl.col("session_id").is_null())
    assert none["rows"].item() == frame["session_id"].null_count()


def test_what_is_not_there_is_null():
    frame = turns(40).select("user_id", "occurred_at")
    found = entities(frame.lazy(), as_of=AS_OF).collect()
    assert found.columns == ["user_id", *ENTITY_COLUMNS]
    for name in ("success_rate", "error_rate", "cost_mean", "latency_mean", "first_success_at"):
        assert found[name].null_count() == len(found)
    assert found["latency_n"].sum() == 0


def test_the_same_on_duckdb():
    frame = turns()
    asked = {"as_of": AS_OF, "time_zone": "Europe/Berlin", "quantiles": (0.5,)}
    ours = entities(frame.lazy(), "agent_id", **asked).collect().sort("agent_id")
    with duckdb.connect() as engine:
        theirs = entities(engine.from_arrow(frame), "agent_id", **asked).pl().sort("agent_id")
    ends = pl.col("^.*_at$").dt.convert_time_zone("UTC")
    assert_frame_equal(ours, theirs.with_columns(ends), rel_tol=1e-12, check_dtypes=False)


def test_what_cannot_be_asked_is_told():
    frame = turns(9).lazy()
    with pytest.raises(ParameterError, match=r"quantile 0\.999, expected 0–1 in steps"):
        entities(frame, as_of=AS_OF, quantiles=(0.999,))
    with pytest.raises(DataError, match="no column 'usr'"):
        entities(frame, "usr", as_of=AS_OF)
    with pytest.raises(DataError, match="no column 'seconds'"):
        entities(frame, as_of=AS_OF, latency="seconds", quantiles=(0.5,))

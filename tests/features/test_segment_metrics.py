"""Metrics by name: what they are in the data, which are left out, and the days that count."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from assay.core.errors import ParameterError
from assay.features.behaviour import BEHAVIOURS
from assay.features.behaviour.scan import Span
from assay.features.segment_metrics import METRICS, in_days, metrics_of, segment_metrics

ROWS = pl.LazyFrame(
    {
        "user_id": ["a", "a", "b", "b"],
        "occurred_at": [datetime(2026, 1, day, 23, 30, tzinfo=UTC) for day in (1, 2, 2, 3)],
        "succeeded": [True, False, True, None],
        "rating": ["good", "bad", "good", "bad"],
        "ctx_size": [1.0, float("nan"), 3.0, 5.0],
    }
)


def test_known_names_and_columns_are_found_and_the_others_left_out_with_the_reason() -> None:
    found, left_out = segment_metrics(ROWS, ["success", "rating", "cost", "ctx_size"])
    assert [(one.name, one.column) for one in found] == [
        ("success", "succeeded"),
        ("ctx_size", "ctx_size"),
    ]
    assert found[1].features == ("ctx_size",)
    assert left_out == (
        ("rating", "rating holds no numbers"),
        ("cost", "the data have no column cost_usd"),
    )


def test_a_name_that_is_nothing_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match=r"(?s)sucess.*did you mean 'success'"):
        segment_metrics(ROWS, ["sucess"])
    with pytest.raises(ParameterError, match="each once"):
        segment_metrics(ROWS, ["success", "success"])


def test_days_are_those_of_the_zone_and_gaps_bring_nothing() -> None:
    """At 23:30 in London it is the next day in Berlin."""
    metrics, _ = segment_metrics(ROWS, ["success", "ctx_size"])
    span = Span(first=date(2026, 1, 2), last=date(2026, 1, 3))
    found = metrics_of(in_days(ROWS, span, time_zone="Europe/Berlin"), metrics)
    assert found.units == ("a", "b")
    assert found.parts.tolist() == [[1, 1], [1, 3]]
    assert found.wholes.tolist() == [[2, 1], [1, 1]]
    assert metrics_of(in_days(ROWS, span), metrics).parts.tolist() == [[0, 0], [1, 8]]
    assert metrics_of(in_days(ROWS.collect().to_pandas(), span), metrics).units == ("a", "b")


def test_every_behaviour_that_a_metric_is_made_of_is_a_known_one() -> None:

    known = {one.name for one in BEHAVIOURS}
    assert {name for one in METRICS for name in one.features} <= known

"""Beside the segments: metrics by segment, marked where they formed them; who does what."""

import numpy as np
import polars as pl
import pytest

from analysis.segments.test_report import of_kinds, planted
from assay.analysis.segments.report import (
    form,
    metrics_by_segment,
    report_segments,
    who_does_what,
)
from assay.core.errors import ParameterError
from assay.core.result import record
from assay.features.behaviour import behaviour


def rows_of(kinds):
    """The planted users, of whom the second kind succeeds more often, with a rating of noise."""
    rows = planted(kinds=kinds)
    rng = np.random.default_rng(1)
    number = rows["user_id"].str.slice(1).cast(pl.Int64).to_numpy()
    kind = number % 2
    return rows.with_columns(
        succeeded=pl.Series(rng.random(rows.height) < 0.6 + 0.3 * kind),
        rating=pl.Series(rng.random(rows.height)),
        user_type=pl.Series(np.where(number % 3 == 0, "free", "paying")),
        workflow_id=pl.Series(np.where(number % 3 == 0, "support", "planning")),
        ctx_site=pl.Series(np.where(number % 7 < 3, "north", "south")),
        ctx_trace=pl.Series([f"t{at}" for at in range(rows.height)]),
    ).lazy()


@pytest.fixture(scope="module")
def rows():
    return rows_of(2)


@pytest.fixture(scope="module")
def found(rows):
    return metrics_by_segment(of_kinds(2), rows, ["rating", "success", "cost", "interventions"])


def test_what_differs_is_found_and_what_is_noise_is_not(found):
    pairs = {one.metric: one for one in found.compared.pairs}
    assert pairs["success"].differs
    assert pairs["success"].how == "apart"
    assert abs(pairs["success"].difference.value) == pytest.approx(0.3, abs=0.06)
    assert not pairs["rating"].differs
    assert [(one.name, one.reason) for one in found.left_out] == [
        ("interventions", "the data have no column interventions")
    ]


def test_nothing_is_claimed_of_a_metric_without_which_nobody_can_be_placed(found):
    """Tokens and cost formed them, and tokens are nearly the cost."""
    pairs = {one.metric: one for one in found.compared.pairs}
    assert found.compared.circular == ("cost",)
    assert pairs["cost"].how == "by construction"
    assert pairs["cost"].p < 0.001
    assert not pairs["cost"].differs


def test_a_metric_that_formed_the_segments_is_measured_on_who_others_placed(rows):
    """Waiting times tell the kinds as well as the cost does, so that it differs all the same."""
    timed = rows.rename({"latency_ms": "latency_s"})
    formed = form(behaviour(timed, days=28, features=["tokens", "cost", "latency"]))
    found = metrics_by_segment(formed, timed, ["cost", "rating"])
    pairs = {one.metric: one for one in found.compared.pairs}
    assert pairs["cost"].how == "placed by others"
    assert pairs["cost"].differs
    assert pairs["rating"].how == "apart"


def test_how_many_members_lack_a_value_is_not_told(rows):
    formed = of_kinds(2)
    few = rows.with_columns(
        rating=pl.when(pl.col("user_id") < "u007").then(None).otherwise(pl.col("rating"))
    )
    found = metrics_by_segment(formed, few, ["rating"])
    assert found.compared.units == 120
    assert [one.expected for one in found.compared.values] == [50, 50]
    mostly = rows.with_columns(
        rating=pl.when(pl.col("user_id") > "u007").then(None).otherwise(pl.col("rating"))
    )
    none = metrics_by_segment(formed, mostly, ["rating"])
    assert none.compared is None
    assert none.reason == "no metric is known of enough members"
    assert "fewer than 10 members" in none.left_out[0].reason


def test_nothing_is_compared_without_segments_or_metrics(rows):
    assert metrics_by_segment(of_kinds(1), rows_of(1), ["rating"]).reason
    assert metrics_by_segment(of_kinds(2), rows, []).reason == ""
    bare = rows.drop("rating")
    assert "none of the metrics" in metrics_by_segment(of_kinds(2), bare, ["rating"]).reason
    empty = rows.with_columns(rating=pl.lit(None))
    assert metrics_by_segment(of_kinds(2), empty, ["rating"]).compared is None
    with pytest.raises(ParameterError, match="ratings"):
        metrics_by_segment(of_kinds(2), rows, ["ratings"])


def test_who_does_what_takes_kind_use_and_a_context_that_is_no_key(rows):
    found = who_does_what(of_kinds(2), rows).crossed
    assert found.names == ("user_type", "workflow_id", "ctx_site")
    tables = {(one.rows, one.columns): one for one in found.tables}
    assert tables["user_type", "workflow_id"].associated
    assert tables["user_type", "workflow_id"].strength.value == pytest.approx(1, abs=0.02)
    assert not tables["user_type", "ctx_site"].associated


def test_who_does_what_says_why_not(rows):
    formed = of_kinds(2)
    assert who_does_what(formed, rows, []).reason == ""
    bare = rows.drop("workflow_id", "ctx_site")
    assert who_does_what(formed, bare).reason == "the data do not say what somebody does"
    assert who_does_what(formed, bare.drop("user_type")).reason
    one = rows.filter(pl.col("user_id") == "u001")
    assert who_does_what(formed, one).reason == "too few persons are known"
    assert "user_id" in who_does_what(formed, rows.rename({"user_id": "u"})).reason
    with pytest.raises(ParameterError, match="did you mean 'ctx_site'"):
        who_does_what(formed, rows, ["user_type", "ctx_sit"])
    with pytest.raises(ParameterError, match="two or three"):
        who_does_what(formed, rows, ["user_type"])


def test_findings_of_both_are_in_the_record(rows, found):
    whole = report_segments(of_kinds(2), metrics=found, uses=who_does_what(of_kinds(2), rows))
    keys = {one["key"].split("/")[0] for one in record(whole, kind="segments")["findings"]}
    assert keys >= {"structure", "metric", "crosstab"}

"""The record of segments: two planted kinds are found, one cloud is told as such, few are apart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from assay.analysis.segments.report import form, profiles_of, report_segments, standing
from assay.core.errors import DataError
from assay.core.result import record
from assay.features.behaviour import behaviour, behaviour_before, inputs_like, inputs_of

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
FEATURES = ["tokens", "cost", "latency"]


def planted(kinds=2, users=120, days=56, few=12):
    """Users of one or two kinds that differ in tokens, cost and latency, and some with one row."""
    rng = np.random.default_rng(7)
    rows = []
    for user in range(users):
        kind = user % kinds
        base = rng.normal(size=3) * 0.1 + kind * 2.0
        for day in range(0, days, 2):
            drawn = np.exp(base + rng.normal(size=3) * 0.1)
            rows.append((f"u{user:03}", BEGIN + timedelta(days=day, hours=user % 9), *drawn))
    rows += [
        (f"x{user:03}", BEGIN + timedelta(days=days - 1), 9.0, 9.0, 9.0) for user in range(few)
    ]
    return pl.DataFrame(
        rows,
        schema=["user_id", "occurred_at", "input_tokens", "cost_usd", "latency_ms"],
        orient="row",
    ).with_columns(pl.col("input_tokens").mul(1000).cast(pl.Int64), output_tokens=pl.lit(1))


@cache
def of_kinds(kinds):
    """Formed once a process: other modules of tests look at the same."""
    return form(behaviour(planted(kinds=kinds).lazy(), days=28, features=FEATURES))


@pytest.fixture(scope="module")
def rows():
    return planted()


@pytest.fixture(scope="module")
def formed():
    return of_kinds(2)


def test_two_planted_kinds_are_found_named_and_recorded(rows, formed):
    before, _ = behaviour_before(rows.lazy(), formed.behaviour, features=FEATURES)
    found = report_segments(formed, before=before)
    assert found.tested.verdict == "clear"
    assert [one.n for one in found.profiles.profiles] == [60, 60]
    assert found.entities == 120
    assert found.few == 12
    assert found.flows.entities == 120
    assert found.flows.verdict == "no more than errors of assignment"
    assert found.before_last < found.first
    assert found.findings[0].state == "clear"
    told = record(found, kind="segments")
    assert profiles_of(told) == found.profiles


def test_everybody_has_one_standing_and_it_is_the_planted_one(formed):
    told = standing(formed)
    assert [one.entity for one in told] == sorted(one.entity for one in told)
    assert len(told) == 132
    kinds = {(int(one.entity[1:]) % 2, one.segment) for one in told if one.entity[0] == "u"}
    assert len(kinds) == 2
    assert {one.name for one in told if one.entity[0] == "x"} == {"too little data"}
    assert all(one.probability is None for one in told if not one.segment)


def test_other_days_take_the_scale_of_those_that_formed(formed):
    again = inputs_like(formed.behaviour, formed.inputs, formed.behaviour)
    assert np.allclose(again.matrix, formed.inputs.matrix)
    dearer = replace(
        formed.behaviour, frame=formed.behaviour.frame.with_columns(pl.col("cost") * 5)
    )
    moved = inputs_like(dearer, formed.inputs, formed.behaviour)
    place = [one.name for one in formed.inputs.features].index("cost")
    assert (moved.matrix[:, place] > formed.inputs.matrix[:, place]).all()
    assert np.allclose(inputs_of(dearer).matrix[:, place], formed.inputs.matrix[:, place])


def test_days_before_that_are_not_whole_are_not_told(rows):
    now = behaviour(rows.lazy(), days=40, features=FEATURES)
    before, reason = behaviour_before(rows.lazy(), now, features=FEATURES)
    assert before is None
    assert "not whole" in reason


def test_too_few_entities_are_refused(rows):
    some = rows.filter(pl.col("user_id") < "u040")
    with pytest.raises(DataError, match="40 entities"):
        form(behaviour(some.lazy(), days=28, features=FEATURES))


def test_an_earlier_result_has_to_be_one_of_segments():
    with pytest.raises(DataError, match="not one of the report"):
        profiles_of({"schema": {"kind": "cost"}})
    assert profiles_of({"schema": {"kind": "segments"}, "profiles": None}) is None

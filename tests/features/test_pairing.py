import math

import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.arms import Design, summarise_arms

RNG = np.random.default_rng(5)


def runs(items=40, trials=3):
    item = np.tile(np.repeat(np.arange(items), trials), 2)
    return pl.DataFrame(
        {
            "task": item,
            "model": ["old"] * (items * trials) + ["new"] * (items * trials),
            "passed": RNG.random(len(item)) < 0.4 + 0.01 * (item % 20),
            "cost": RNG.gamma(2, 1, len(item)),
            "tokens": RNG.integers(5, 50, len(item)),
        }
    )


def summarise(frame, *metrics, **changes):
    chosen = {"arm": "model", "control": "old", "design": "paired", "item": "task"} | changes
    return summarise_arms(frame.lazy(), Design.of(**chosen, metrics=list(metrics)))


COST = {"name": "cost", "kind": "mean", "value": "cost"}


def test_items_are_averaged_per_arm_and_paired():
    frame = runs()
    passed = {"name": "passed", "kind": "rate", "value": "passed"}
    found = summarise(frame, COST, passed)
    for name in ("cost", "passed"):
        wide = frame.group_by("task", "model").agg(pl.col(name).mean()).pivot("model", index="task")
        moments = found.pairs[name]["new"].moments
        assert moments.n == 40
        assert moments.mean == pytest.approx((wide["new"].mean(), wide["old"].mean()), rel=1e-12)
        expected = np.cov(wide["new"], wide["old"])
        assert moments.covariance(0, 1) == pytest.approx(expected[0, 1], rel=1e-10)
        assert moments.variance(0) == pytest.approx(expected[0, 0], rel=1e-10)
    assert found.units == {"old": 40, "new": 40}
    assert found.rows == 240


def test_ratio_keeps_both_arms_sums():
    frame = runs()
    ratio = {"name": "r", "kind": "ratio", "numerator": "cost", "denominator": "tokens"}
    moments = summarise(frame, ratio).pairs["r"]["new"].moments
    new = frame.filter(pl.col("model") == "new")
    assert moments.mean[0] / moments.mean[1] == pytest.approx(
        new["cost"].sum() / new["tokens"].sum(), rel=1e-12
    )


def test_items_of_one_arm_alone_are_left_out_and_told():
    frame = runs().filter(~((pl.col("model") == "new") & (pl.col("task") < 3)))
    found = summarise(frame, COST)
    pairs = found.pairs["cost"]["new"]
    assert (pairs.moments.n, pairs.alone) == (37, 3)
    (left,) = found.left_out
    assert (left.what, left.count) == ("items", 3)


def test_a_unit_in_both_arms_is_no_fault_and_may_be_the_item():
    found = summarise(runs(), COST, item=None, unit="task")
    assert found.pairs["cost"]["new"].moments.n == 40
    assert found.left_out == ()


@pytest.mark.parametrize("nothing", [None, math.nan])
def test_missing_values_are_refused_or_leave_their_item_out(nothing):
    frame = runs(trials=1).with_columns(
        cost=pl.when((pl.col("task") == 0) & (pl.col("model") == "new"))
        .then(nothing)
        .otherwise("cost")
    )
    with pytest.raises(DataError, match="has no value in 1 of 80 rows"):
        summarise(frame, COST)
    pairs = summarise(frame, COST | {"missing": "exclude"}).pairs["cost"]["new"]
    assert (pairs.moments.n, pairs.missing) == (39, 1)


def test_infinite_and_constant_values_are_refused():
    frame = runs(trials=1)
    endless = frame.with_columns(cost=pl.when(pl.col("task") == 0).then(math.inf).otherwise("cost"))
    with pytest.raises(DataError, match="infinite in 2 of 80 rows"):
        summarise(endless, COST)
    with pytest.raises(DataError, match="constant"):
        summarise(frame.with_columns(cost=pl.lit(2.5)), COST)


def test_arms_that_share_no_items_cannot_be_paired():
    frame = runs().with_columns(
        task=pl.when(pl.col("model") == "new").then(pl.col("task") + 99).otherwise("task")
    )
    with pytest.raises(DataError, match="shares 0 items"):
        summarise(frame, COST)


def test_rows_without_arm_or_item_are_refused():
    for column in ("model", "task"):
        frame = runs().with_columns(
            pl.when(pl.int_range(pl.len()) < 2).then(None).otherwise(pl.col(column)).alias(column)
        )
        with pytest.raises(DataError, match=f"2 rows have no .* in column '{column}'"):
            summarise(frame, COST)


def test_assignments_have_no_place_in_a_paired_design():
    design = Design.of(arm="model", control="old", design="paired", item="task", metrics=[COST])
    with pytest.raises(ParameterError, match="independent design"):
        summarise_arms(runs().lazy(), design, assignments=runs().lazy())


def test_first_and_last_day_are_those_of_the_rows():
    frame = runs().with_columns(at=pl.date(2026, 1, 1) + pl.duration(days=pl.col("task")))
    found = summarise(frame, COST, time="at")
    assert (found.first.isoformat(), found.last.isoformat()) == ("2026-01-01", "2026-02-09")


def test_items_come_in_one_order_whatever_the_order_of_rows():
    frame = runs()
    there, shuffled = (
        summarise(rows, COST).pairs["cost"]["new"].values
        for rows in (frame, frame.sample(fraction=1, shuffle=True, seed=3))
    )
    for mine, theirs in zip(there, shuffled, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-12)

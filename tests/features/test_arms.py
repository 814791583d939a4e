import math
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from assay.core.errors import ParameterError
from assay.features.arms import Design, summarise_arms
from features.arm_tables import COST, RATE, assigned, by_hand, same, visits


def design(**changes):
    return Design.of(**({"arm": "arm", "control": "A", "metrics": [RATE, COST]} | changes))


def test_rows_are_units():
    frame = visits()
    found = summarise_arms(frame.lazy(), design())
    for arm in "AB":
        mine = frame.filter(pl.col("arm") == arm)
        same(found.samples["cost"][arm], mine["cost"].to_list())
        assert found.samples["solved"][arm].successes == mine["ok"].sum()
        assert found.units[arm] == mine.height
    assert (found.arms, found.rows, found.left_out) == (("A", "B"), 900, ())


@pytest.mark.parametrize(
    ("metric", "value", "reduce"),
    [
        (RATE, "ok", any),
        (RATE | {"per_unit": "mean"}, "ok", lambda x: sum(x) / len(x)),
        (RATE | {"per_unit": "sum"}, "ok", sum),
        (COST, "cost", sum),
        (COST | {"per_unit": "mean"}, "cost", lambda x: math.fsum(x) / len(x)),
        (COST | {"per_unit": "max"}, "cost", max),
        ({"name": "n", "kind": "count"}, "cost", len),
        ({"name": "tokens", "kind": "count", "value": "tokens"}, "tokens", sum),
        (
            {"name": "r", "kind": "mean", "value": "rating", "missing": "exclude"},
            "rating",
            math.fsum,
        ),
        (
            {
                "name": "r",
                "kind": "mean",
                "value": "rating",
                "per_unit": "max",
                "missing": "exclude",
            },
            "rating",
            max,
        ),
    ],
)
def test_events_become_units_by_what_the_metric_says(metric, value, reduce):
    frame = visits()
    found = summarise_arms(frame.lazy(), design(unit="user", metrics=[metric]))
    hand = by_hand(frame, value, reduce)
    for arm in "AB":
        sample = found.samples[metric["name"]][arm]
        same(sample, hand[arm])
        assert sample.missing == 60 - len(hand[arm])
    assert found.units == {"A": 60, "B": 60}


def test_ratio_is_of_sums_with_both_moments():
    frame = visits()
    metric = {"name": "r", "kind": "ratio", "numerator": "cost", "denominator": "tokens"}
    found = summarise_arms(frame.lazy(), design(unit="user", metrics=[metric]))
    tops, bottoms = by_hand(frame, "cost", math.fsum), by_hand(frame, "tokens", sum)
    for arm in "AB":
        moments = found.samples["r"][arm].moments
        assert moments.mean == pytest.approx((np.mean(tops[arm]), np.mean(bottoms[arm])), rel=1e-12)
        expected = np.cov(tops[arm], bottoms[arm])
        assert moments.covariance(0, 1) == pytest.approx(expected[0, 1], rel=1e-10)


def test_ratio_without_denominator_counts_rows_that_have_the_numerator():
    frame = visits()
    metric = {"name": "r", "kind": "ratio", "numerator": "rating"}
    found = summarise_arms(frame.lazy(), design(unit="user", metrics=[metric]))
    for arm in "AB":
        top, bottom = found.samples["r"][arm].moments.mean
        given = frame.filter(pl.col("arm") == arm)["rating"].drop_nulls()
        assert top / bottom == pytest.approx(given.mean(), rel=1e-12)
        assert found.samples["r"][arm].n == 60


def test_a_unit_in_two_arms_is_left_out_of_both_and_told():
    frame = visits()
    stray = frame.filter(pl.col("user") == 4).head(1).with_columns(arm=pl.lit("B"))
    found = summarise_arms(pl.concat([frame, stray]).lazy(), design(unit="user"))
    without = summarise_arms(frame.filter(pl.col("user") != 4).lazy(), design(unit="user"))
    assert found.units == without.units == {"A": 59, "B": 60}
    for metric in ("solved", "cost"):
        for arm in "AB":
            ours, theirs = found.samples[metric][arm], without.samples[metric][arm]
            assert ours.moments.mean == pytest.approx(theirs.moments.mean, rel=1e-12)
    (left,) = found.left_out
    assert (left.what, left.count) == ("units in more than one arm", 1)
    assert left.share == pytest.approx(1 / 120)


def test_an_arm_that_starts_late_in_the_file_is_found():
    frame = visits().sort("arm")  # the first thousand rows of a long file may hold one arm alone
    late = pl.concat(
        [*[frame.filter(pl.col("arm") == "A")] * 4, frame.filter(pl.col("arm") == "B")]
    )
    assert late.head(1000)["arm"].n_unique() == 1
    found = summarise_arms(late.lazy(), design(unit="user"))
    assert found.units == {"A": 60, "B": 60}


@pytest.fixture
def assignments():
    return assigned()


def test_assigned_units_without_events_count_as_nothing(assignments):
    metrics = [RATE, COST, {"name": "peak", "kind": "mean", "value": "cost", "per_unit": "max"}]
    found = summarise_arms(
        visits().lazy(), design(unit="user", metrics=metrics), assignments=assignments.lazy()
    )
    assert found.units == {"A": 75, "B": 74}
    hand = by_hand(visits(), "cost", math.fsum)
    same(found.samples["cost"]["A"], [*hand["A"], *[0.0] * 15])
    assert found.samples["cost"]["A"].missing == 0
    assert found.samples["solved"]["A"].successes == sum(by_hand(visits(), "ok", any)["A"])
    assert found.samples["solved"]["A"].n == 75
    assert (found.samples["peak"]["A"].n, found.samples["peak"]["A"].missing) == (60, 15)
    (left,) = found.left_out
    assert (left.what, left.count) == ("units without an arm", 1)


def test_arms_come_from_assignments_whatever_the_events_say(assignments):
    frame = visits().drop("arm")
    twice = pl.concat([assignments, pl.DataFrame({"unit_id": [0], "variant": ["B"]})])
    found = summarise_arms(frame.lazy(), design(unit="user"), assignments=twice.lazy())
    assert found.units == {"A": 74, "B": 74}
    assert {left.what for left in found.left_out} == {
        "units in more than one arm", "units without an arm",
    }  # fmt: skip


def test_assignments_need_a_unit(assignments):
    with pytest.raises(ParameterError, match="expected an independent design with a unit"):
        summarise_arms(visits().lazy(), design(), assignments=assignments.lazy())


def test_rows_that_no_window_can_hold_are_told():
    frame = visits().with_columns(
        at=pl.when(pl.col("user") % 10 > 0).then("at"),
        experiment_id=pl.when(pl.col("user") < 60).then(pl.lit("x")).otherwise(pl.lit("y")),
    )
    window = ["2026-03-05", "2026-03-11"]
    found = summarise_arms(frame.lazy(), design(experiment="x", time="at", window=window))
    mine = frame.filter(pl.col("user") < 60)
    absent = mine.filter(pl.col("user") % 10 == 0).height
    (left,) = found.left_out
    assert (left.what, left.count) == ("rows without a time", absent)
    assert left.share == absent / mine.height
    assert not summarise_arms(frame.lazy(), design(experiment="x", time="at")).left_out


def test_aggregated_counts_are_trials():
    frame = pl.DataFrame(
        {"arm": ["A", "B", "A", "B"], "clicks": [3, 5, 10, 9], "shown": [30, 40, 90, 95]}
    )
    metric = {"name": "ctr", "kind": "rate", "numerator": "clicks", "denominator": "shown"}
    found = summarise_arms(frame.lazy(), design(metrics=[metric]))
    assert (found.samples["ctr"]["B"].successes, found.samples["ctr"]["B"].n) == (14, 135)
    assert found.units == {"A": 120, "B": 135}
    assert found.rows == 4


def test_segments_are_parts_of_the_same_scan():
    frame = visits()
    for unit in (None, "user"):
        found = summarise_arms(frame.lazy(), design(unit=unit, segments=["where"]))
        assert [part.segment for part in found.segments] == ["north", "south"]
        for part in found.segments:
            alone = summarise_arms(
                frame.filter(pl.col("where") == part.segment).lazy(), design(unit=unit)
            )
            for arm in "AB":
                ours, theirs = part.samples["cost"][arm], alone.samples["cost"][arm]
                assert ours.n == theirs.n
                assert ours.moments.variance() == pytest.approx(
                    theirs.moments.variance(), rel=1e-11
                )
        whole = summarise_arms(frame.lazy(), design(unit=unit))
        for arm in "AB":
            merged, once = found.samples["cost"][arm].moments, whole.samples["cost"][arm].moments
            assert merged.mean == pytest.approx(once.mean, rel=1e-12)
            assert merged.variance() == pytest.approx(once.variance(), rel=1e-12)


def test_a_unit_seen_in_several_segments_is_in_a_segment_of_its_own():
    frame = visits().with_columns(
        where=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("east")).otherwise("where")
    )
    found = summarise_arms(frame.lazy(), design(unit="user", segments=["where"]))
    assert {part.segment for part in found.segments} == {"(several)", "north", "south"}


def test_chunks_merge_to_one_pass():
    frame = visits(rows=5000)
    whole = summarise_arms(frame.lazy(), design()).samples
    parts = [
        summarise_arms(frame.slice(i, 500).lazy(), design()).samples for i in range(0, 5000, 500)
    ]
    for metric in ("solved", "cost"):
        for arm in "AB":
            merged = parts[0][metric][arm]
            for part in parts[1:]:
                merged += part[metric][arm]
            once = whole[metric][arm]
            assert (merged.n, merged.successes) == (once.n, once.successes)
            assert merged.moments.mean == pytest.approx(once.moments.mean, rel=1e-12)
            assert merged.moments.variance() == pytest.approx(once.moments.variance(), rel=1e-12)


@pytest.mark.parametrize("unit", [None, "user"])
def test_a_shift_of_a_billion_changes_no_standard_error(unit):
    """2^30 is added to values that are whole multiples of 2^-20: both are exact as doubles."""
    frame = visits(rows=20_000, users=5_000).with_columns(
        near=(pl.col("cost") * 2**20).round() / 2**20, x=(pl.col("tokens") / 4).cast(pl.Float64)
    )
    frame = frame.with_columns(far=pl.col("near") + 2.0**30, fx=pl.col("x") + 2.0**30)
    metrics = [
        {"name": name, "kind": "mean", "value": value, "per_unit": "mean", "covariate": covariate}
        for name, value, covariate in (("near", "near", "x"), ("far", "far", "fx"))
    ]
    found = summarise_arms(frame.lazy(), design(unit=unit, metrics=metrics)).samples
    for arm in "AB":
        near, far = (found[name][arm].moments for name in ("near", "far"))
        tolerance = 1e-9 if unit is None else 2e-7  # a unit's mean is itself rounded at 1e9
        assert far.variance() == pytest.approx(near.variance(), rel=tolerance)
        assert far.covariance(0, 1) == pytest.approx(near.covariance(0, 1), abs=1e-4)
        assert far.mean[0] - 2.0**30 == pytest.approx(near.mean[0], abs=1e-6)


def test_window_and_experiment_say_which_rows_count():
    frame = visits().with_columns(
        experiment_id=pl.when(pl.col("user") < 60).then(pl.lit("x")).otherwise(pl.lit("y"))
    )
    found = summarise_arms(
        frame.lazy(), design(experiment="x", time="at", window=["2026-03-05", "2026-03-11"])
    )
    days = frame.filter((pl.col("user") < 60) & pl.col("at").dt.day().is_between(5, 11))
    assert found.rows == days.height
    assert (found.first.isoformat(), found.last.isoformat()) == ("2026-03-05", "2026-03-11")
    dates = frame.with_columns(pl.col("at").dt.date())
    again = summarise_arms(
        dates.lazy(), design(experiment="x", time="at", window=["2026-03-05", "2026-03-11"])
    )
    assert again.rows == days.height
    zoned = frame.with_columns(pl.col("at").dt.replace_time_zone("UTC"))
    assert (
        summarise_arms(
            zoned.lazy(), design(experiment="x", time="at", window=["2026-03-05", "2026-03-11"])
        ).rows
        == days.height
    )


@pytest.mark.parametrize(
    ("arms", "control"),
    [
        ([0, 1], "0"), ([0.0, 1.0], "0"), ([False, True], "False"), (["a", "b"], "a"),
        ([3, -1], "3"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("unit", [None, "user"])
def test_arms_may_be_text_numbers_or_truth_values(arms, control, unit):
    frame = visits().with_columns(
        arm=pl.when(pl.col("arm") == "A").then(pl.lit(arms[0])).otherwise(pl.lit(arms[1]))
    )
    found = summarise_arms(frame.lazy(), design(control=control, unit=unit))
    assert found.arms[0] == control.lower()
    categories = frame.with_columns(pl.col("arm").cast(pl.String).cast(pl.Categorical))
    label = str(categories["arm"][0])
    again = summarise_arms(categories.lazy(), design(control=label, unit=unit))
    assert again.units[label] == found.units[found.arms[0]]


@pytest.mark.parametrize(
    "kind", [pl.Boolean, pl.Int8, pl.UInt64, pl.Float32, pl.Float64, pl.Decimal(10, 2)]
)
@pytest.mark.parametrize("unit", [None, "user"])
def test_metrics_may_be_of_any_kind_of_number(kind, unit):
    frame = visits().with_columns(ok=pl.col("ok").cast(pl.Int8).cast(kind))
    amount = frame["ok"].cast(pl.Float64)
    metrics = [RATE, {"name": "amount", "kind": "mean", "value": "ok", "per_unit": "max"}]
    found = summarise_arms(frame.lazy(), design(unit=unit, metrics=metrics))
    for arm in "AB":
        rate, mean = found.samples["solved"][arm], found.samples["amount"][arm]
        assert mean.moments.mean[0] == pytest.approx(rate.successes / rate.n, rel=1e-12)
    if unit is None:
        assert sum(s.successes for s in found.samples["solved"].values()) == amount.sum()


def test_decimal_values_are_read_as_what_they_say():
    frame = pl.DataFrame(
        {"arm": ["A", "A", "B", "B"], "cost": [Decimal("0.10"), Decimal("0.30")] * 2}
    )
    found = summarise_arms(frame.lazy(), design(metrics=[COST]))
    assert found.samples["cost"]["A"].moments.mean[0] == pytest.approx(0.2, rel=1e-15)


def test_single_precision_is_not_summed_in_single_precision():
    values = np.float32(1) + np.arange(4000, dtype=np.float32) / np.float32(2**20)
    frame = pl.DataFrame({"arm": ["A", "B"] * 2000, "cost": values})
    found = summarise_arms(frame.lazy(), design(metrics=[COST])).samples["cost"]["A"].moments
    same_values = values[::2].astype(float)
    assert found.variance() == pytest.approx(same_values.var(ddof=1), rel=1e-9)


def test_the_same_on_duckdb():
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    frame = visits()
    metrics = [RATE, COST, {"name": "n", "kind": "count"}]
    for unit in (None, "user"):
        chosen = design(unit=unit, metrics=metrics if unit else metrics[:2])
        ours = summarise_arms(frame.lazy(), chosen)
        relation = duckdb.sql("select * from frame")
        theirs = summarise_arms(relation, chosen)
        assert ours.units == theirs.units
        for metric in ours.samples:
            for arm in "AB":
                one, other = ours.samples[metric][arm], theirs.samples[metric][arm]
                assert one.successes == other.successes
                assert one.moments.variance() == pytest.approx(other.moments.variance(), rel=1e-11)


def test_columns_named_like_ours_do_no_harm():
    frame = visits().rename({"cost": "m0", "ok": "units", "user": "low"})
    metrics = [COST | {"value": "m0"}, RATE | {"value": "units"}]
    found = summarise_arms(frame.lazy(), design(metrics=metrics, unit="low"))
    plain = summarise_arms(visits().lazy(), design(unit="user"))
    assert found.samples["cost"]["A"].moments.mean == pytest.approx(
        plain.samples["cost"]["A"].moments.mean, rel=1e-14
    )

import numpy as np
import polars as pl
import pytest

from analysis.experiments.cases import one, run
from assay.core.errors import ParameterError
from assay.features.arms import Design, summarise_arms
from features.engines import alike

COUNT = {"name": "m", "kind": "count", "value": "n"}
MEDIAN = {"name": "m", "kind": "quantile", "value": "y", "quantile": 0.5}
TIME = {"name": "m", "kind": "time_to_event", "value": "t", "event": "e", "horizon": 4.0}
SPEND = {"name": "m", "kind": "mean", "value": "y"}
RATIO = {"name": "m", "kind": "ratio", "numerator": "y", "denominator": "t"}


def units(n=1600, seed=5, shape=2.0):
    rng = np.random.default_rng(seed)
    arm = rng.integers(0, 2, n)
    mean = 2.0 + 0.3 * arm
    last = rng.uniform(2, 9, n)
    true = rng.exponential(3 + arm)
    return pl.DataFrame(
        {
            "arm": np.where(arm == 1, "B", "A"),
            "n": rng.negative_binomial(shape, shape / (shape + mean)),
            "y": rng.lognormal(1, 1, n) * (1 + 0.2 * arm),
            "t": np.minimum(true, last),
            "e": true <= last,
            "place": rng.choice(["north", "south"], n),
        }
    )


def answer(frame, metric, **more):
    return one(run(frame, arm="arm", control="A", metrics=[metric], **more), "m", "B")


def test_counts_are_told_to_scatter_more_than_a_poisson():
    (remark,) = answer(units(), COUNT).method.remarks
    assert "a Poisson's would be too narrow" in remark
    (remark,) = answer(units(shape=1e6), COUNT).method.remarks
    assert "too narrow" not in remark


def test_a_poisson_that_the_data_contradict_is_not_used():
    wide = answer(units(), COUNT | {"distribution": "poisson"})
    assert wide.method.name == "negative binomial"
    assert "would be too sure" in wide.method.remarks[0]
    fits = answer(units(shape=1e6), COUNT | {"distribution": "poisson"})
    assert fits.method.name == "Poisson"
    plain = answer(units(shape=1e6), COUNT)
    assert fits.method.standard_error == pytest.approx(plain.method.standard_error, rel=0.1)
    declared = answer(units(), COUNT | {"distribution": "negative_binomial"})
    assert declared.difference.low == pytest.approx(wide.difference.low, rel=1e-9)


def test_a_quantile_is_numpys_and_its_verdicts_agree():
    frame = units()
    found = answer(frame, MEDIAN)
    for arm, value in (("B", found.value), ("A", found.value_control)):
        assert value == pytest.approx(frame.filter(pl.col("arm") == arm)["y"].median(), rel=1e-12)
    assert found.method.name == "order statistics"
    assert (found.difference.low > 0) == (found.lift.low > 0) == (found.p_value < 0.05)


def test_a_quantile_too_far_out_is_refused_with_the_units_that_it_needs():
    found = answer(units(n=300), MEDIAN | {"quantile": 0.999})
    assert "a quantile of 0.999 needs 3,839" in found.reason
    assert found.difference.low is None


def test_times_are_averaged_up_to_the_horizon():
    """The truth is 3 (1 − exp(−4/3)) and 4 (1 − exp(−1)): within four standard errors."""
    found = answer(units(), TIME)
    truth = 4 * (1 - np.exp(-1)) - 3 * (1 - np.exp(-4 / 3))
    assert found.difference.value == pytest.approx(truth, abs=4 * found.method.standard_error)
    assert "hazard ratio" in found.method.remarks[0]
    assert "expected one at the horizon" in answer(units(), TIME | {"horizon": 50.0}).reason


def test_values_are_held_to_the_quantile_of_all_units():
    frame = units()
    found = answer(frame, SPEND | {"winsorise": {"upper": 0.95}})
    cap = np.quantile(frame["y"].to_numpy(), 0.95)
    expected = answer(frame.with_columns(y=pl.col("y").clip(upper_bound=cap)), SPEND)
    assert found.difference.low == pytest.approx(expected.difference.low, rel=1e-9)
    assert f"values up to {cap:.6g} count" in found.method.remarks[0]
    fixed = answer(frame, SPEND | {"winsorise": {"floor": 1.0, "cap": 5.0}})
    expected = answer(frame.with_columns(y=pl.col("y").clip(1.0, 5.0)), SPEND)
    assert fixed.difference.low == pytest.approx(expected.difference.low, rel=1e-9)


def test_both_parts_of_a_ratio_are_held_to_limits_of_the_same_units():
    frame = units()
    found = answer(frame, RATIO | {"winsorise": {"upper": 0.9}})
    held = frame.with_columns(
        pl.col(name).clip(upper_bound=np.quantile(frame[name].to_numpy(), 0.9))
        for name in ("y", "t")
    )
    assert found.difference.low == pytest.approx(answer(held, RATIO).difference.low, rel=1e-9)


def test_limits_are_those_of_units_not_of_rows():
    rows = units().with_row_index("user").with_columns(user=pl.col("user") // 4)
    rows = rows.with_columns(arm=pl.col("arm").first().over("user"))
    found = answer(rows, SPEND | {"winsorise": {"upper": 0.95}}, unit="user")
    summed = rows.group_by("user", "arm").agg(pl.col("y").sum())
    expected = answer(summed, SPEND | {"winsorise": {"upper": 0.95}})
    assert found.difference.low == pytest.approx(expected.difference.low, rel=1e-9)


@pytest.mark.parametrize("metric", [MEDIAN, TIME, SPEND | {"winsorise": {"upper": 0.95}}])
def test_every_kind_is_the_same_on_duckdb(metric):
    duckdb = pytest.importorskip("duckdb")
    frame = units()
    asked = Design.of(arm="arm", control="A", metrics=[metric], segments=["place"])
    alike(summarise_arms(frame.lazy(), asked), summarise_arms(duckdb.sql("from frame"), asked))


def test_segments_have_quantiles_too():
    result = run(units(), arm="arm", control="A", metrics=[MEDIAN], segments=["place"])
    for segment in result.segments:
        assert segment.comparison.difference.low < segment.comparison.difference.high


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ({"name": "m", "kind": "quantile", "value": "y"}, "expected quantile"),
        (SPEND | {"quantile": 0.5}, "takes no quantile"),
        (COUNT | {"event": "e"}, "takes no event"),
        (SPEND | {"distribution": "poisson"}, "takes no distribution"),
        (MEDIAN | {"covariate": "t"}, "no covariate"),
        (SPEND | {"winsorise": {}}, "winsorise is empty"),
        (SPEND | {"winsorise": {"upper": 0.9, "cap": 2.0}}, "upper and cap"),
        (SPEND | {"winsorise": {"floor": 3.0, "cap": 2.0}}, "not below cap"),
        (
            {"name": "m", "kind": "rate", "value": "e", "winsorise": {"cap": 1.0}},
            "nothing to limit",
        ),
        ({"name": "m", "kind": "time_to_event", "value": "t"}, "event and horizon"),
    ],
)
def test_what_makes_no_sense_is_refused(metric, said):
    with pytest.raises(ParameterError, match=said):
        answer(units(), metric)


def test_a_quantile_of_units_with_several_rows_says_how_they_add_up():
    with pytest.raises(ParameterError, match="how rows become one number"):
        answer(units(), MEDIAN, unit="n")

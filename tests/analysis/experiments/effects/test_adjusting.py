import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from analysis.experiments.cases import one, run
from assay.core.errors import ParameterError

Y = {"name": "m", "kind": "mean", "value": "y"}
RATIO = {"name": "m", "kind": "ratio", "numerator": "top", "denominator": "bottom"}


def units(n=1200, seed=8, changed=0.0):
    rng = np.random.default_rng(seed)
    arm = rng.integers(0, 2, n)
    x, z = rng.gamma(3, 2, n) + changed * arm, rng.normal(0, 1, n)
    bottom = rng.poisson(3, n) + 1.0
    return pl.DataFrame(
        {
            "arm": np.where(arm == 1, "B", "A"),
            "x": x,
            "z": z,
            "y": 10 + 0.8 * x + 0.5 * z + 0.3 * arm + rng.normal(0, 1, n),
            "bottom": bottom,
            "top": bottom * (0.2 * x + rng.normal(2, 1, n)),
            "place": rng.choice(["north", "south", "west"], n, p=[0.6, 0.3, 0.1]),
        }
    )


def answer(frame, metric, **more):
    return one(run(frame, arm="arm", control="A", metrics=[metric], **more), "m", "B")


def same(one, other):
    """Two scans add up in an order of their own."""
    for end in ("value", "low", "high"):
        assert getattr(one, end) == pytest.approx(getattr(other, end), rel=1e-9)


def test_the_unadjusted_row_is_the_plain_answer():
    frame = units()
    for metric in (Y, RATIO):
        plain = answer(frame, metric)
        for more in ({"covariate": "x"}, {"covariates": ["x", "z"], "adjustment": "lin"}):
            found = answer(frame, metric | more)
            same(found.method.unadjusted, plain.difference)
            width = found.difference.high - found.difference.low
            assert width < plain.difference.high - plain.difference.low
            assert found.method.adjustment_refusal is None
        stratified = answer(frame, metric, strata=["place"])
        assert stratified.method.unadjusted.low == pytest.approx(plain.difference.low, rel=1e-9)


def test_several_covariates_explain_more_than_one():
    frame = units()
    alone, both = (
        answer(frame, Y | {"covariates": columns}).method for columns in (["x"], ["x", "z"])
    )
    assert alone.theta == pytest.approx(alone.slopes[0].slope, rel=1e-12)
    assert both.rho_squared > alone.rho_squared + 0.02
    assert (both.theta, [slope.covariate for slope in both.slopes]) == (None, ["x", "z"])


def test_a_ratio_is_adjusted_as_its_linearised_values():
    """statsmodels' OLS with interactions, HC2, of each arm's own linearised values."""
    frame = units()
    found = answer(frame, RATIO | {"covariate": "x", "adjustment": "lin"})
    parts = []
    for arm in "AB":
        mine = frame.filter(pl.col("arm") == arm)
        top, bottom, x = (mine[name].to_numpy() for name in ("top", "bottom", "x"))
        ratio = top.sum() / bottom.sum()
        parts.append((ratio + (top - ratio * bottom) / bottom.mean(), x))
    y, x = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    arm = np.repeat([0.0, 1.0], [len(part[0]) for part in parts])
    x = x - x.mean()
    fit = sm.OLS(y, np.column_stack([np.ones(len(y)), arm, x, arm * x])).fit(cov_type="HC2")
    assert found.difference.value == pytest.approx(fit.params[1], rel=1e-8)
    assert found.method.standard_error == pytest.approx(fit.bse[1], rel=1e-2)
    assert found.method.standard_error >= fit.bse[1]


@pytest.mark.parametrize("adjustment", ["cuped", "lin"])
def test_a_covariate_that_the_treatment_changed_is_not_used(adjustment):
    found = answer(units(changed=1.0), Y | {"covariate": "x", "adjustment": adjustment})
    plain = answer(units(changed=1.0), Y)
    assert "x differs between the arms (p = " in found.method.adjustment_refusal
    same(found.difference, plain.difference)
    assert found.method.theta is None


def test_an_imbalance_by_chance_is_adjusted_for():
    """With nothing changed, one comparison in a thousand is marked."""
    marked = 0
    for seed in range(150):
        found = answer(units(n=200, seed=seed), Y | {"covariate": "x"})
        marked += found.method.adjustment_refusal is not None
    assert marked <= 2


def test_missing_covariates_are_told_apart_by_an_indicator():
    """The regression with the indicator: any number in place of the missing ones is as good."""
    rng = np.random.default_rng(4)
    frame = units()
    absent = pl.Series(rng.random(frame.height) < 0.3)
    holed = frame.with_columns(x=pl.when(~absent).then(pl.col("x")))
    filled = frame.with_columns(
        x=pl.when(~absent).then(pl.col("x")).otherwise(pl.lit(6.0)), u=absent.cast(pl.Float64)
    )
    metric = Y | {"covariate": "x", "covariate_missing": "impute"}
    found = answer(holed, metric)
    expected = answer(filled, Y | {"covariates": ["x", "u"]})
    assert found.n == expected.n
    assert found.difference.low == pytest.approx(expected.difference.low, rel=1e-8)
    assert [slope.covariate for slope in found.method.slopes] == ["x", "x missing"]
    whole = answer(frame, metric)
    assert whole.difference.low == pytest.approx(
        answer(frame, Y | {"covariate": "x"}).difference.low, rel=1e-9
    )


def test_too_few_units_for_slopes_stay_unadjusted():
    found = answer(units(n=30), Y | {"covariates": ["x", "z"]})
    assert "too few for 2 slopes" in found.method.adjustment_refusal
    same(found.difference, answer(units(n=30), Y).difference)


def test_strata_weigh_alike_in_both_arms():
    """By hand: differences within places, weighted by the places' shares of all units."""
    frame = units()
    found = answer(frame, Y, strata=["place"])
    value, variance = 0.0, 0.0
    for place in ("north", "south", "west"):
        here = frame.filter(pl.col("place") == place)
        share = here.height / frame.height
        arms = [here.filter(pl.col("arm") == arm)["y"].to_numpy() for arm in "BA"]
        value += share * (arms[0].mean() - arms[1].mean())
        variance += share**2 * sum(arm.var(ddof=1) / len(arm) for arm in arms)
    assert found.difference.value == pytest.approx(value, rel=1e-10)
    assert found.method.standard_error == pytest.approx(np.sqrt(variance), rel=2e-3)
    assert found.method.standard_error >= np.sqrt(variance)
    assert found.method.adjustment == "post-stratified"


def test_a_stratum_without_both_arms_joins_another():
    frame = units()
    lonely = frame.head(1).with_columns(arm=pl.lit("A"), place=pl.lit("east"))
    found = answer(pl.concat([frame, lonely]), Y, strata=["place"])
    joined = answer(
        pl.concat([frame, lonely.with_columns(place=pl.lit("west"))]), Y, strata=["place"]
    )
    same(found.difference, joined.difference)


def test_a_slope_per_arm_and_strata_do_not_go_together():
    with pytest.raises(ParameterError, match="slope per arm"):
        answer(units(), Y | {"covariate": "x", "adjustment": "lin"}, strata=["place"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"covariate": "x", "covariates": ["x"]}, "names a covariate twice"),
        ({"adjustment": "lin"}, "but no covariate"),
        ({"covariate_missing": "impute"}, "but no covariate"),
    ],
)
def test_what_makes_no_sense_is_refused(more, said):
    with pytest.raises(ParameterError, match=said):
        answer(units(), Y | more)

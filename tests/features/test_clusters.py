import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from analysis.experiments.cases import one, run
from assay.core.errors import DataError, ParameterError
from assay.features.arms import Design, summarise_arms
from features.engines import alike

SPEND = {"name": "m", "kind": "mean", "value": "spend"}
WON = {"name": "m", "kind": "rate", "value": "won"}


def units(clusters=60, seed=2, effect=0.3):
    """Units of clusters of one to fifteen, whose means differ; one row per unit."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 16, clusters)
    cluster = np.repeat(np.arange(clusters), size)
    arm = (cluster % 2).astype(int)
    mean = rng.normal(5, 1, clusters)[cluster]
    n = len(cluster)
    return pl.DataFrame(
        {
            "team": cluster,
            "arm": np.where(arm == 1, "B", "A"),
            "user": np.arange(n),
            "spend": mean + effect * arm + rng.normal(0, 1, n),
            "won": (rng.random(n) < mean / 10).astype(int),
            "before": mean + rng.normal(0, 0.3, n),
        }
    )


def answer(frame, metric, **more):
    asked = {"arm": "arm", "control": "A", "cluster": "team", "metrics": [metric]}
    return one(run(frame, **(asked | more)), "m", "B")


@pytest.mark.parametrize("metric", [SPEND, WON])
def test_the_difference_is_that_of_units_with_an_error_between_clusters(metric):
    """statsmodels' OLS of units on arm, errors clustered, without its small-sample factors; ours
    has n / (n − 1) clusters within each arm instead.
    """
    frame = units()
    found = answer(frame, metric)
    y = frame[metric["value"]].to_numpy().astype(float)
    design = sm.add_constant((frame["arm"] == "B").to_numpy().astype(float))
    fit = sm.OLS(y, design).fit(
        cov_type="cluster",
        cov_kwds={"groups": frame["team"].to_numpy(), "use_correction": False},
    )
    assert found.difference.value == pytest.approx(fit.params[1], rel=1e-9)
    factor = np.sqrt(30 / 29)
    assert found.method.standard_error == pytest.approx(fit.bse[1] * factor, rel=1e-8)
    assert (found.n, found.n_control) == (30, 30)
    assert found.method.name == "Welch t, delta method over clusters"


def test_units_with_several_rows_become_one_number_first():
    frame = units()
    rng = np.random.default_rng(3)
    rows = frame[rng.integers(0, frame.height, 4 * frame.height)].with_columns(
        spend=pl.Series(rng.gamma(2, 1, 4 * frame.height))
    )
    for per_unit in ("sum", "mean", "max"):
        metric = SPEND | {"per_unit": per_unit}
        expression = getattr(pl.col("spend"), per_unit)()
        once = rows.group_by("user").agg(expression, pl.col("team", "arm").first())
        found = answer(rows, metric, unit="user")
        expected = answer(once, SPEND)
        assert found.difference.low == pytest.approx(expected.difference.low, rel=1e-9), per_unit
    ever = rows.group_by("user").agg(pl.col("won").max(), pl.col("team", "arm").first())
    assert answer(rows, WON, unit="user").difference.low == pytest.approx(
        answer(ever, WON).difference.low, rel=1e-9
    )


def test_ratios_and_counts_are_summed_over_clusters():
    frame = units()
    ratio = {"name": "m", "kind": "ratio", "numerator": "spend", "denominator": "before"}
    plain = one(run(frame, arm="arm", control="A", metrics=[ratio], unit="team"), "m", "B")
    assert answer(frame, ratio).difference.low == pytest.approx(plain.difference.low, rel=1e-9)
    count = {"name": "m", "kind": "count"}
    rows = pl.concat([frame, frame.filter(pl.col("won") == 1)])
    expected = answer(frame.with_columns(rows=1 + pl.col("won")), SPEND | {"value": "rows"})
    assert answer(rows, count, unit="user").difference.low == pytest.approx(
        expected.difference.low, rel=1e-9
    )


def test_covariates_of_clusters_make_the_interval_narrower():
    frame = units()
    plain = answer(frame, SPEND)
    found = answer(frame, SPEND | {"covariate": "before"})
    assert found.method.adjustment_refusal is None
    assert found.method.standard_error < 0.6 * plain.method.standard_error


def test_they_keep_the_rate_of_false_positives_where_units_do_not():
    wrong, naive, runs = 0, 0, 250
    for seed in range(runs):
        frame = units(clusters=40, seed=seed, effect=0)
        asked = Design.of(arm="arm", control="A", cluster="team", metrics=[SPEND])
        found = summarise_arms(frame.lazy(), asked).samples["m"]
        ratios = []
        for sample in found.values():
            (top, bottom), scatter = sample.moments.mean, np.array(sample.moments.scatter)
            weights = np.array([1, -top / bottom]) / bottom
            variance = weights @ scatter @ weights / sample.n / (sample.n - 1)
            ratios.append((top / bottom, variance))
        gap, variance = ratios[1][0] - ratios[0][0], ratios[0][1] + ratios[1][1]
        wrong += abs(gap) > 2.02 * np.sqrt(variance)
        arms = [frame.filter(pl.col("arm") == arm)["spend"].to_numpy() for arm in "AB"]
        naive += abs(gap) > 1.96 * np.sqrt(sum(a.var(ddof=1) / len(a) for a in arms))
    assert wrong / runs < 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / runs)
    assert naive / runs > 0.2


def test_the_summary_speaks_of_the_rows_that_were_given():
    frame = units().with_columns(at=pl.datetime(2026, 3, 1) + pl.duration(hours=pl.col("user")))
    asked = Design.of(
        arm="arm", control="A", cluster="team", unit="user", metrics=[SPEND], time="at"
    )
    found = summarise_arms(frame.lazy(), asked)
    assert found.rows == frame.height
    assert (found.first, found.last) == (frame["at"].min().date(), frame["at"].max().date())
    assert found.design.cluster == "team"
    assert sum(sum(day.units.values()) for day in found.days) == 60


def test_the_same_on_duckdb():
    duckdb = pytest.importorskip("duckdb")
    frame = units()
    for more in ({}, {"unit": "user"}):
        asked = Design.of(
            arm="arm", control="A", cluster="team", metrics=[SPEND, WON | {"name": "w"}], **more
        )
        alike(summarise_arms(frame.lazy(), asked), summarise_arms(duckdb.sql("from frame"), asked))


def test_missing_and_odd_values_are_refused_before_they_are_summed():
    frame = units()
    holed = frame.with_columns(spend=pl.when(pl.col("user") > 3).then(pl.col("spend")))
    with pytest.raises(DataError, match="has no value in 4 of"):
        answer(holed, SPEND)
    assert answer(holed, SPEND | {"missing": "exclude"}).n == 30
    with pytest.raises(DataError, match="neither 0 nor 1"):
        answer(frame.with_columns(won=pl.col("won") * 2), WON)


def test_a_cluster_in_two_arms_is_set_apart():
    frame = units().with_columns(
        arm=pl.when(pl.col("user") == 0).then(pl.lit("B")).otherwise(pl.col("arm"))
    )
    result = run(frame, arm="arm", control="A", cluster="team", metrics=[SPEND])
    assert sum(left.count for left in result.left_out) == int((frame["team"] == 0).sum() > 1)


@pytest.mark.parametrize(
    ("metric", "more"),
    [
        (SPEND | {"winsorise": {"upper": 0.9}}, {}),
        ({"name": "m", "kind": "quantile", "value": "spend", "quantile": 0.5}, {}),
        (SPEND, {"design": "paired", "item": "user"}),
    ],
)
def test_what_clusters_do_not_take_is_refused(metric, more):
    with pytest.raises(ParameterError, match=r"clusters do not take|paired design"):
        answer(units(), metric, **more)

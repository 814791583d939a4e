import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from assay.core.errors import DataError
from assay.stats.adjustment.covariates import cuped, imbalance, lin
from assay.stats.level import Level
from assay.stats.moments import Moments

RNG = np.random.default_rng(20260103)
X = [RNG.gamma(2, 3, n) for n in (400, 700, 550)]
Z = [RNG.normal(x, 4) for x in X]
Y = [
    slope * x + RNG.normal(shift, 2 + 0.1 * x, len(x))
    for x, slope, shift in zip(X, (0.7, 0.9, 0.7), (0, 0.4, 0.1), strict=True)
]
VALUES = [(y, x) for y, x in zip(Y, X, strict=True)]
BOTH = [(y, x, z) for y, x, z in zip(Y, X, Z, strict=True)]
ARMS = [Moments.of(*values) for values in VALUES]


def ends(gap):
    found = gap.at(Level(0.05))
    return found.low, found.high


def test_the_slope_is_that_of_all_units_together():
    """NumPy's covariance matrix, and with two covariates statsmodels' OLS."""
    found = cuped(ARMS)
    spread = np.cov(np.concatenate(Y), np.concatenate(X))
    assert found.slopes[0][0] == pytest.approx(spread[0, 1] / spread[1, 1], rel=1e-10)
    assert found.slopes[0] == found.slopes[2]
    several = cuped([Moments.of(*values) for values in BOTH])
    design = np.column_stack([np.concatenate(X), np.concatenate(Z)])
    fit = sm.OLS(np.concatenate(Y), sm.add_constant(design)).fit()
    assert several.slopes[0] == pytest.approx(fit.params[1:], rel=1e-8)


def test_intervals_are_scipys_on_adjusted_values():
    found = cuped(ARMS)
    ((theta,), *_), centre = found.slopes, np.concatenate(X).mean()
    after = [y - theta * (x - centre) for y, x in VALUES]
    peer = stats.ttest_ind(after[1], after[0], equal_var=False)
    gap = found.gap(1, 0)
    assert ends(gap) == pytest.approx(tuple(peer.confidence_interval(0.95)), rel=1e-8)
    assert gap.p_value == pytest.approx(peer.pvalue, rel=1e-8)
    assert found.means[2].value == pytest.approx(after[2].mean(), rel=1e-12)


def test_two_arms_are_tea_tastings():
    """tea-tasting's `Mean` with a covariate, which takes the same slope."""
    tea = pytest.importorskip("tea_tasting")
    import polars as pl  # noqa: PLC0415  beside its only use

    frame = pl.DataFrame(
        {
            "y": np.concatenate(Y[:2]),
            "x": np.concatenate(X[:2]),
            "variant": [0] * len(Y[0]) + [1] * len(Y[1]),
        }
    )
    peer = tea.Experiment(m=tea.Mean("y", "x")).analyze(frame)["m"]
    found = cuped(ARMS[:2])
    assert ends(found.gap(1, 0)) == pytest.approx(
        (peer.effect_size_ci_lower, peer.effect_size_ci_upper), rel=1e-8
    )
    assert found.means[0].value == pytest.approx(peer.control, rel=1e-10)


@pytest.mark.parametrize("values", [VALUES, BOTH], ids=["one", "two"])
def test_a_slope_per_arm_is_the_interacted_regression_with_hc2(values):
    """statsmodels' OLS of y on arm, centred covariates and their products, HC2."""
    values = values[:2]
    covariates = np.hstack([np.array(arm[1:]) for arm in values]).T
    covariates = covariates - covariates.mean(axis=0)
    treated = np.repeat([0.0, 1.0], [len(arm[0]) for arm in values])
    design = np.column_stack(
        [np.ones(len(treated)), treated, covariates, treated[:, None] * covariates]
    )
    fit = sm.OLS(np.concatenate([arm[0] for arm in values]), design).fit(cov_type="HC2")
    found = lin([Moments.of(*arm) for arm in values], values)
    assert found.means[1].value - found.means[0].value == pytest.approx(fit.params[1], rel=1e-9)
    hc2 = found.means[0].variance + found.means[1].variance
    assert np.sqrt(hc2) == pytest.approx(fit.bse[1], rel=1e-9)
    assert found.robust


def test_without_values_residual_variance_is_each_arms_own():
    """statsmodels' OLS within each arm, its standard error of the mean at the common covariate."""
    found = lin(ARMS)
    centre = np.concatenate(X).mean()
    for mean, (y, x) in zip(found.means, VALUES, strict=True):
        fit = sm.OLS(y, sm.add_constant(x - centre)).fit()
        assert mean.value == pytest.approx(fit.params[0], rel=1e-10)
        assert np.sqrt(mean.variance) == pytest.approx(fit.bse[0], rel=1e-10)
    assert not found.robust


def test_slopes_that_differ_widen_the_interval_for_the_population():
    """The mean covariate is a sample's: with slopes 2 and 1 the effect varies with it.

    Truth is 1; without the term fewer than 80 % of the intervals cover it.
    """
    rng, inside, narrow, runs, n = np.random.default_rng(11), 0, 0, 1500, 200
    for _ in range(runs):
        x = rng.normal(0, 1, (2, n))
        y = np.array([[0.0], [1.0]]) + np.array([[1.0], [3.0]]) * x + rng.normal(0, 0.7, (2, n))
        found = lin([Moments.of(y[i], x[i]) for i in range(2)], list(zip(y, x, strict=True)))
        gap = found.gap(1, 0)
        inside += abs(gap.value - 1) <= 1.96 * gap.standard_error
        hc2 = found.means[0].variance + found.means[1].variance
        narrow += abs(gap.value - 1) <= 1.96 * np.sqrt(hc2)
    assert inside / runs == pytest.approx(0.95, abs=3.5 * np.sqrt(0.95 * 0.05 / runs))
    assert narrow / runs < 0.8


def test_what_is_explained_is_what_the_variance_loses():
    found = cuped(ARMS)
    before = sum(arm.scatter[0][0] for arm in ARMS)
    after = sum(mean.variance * a.n * (a.n - 1) for mean, a in zip(found.means, ARMS, strict=True))
    assert after == pytest.approx((1 - found.rho_squared) * before, rel=1e-12)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("adjust", [cuped, lin])
def test_neither_biased_nor_wider_than_the_correlation_says(adjust, rho):
    """Normal data of known correlation: bias within 3 s.e., variance within .02 of 1 − rho²; and
    with no effect the rate of false positives is 5 %, also where the covariate is useless.
    """
    rng, runs, n = np.random.default_rng(int(100 * rho) + 5), 2500, 250
    plain, adjusted, wrong = np.empty(runs), np.empty(runs), 0
    for i in range(runs):
        x = rng.normal(0, 1, (2, n))
        y = rho * x + np.sqrt(1 - rho * rho) * rng.normal(0, 1, (2, n))
        gap = adjust([Moments.of(*arm) for arm in zip(y, x, strict=True)]).gap(1, 0)
        plain[i], adjusted[i] = y[1].mean() - y[0].mean(), gap.value
        wrong += gap.p_value < 0.05
    assert abs(adjusted.mean()) < 3 * adjusted.std() / np.sqrt(runs)
    band = 0.02 + 3.5 * np.sqrt(2 / runs) * (1 - rho * rho) * rho
    assert adjusted.var() / plain.var() == pytest.approx(1 - rho * rho, abs=band)
    assert wrong / runs == pytest.approx(0.05, abs=3.5 * np.sqrt(0.05 * 0.95 / runs))


def test_what_adjusted_arms_share_is_the_pooled_covariates_part():
    """The variance of theta times the mean of x over all units, with x's variance within arms."""
    x, y = RNG.normal(0, 1, (3, 40)), RNG.normal(0, 1, (3, 40))
    found = cuped([Moments.of(*arm) for arm in zip(x + y, x, strict=True)])
    within = np.mean(x.var(axis=1, ddof=1))
    expected = found.slopes[0][0] ** 2 * within / 120
    assert np.array(found.shared) == pytest.approx(np.full((3, 3), expected), rel=1e-12)
    assert found.gap(1, 0).variance == pytest.approx(
        found.means[0].variance + found.means[1].variance, rel=1e-12
    )


@pytest.mark.parametrize("adjust", [cuped, lin])
def test_covariates_that_say_the_same_twice_do_no_harm(adjust):
    once = adjust(ARMS)
    twice = adjust([Moments.of(y, x, 1e6 * x + 5) for y, x in VALUES])
    constant = adjust([Moments.of(y, x, np.full(len(y), 7.0)) for y, x in VALUES])
    for found in (twice, constant):
        assert found.gap(1, 0).value == pytest.approx(once.gap(1, 0).value, rel=1e-8)
        assert found.rho_squared == pytest.approx(once.rho_squared, rel=1e-8)


def test_units_of_the_covariate_do_not_matter():
    once, scaled = cuped(ARMS), cuped([Moments.of(y, 1e-7 * x + 3) for y, x in VALUES])
    assert scaled.slopes[0][0] == pytest.approx(1e7 * once.slopes[0][0], rel=1e-6)
    assert scaled.gap(2, 0).value == pytest.approx(once.gap(2, 0).value, rel=1e-6)


@pytest.mark.parametrize("adjust", [cuped, lin])
def test_covariates_that_do_not_vary_are_refused(adjust):
    with pytest.raises(DataError, match="does not vary"):
        adjust([Moments.of([1.0, 2.0, 5.0], [3.0] * 3), Moments.of([2.0, 4.0, 5.0], [5.0] * 3)])


def test_too_few_units_for_a_slope_of_their_own_are_refused():
    with pytest.raises(DataError, match="n=2 with 1 covariates"):
        lin([Moments.of([1.0, 2.0], [3.0, 4.0]), ARMS[0]])


def test_imbalance_is_walds_test():
    """NumPy's covariance matrices and SciPy's chi-square."""
    gap = np.array([X[1].mean() - X[0].mean(), Z[1].mean() - Z[0].mean()])
    spread = np.cov(X[1], Z[1]) / len(X[1]) + np.cov(X[0], Z[0]) / len(X[0])
    expected = stats.chi2.sf(gap @ np.linalg.solve(spread, gap), 2)
    found = imbalance(Moments.of(*BOTH[1]), Moments.of(*BOTH[0]))
    assert found == pytest.approx(expected, rel=1e-8)


def test_imbalance_of_covariates_that_never_vary():
    same = Moments.of([1.0, 2.0], [3.0, 3.0])
    assert imbalance(same, same) == 1
    assert imbalance(same, Moments.of([1.0, 2.0], [4.0, 4.0])) == 0
    assert imbalance(same, Moments.of([1.0], [4.0])) == 1

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from assay.core.errors import DataError
from assay.stats.cuped import adjust
from assay.stats.delta import linearise
from assay.stats.means import sample_mean, welch
from assay.stats.moments import Moments

RNG = np.random.default_rng(20260103)
X = [RNG.gamma(2, 3, n) for n in (400, 700, 550)]
Y = [0.7 * x + RNG.normal(shift, 2, len(x)) for x, shift in zip(X, (0, 0.4, 0.1), strict=True)]
ARMS = [Moments.of(y, x) for y, x in zip(Y, X, strict=True)]


def test_slope_and_differences_are_those_of_a_regression():
    """statsmodels OLS of y on arms and x: its slope is the pooled one, its arm effects ours."""
    dummies = np.concatenate([np.full(len(y), i) for i, y in enumerate(Y)])
    design = np.column_stack(
        [np.ones(len(dummies)), dummies == 1, dummies == 2, np.concatenate(X)]
    ).astype(float)
    fit = sm.OLS(np.concatenate(Y), design).fit()
    found = adjust(ARMS)
    assert found.theta == pytest.approx(fit.params[3], rel=1e-8)
    for i in (1, 2):
        gap = found.arms[i].mean[0] - found.arms[0].mean[0]
        assert gap == pytest.approx(fit.params[i], rel=1e-8)


def test_intervals_are_scipys_on_adjusted_values():
    found = adjust(ARMS)
    centre = np.concatenate(X).mean()
    after = [y - found.theta * (x - centre) for y, x in zip(Y, X, strict=True)]
    gap = welch(sample_mean(found.arms[1]), sample_mean(found.arms[0]), alpha=0.05)
    peer = stats.ttest_ind(after[1], after[0], equal_var=False)
    assert (gap.low, gap.high) == pytest.approx(tuple(peer.confidence_interval(0.95)), rel=1e-8)
    assert gap.p_value == pytest.approx(peer.pvalue, rel=1e-8)
    assert found.arms[2].mean[0] == pytest.approx(after[2].mean(), rel=1e-12)


def test_variance_falls_by_the_share_explained():
    found = adjust(ARMS)
    before = sum(arm.scatter[0][0] for arm in ARMS)
    assert sum(arm.scatter[0][0] for arm in found.arms) == pytest.approx(
        (1 - found.rho_squared) * before, rel=1e-12
    )


def test_a_useless_covariate_changes_little_and_never_the_estimand():
    x = RNG.normal(0, 1, 4000)
    y = RNG.normal(1, 1, 4000)
    arms = [Moments.of(y[:2000], x[:2000]), Moments.of(y[2000:], x[2000:])]
    found = adjust(arms)
    assert abs(found.theta) < 4 / np.sqrt(4000)
    assert found.rho_squared < 16 / 4000


def test_what_adjusted_arms_share_is_the_pooled_covariates_part():
    """The variance of theta times the mean of x over all units, with x's variance within arms."""
    x, y = RNG.normal(0, 1, (3, 40)), RNG.normal(0, 1, (3, 40))
    found = adjust([Moments.of(*arm) for arm in zip(x + y, x, strict=True)])
    within = np.mean(x.var(axis=1, ddof=1))
    assert found.shared_variance == pytest.approx(found.theta**2 * within / 120, rel=1e-12)


def test_a_covariate_that_does_not_vary_is_refused():
    with pytest.raises(DataError, match="does not vary"):
        adjust([Moments.of([1.0, 2.0], [3.0, 3.0]), Moments.of([2.0, 4.0], [5.0, 5.0])])


def test_ratio_is_that_of_the_sums_with_the_delta_methods_variance():
    """Var(N/D) by the textbook formula, from NumPy's covariance matrix."""
    sessions = RNG.poisson(4, 3000) + 1.0
    orders = RNG.binomial(sessions.astype(int), 0.2).astype(float)
    found = sample_mean(linearise(Moments.of(orders, sessions)))
    (vn, cov), (_, vd) = np.cov(orders, sessions)
    top, bottom = orders.mean(), sessions.mean()
    variance = (vn / bottom**2 - 2 * top * cov / bottom**3 + top**2 * vd / bottom**4) / 3000
    assert found.value == pytest.approx(orders.sum() / sessions.sum(), rel=1e-14)
    assert found.variance == pytest.approx(variance, rel=1e-8)


def test_ratio_keeps_the_covariate_and_its_covariance():
    n, d, x = RNG.normal(3, 1, 500), RNG.gamma(3, 1, 500), RNG.normal(0, 1, 500)
    found = linearise(Moments.of(n, d, x))
    residual = (n - n.sum() / d.sum() * d) / d.mean()
    assert found.mean[1] == pytest.approx(x.mean(), abs=1e-12)
    assert found.covariance(0, 1) == pytest.approx(np.cov(residual, x)[0, 1], rel=1e-9)
    assert found.variance(1) == pytest.approx(x.var(ddof=1), rel=1e-12)


def test_no_denominators_no_ratio():
    with pytest.raises(DataError, match="sum to zero"):
        linearise(Moments.of([1.0, 2.0], [0.0, 0.0]))

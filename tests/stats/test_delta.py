import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.delta import linearise
from assay.stats.means import sample_mean
from assay.stats.moments import Moments

RNG = np.random.default_rng(20260103)


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

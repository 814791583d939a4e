import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from assay.core.errors import DataError
from assay.stats.bayes.mixture import Mixture
from assay.stats.meta_analysis.pooling import paule_mandel, pool

SCHOOLS = [28.0, 8, -3, 7, -1, 1, 18, 12]
ERRORS = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
"""Rubin (1981), as in Gelman et al. (2013), table 5.2."""


def test_eight_schools_as_published():
    """Gelman et al. (2013), table 5.3: medians 10, 8, 7, 8, 5, 6, 10, 8 by simulation (a flat prior
    of the spread, which a half-normal of scale 1,000 is), rounded; intervals of 200 draws each."""
    found = pool(SCHOOLS, ERRORS**2, scale=1000)
    medians = [found.of(i).quantiles([0.5])[0] for i in range(8)]
    assert medians == pytest.approx([10, 8, 7, 8, 5, 6, 10, 8], abs=1.2)
    assert np.argmax(found.values) == 0
    low, high = found.intervals(0.05)[0]
    assert (low, high) == pytest.approx((-2, 31), abs=3)


def oracle(y, v, scale, index):
    """Posterior mean and sd by SciPy's adaptive quadrature, over mean and spread both."""

    def density(tau, mu):
        joint = stats.norm.logpdf(y, mu, np.sqrt(v + tau**2)).sum() - tau**2 / scale**2 / 2
        return np.exp(joint + 20)

    def moment(power):
        def of(mu, tau):
            kept = tau**2 / (tau**2 + v[index])
            mean, var = kept * y[index] + (1 - kept) * mu, kept * v[index]
            value = {0: 1.0, 1: mean, 2: var + mean**2}[power]
            return density(tau, mu) * value

        centre, reach = np.mean(y), 12 * np.sqrt(np.max(v))
        return integrate.dblquad(
            of, 0, 6 * scale, centre - reach, centre + reach, epsabs=1e-11, epsrel=1e-7
        )[0]

    whole = moment(0)
    mean = moment(1) / whole
    return mean, np.sqrt(moment(2) / whole - mean**2)


def test_pooled_estimates_agree_with_two_dimensional_quadrature():
    y, v = np.array([0.3, -0.1, 0.12]), np.array([0.04, 0.02, 0.01])
    found = pool(y, v, scale=0.3)
    mean, sd = oracle(y, v, 0.3, 0)
    one = found.of(0)
    assert (one.mean, one.sd) == pytest.approx((mean, sd), rel=3e-4)


@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(0.01, 2)), min_size=2, max_size=9))
def test_every_estimate_moves_towards_the_others(cases):
    y, v = np.array(cases).T
    found = pool(y, v, scale=0.3)
    drawn = found.values
    assert (drawn >= y.min() - 1e-9).all()
    assert (drawn <= y.max() + 1e-9).all()
    intervals = found.intervals(0.05)
    assert (intervals[:, 0] <= drawn).all()
    assert (drawn <= intervals[:, 1]).all()
    moved = pool(y + 5, v, scale=0.3)
    assert moved.values == pytest.approx(drawn + 5, abs=1e-6)


def test_equal_estimates_are_their_common_mean():
    found = pool([0.1] * 6, [0.04] * 6, scale=0.3)
    assert found.values == pytest.approx([0.1] * 6, abs=1e-12)
    assert found.mean.mean == pytest.approx(0.1)
    assert found.intervals(0.05)[0][1] - 0.1 < 1.96 * 0.2


def test_one_estimate_stays_as_it_is():
    found = pool([0.4], [0.01], scale=0.3)
    assert found.values == pytest.approx([0.4])
    assert found.intervals(0.05)[0] == pytest.approx(
        (0.4 - 1.959964 * 0.1, 0.4 + 1.959964 * 0.1), abs=1e-6
    )


def test_pooling_errs_less_than_not_pooling_and_covers():
    """200 draws of 10 segments from the very prior: RMSE below, and 95 % intervals that hold."""
    rng = np.random.default_rng(8)
    raw = pooled = covered = 0.0
    for _ in range(200):
        truth = rng.normal(0.05, abs(rng.normal(0, 0.3)), 10)
        v = rng.uniform(0.1, 0.5, 10) ** 2
        y = rng.normal(truth, np.sqrt(v))
        found = pool(y, v, scale=0.3)
        raw += ((y - truth) ** 2).sum()
        pooled += ((found.values - truth) ** 2).sum()
        low, high = found.intervals(0.05).T
        covered += ((low <= truth) & (truth <= high)).sum()
    assert pooled < 0.75 * raw
    assert covered / 2000 == pytest.approx(0.95, abs=0.02)


def test_paule_mandel_solves_its_equation():
    y, v = np.array([0.9, -0.3, 0.4, 1.5]), np.array([0.04, 0.05, 0.02, 0.09])
    tau2 = paule_mandel(y, v)
    w = 1 / (v + tau2)
    assert float(w @ (y - w @ y / w.sum()) ** 2) == pytest.approx(3)
    assert paule_mandel([0.1, 0.1], [1, 1]) == 0


def test_fifty_segments_take_milliseconds():
    rng = np.random.default_rng(2)
    y, v = rng.normal(0.05, 0.1, 50), rng.uniform(0.02, 0.2, 50) ** 2
    times = []
    for _ in range(3):
        start = time.process_time()
        pool(y, v, scale=0.3).intervals(0.05)
        times.append(time.process_time() - start)
    assert min(times) < 0.05


@pytest.mark.parametrize(("y", "v"), [([], []), ([1.0], [0.0]), ([np.nan, 1], [1, 1])])
def test_what_cannot_be_pooled_is_refused(y, v):
    with pytest.raises(DataError):
        pool(y, v, scale=0.3)


def test_a_mixture_of_one_is_a_normal():
    one = Mixture.normal(0.2, 0.5)
    assert one.quantiles([0.025, 0.5]) == pytest.approx([0.2 - 1.959964 * 0.5, 0.2], abs=1e-6)
    assert one.mean_excess - one.mean_shortfall == pytest.approx(0.2)
    assert one.p_positive + one.p_negative == pytest.approx(1)


@given(st.lists(st.tuples(st.floats(0.1, 1), st.floats(-3, 3), st.floats(0.1, 2)), min_size=1, max_size=5),
       st.floats(-4, 4), st.floats(0.05, 3))  # fmt: skip
def test_a_mixture_is_updated_as_bayes_says(parts, estimate, variance):
    """Against prior × likelihood on a fine grid."""
    before = Mixture.of(*np.array(parts).T)
    after = before.updated(estimate, variance)
    x = np.linspace(-25, 25, 40_001)
    density = before.density(x) * np.exp(-((estimate - x) ** 2) / variance / 2)
    density /= density.sum()
    assert after.mean == pytest.approx(density @ x, abs=1e-6)
    level = float(density[x < 0].sum() + density[x == 0].sum() / 2)
    assert after.p_negative == pytest.approx(level, abs=2e-3)


@pytest.mark.parametrize(("sd", "published"), [(0.3, 0.36786217), (0.05, 0.37843625)])
def test_chance_to_win_of_a_known_experiment(sd, published):
    """gbstats (head, 2026-11) on the lift −0.0074726555 (se .022080114) of our notes' data."""
    after = Mixture.normal(0, sd).updated(-0.0074726555, 0.022080114**2)
    assert after.p_positive == pytest.approx(published, abs=1e-8)


def test_flat_chances_of_a_known_experiment():
    """gbstats' flat priors: .36751818 on the lift; .36801902 on the difference −0.041740644, whose
    standard error is a quarter of its normal interval's width."""
    assert Mixture.normal(-0.0074726555, 0.022080114).p_positive == pytest.approx(
        0.36751818, abs=1e-8
    )
    se = (0.20094414 + 0.28442543) / 2 / 1.959963984540054
    assert Mixture.normal(-0.041740644, se).p_positive == pytest.approx(0.36801902, abs=1e-8)


@pytest.mark.parametrize("alpha", [1e-6, 1e-20, 1e-28, 1e-60])
def test_intervals_are_finite_at_any_level(alpha):
    """Early looks ask for errors that are lost in 1 − alpha; of one part both ends are closed."""
    found = pool([-0.0253, -0.0265], np.array([0.00132, 0.00111]), scale=0.05)
    ends, wider = found.intervals(alpha), found.intervals(alpha / 2)
    assert np.isfinite(ends).all()
    for i, (low, high) in enumerate(ends):
        each = found.of(i)
        assert each.interval(alpha) == pytest.approx((low, high), rel=1e-9)
        assert float(each.below(np.array(low))) == pytest.approx(alpha / 2, rel=1e-6)
        assert float(each.above(np.array(high))) == pytest.approx(alpha / 2, rel=1e-6)
    assert (wider[:, 0] < ends[:, 0]).all()
    assert (wider[:, 1] > ends[:, 1]).all()
    reach = -stats.norm.ppf(alpha / 2)
    assert Mixture.normal(3.0, 2.0).interval(alpha) == pytest.approx((3 - 2 * reach, 3 + 2 * reach))


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_no_quantile_is_at_the_end_of_a_line(level):
    with pytest.raises(DataError, match="no quantile"):
        Mixture.of([1, 1], [0, 1], [1, 2]).quantiles([level])


def test_the_spreads_upper_end_keeps_growing_as_the_error_falls():
    found = pool(SCHOOLS, ERRORS**2, scale=10)
    highs = [found.spread(alpha)[2] for alpha in (0.05, 1e-6, 1e-12, 1e-14, 1e-15)]
    assert all(one < more - 1e-3 for one, more in pairwise(highs))

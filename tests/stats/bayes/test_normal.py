import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from assay.core.errors import DataError
from assay.stats.bayes.normal import update

effects = st.tuples(st.floats(-3, 3), st.floats(0.05, 2), st.floats(0.1, 3))


def posterior(gap, error, prior_sd, control=5.0, control_error=0.03):
    return update(
        gap, error**2, control=control, control_variance=control_error**2,
        covariance=-(control_error**2), prior_sd=prior_sd,
    )  # fmt: skip


@given(effects)
def test_is_prior_times_likelihood(effect):
    """The density's moments and chances by quadrature of the product itself."""
    gap, error, prior_sd = effect
    found = posterior(gap, error, prior_sd)

    def product(x):
        return math.exp(-((x - gap) ** 2) / (2 * error**2) - x**2 / (2 * prior_sd**2))

    centre, width = found.mean, 12 * math.sqrt(found.variance)

    def integral(function, low, high):
        return integrate.quad(lambda x: function(x) * product(x), low, high, epsabs=1e-13)[0]

    whole = integral(lambda _: 1, centre - width, centre + width)
    mean = integral(lambda x: x, centre - width, centre + width) / whole
    assert found.mean == pytest.approx(mean, rel=1e-8, abs=1e-8)
    if centre - width < 0 < centre + width:
        positive = integral(lambda _: 1, 0, centre + width) / whole
        gain = integral(lambda x: x, 0, centre + width) / whole
        assert found.p_positive == pytest.approx(positive, abs=1e-9)
        assert found.loss_if_positive == pytest.approx(gain, rel=1e-7, abs=1e-10)
        assert found.p_positive + found.p_negative == pytest.approx(1, abs=1e-15)


@given(effects)
def test_losses_differ_by_the_mean(effect):
    found = posterior(*effect)
    assert found.loss_if_positive - found.loss_if_negative == pytest.approx(found.mean, abs=1e-12)
    assert found.loss_if_positive >= 0
    assert found.loss_if_negative >= 0


@pytest.mark.parametrize("z", [5.0, 10.0, 20.0, 30.0, 37.0])
def test_a_far_tail_keeps_its_digits(z):
    """E[max(x, 0)] for N(-z, 1) as the integral of its survival function, which never cancels."""
    expected = integrate.quad(lambda t: stats.norm.sf(t) / stats.norm.sf(z), z, z + 12, epsabs=0)[0]
    found = posterior(-z, 1.0, None).loss_if_positive
    assert found == pytest.approx(expected * stats.norm.sf(z), rel=1e-9)


def test_a_flat_prior_leaves_the_estimate_as_it_is():
    found = posterior(0.4, 0.2, None)
    low, high = found.interval(0.05)
    assert (low, high) == pytest.approx((0.4 - 1.959963985 * 0.2, 0.4 + 1.959963985 * 0.2))
    assert posterior(0.4, 0.2, 1e8).mean == pytest.approx(0.4, rel=1e-12)


def test_chance_of_a_known_experiment():
    """gbstats at head 8f1db4456, flat prior, absolute: P(better) .36801902, risks as printed.

    From a difference and standard error that our notes give to 8 digits.
    """
    gap, z = -0.041740644, 1.959963984540054
    error = (0.20094414 + 0.28442543) / (2 * z)
    found = posterior(gap, error, None)
    assert found.p_positive == pytest.approx(0.36801902, abs=2e-7)
    assert found.loss_if_positive == pytest.approx(0.0313076, abs=2e-7)
    assert found.loss_if_negative == pytest.approx(0.07304824, abs=2e-7)


def test_prior_moves_difference_and_control_as_their_joint_density_does():
    """The joint posterior of (difference, control) by inverting precision matrices."""
    gap, error, prior_sd, control, control_error = 0.9, 0.5, 0.4, 5.0, 0.3
    sigma = np.array([[error**2, -(control_error**2)], [-(control_error**2), control_error**2]])
    precision = np.linalg.inv(sigma)
    cov = np.linalg.inv(precision + np.diag([1 / prior_sd**2, 0]))
    mean = cov @ precision @ np.array([gap, control])
    found = posterior(gap, error, prior_sd, control, control_error)
    assert (found.mean, found.control) == pytest.approx(tuple(mean), rel=1e-12)
    assert found.variance == pytest.approx(cov[0, 0], rel=1e-12)
    assert found.control_variance == pytest.approx(cov[1, 1], rel=1e-12)
    assert found.covariance == pytest.approx(cov[0, 1], rel=1e-12)


@given(effects)
def test_lift_interval_excludes_zero_when_the_difference_does(effect):
    found = posterior(*effect)
    low, high = found.interval(0.05)
    lift = found.lift(0.05)
    assert (lift.low > 0, lift.high < 0) == (low > 0, high < 0)


@pytest.mark.parametrize(
    ("variance", "prior_sd"), [(0.0, 1.0), (math.nan, 1.0), (1.0, 0.0), (1.0, math.nan)]
)
def test_spreads_are_positive(variance, prior_sd):
    with pytest.raises(DataError, match="positive"):
        update(0.1, variance, control=1.0, control_variance=0.1, covariance=-0.1, prior_sd=prior_sd)


def test_means_are_finite():
    with pytest.raises(DataError, match="finite"):
        posterior(math.nan, 1.0, None)


def test_confidence_lies_between_zero_and_one():
    with pytest.raises(DataError, match="alpha"):
        posterior(0.1, 1.0, 1.0).interval(0.0)

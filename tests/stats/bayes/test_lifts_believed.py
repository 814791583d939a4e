import numpy as np
import pytest
from scipy import integrate, stats

from assay.core.errors import DataError
from assay.stats.bayes.best import LogMean, rank_lifts
from assay.stats.bayes.log_lift import SAFE, LogLift, believe, log_lift
from assay.stats.bayes.mixture import Mixture
from assay.stats.bayes.priors import DEFAULT, SCEPTICAL, fit_prior

FOUND = LogLift(
    value=0.08, variance=0.05**2, control=1.2, control_variance=0.03**2, covariance=-(0.03**2)
)


def joint(found, prior_sd):
    """Posterior of (log lift, log control) by matrices: a precision is added, nothing else."""
    cov = np.array([[found.variance, found.covariance], [found.covariance, found.control_variance]])
    precision = np.linalg.inv(cov)
    after = np.linalg.inv(precision + np.diag([1 / prior_sd**2, 0]))
    return after @ precision @ np.array([found.value, found.control]), after


def test_belief_is_the_conjugate_update_and_its_losses_those_of_draws():
    mean, cov = joint(FOUND, 0.1)
    found = believe(FOUND, Mixture.normal(0, 0.1))
    assert found.log_lift.mean == pytest.approx(mean[0])
    assert found.log_lift.sd == pytest.approx(np.sqrt(cov[0, 0]))
    assert found.control[0] == pytest.approx(mean[1])
    assert found.covariance[0] == pytest.approx(cov[0, 1])
    draws = np.random.default_rng(0).multivariate_normal(mean, cov, 10**6)
    gap = np.exp(draws[:, 1]) * np.expm1(draws[:, 0])
    error = gap.std() / 1000
    assert found.loss_if_positive == pytest.approx(np.maximum(gap, 0).mean(), abs=5 * error)
    assert found.loss_if_negative == pytest.approx(np.maximum(-gap, 0).mean(), abs=5 * error)
    assert found.difference == pytest.approx(gap.mean(), abs=5 * error)
    levels = (0.025, 0.3, 0.5, 0.975)
    assert found.difference_quantiles(levels) == pytest.approx(
        np.quantile(gap, levels), abs=8 * error
    )


def test_a_flat_prior_is_the_limit_of_wide_ones():
    flat, wide = believe(FOUND, None), believe(FOUND, Mixture.normal(0, 1e4))
    levels = (0.1, 0.9)
    assert flat.lift_quantiles(levels) == pytest.approx(wide.lift_quantiles(levels), rel=1e-6)
    assert flat.loss_if_negative == pytest.approx(wide.loss_if_negative, rel=1e-5)


def test_log_lift_by_the_delta_method():
    found = log_lift(0.5, 0.05, control=5.0, control_variance=0.02, covariance=-0.02)
    assert found.value == pytest.approx(np.log(1.1))
    assert found.variance == pytest.approx(0.03 / 5.5**2 + 0.02 / 25)
    assert found.covariance == pytest.approx(-0.02 / 25)


@pytest.mark.parametrize("control", [-5.0, 0.0, 0.1])
def test_arms_near_zero_have_no_logarithm(control):
    assert log_lift(0.5, 0.05, control=control, control_variance=0.02, covariance=-0.02) is None
    assert SAFE * np.sqrt(0.02) > 0.1
    with pytest.raises(DataError):
        log_lift(0.5, 0.0, control=5.0, control_variance=0.02, covariance=0)


def test_arms_that_share_a_control_agree_with_their_joint_normal():
    control = LogMean(np.log(5), 0.02**2)
    arms = [
        LogMean(np.log(5.1), 0.02**2),
        LogMean(np.log(5.15), 0.03**2),
        LogMean(np.log(4.9), 0.02**2),
    ]
    v = np.diag([arm.variance for arm in arms]) + control.variance
    y = np.array([arm.value for arm in arms]) - control.value
    cov = np.linalg.inv(np.linalg.inv(v) + np.eye(3) / 0.05**2)
    draws = np.random.default_rng(3).multivariate_normal(cov @ np.linalg.inv(v) @ y, cov, 10**6)
    seen = np.bincount(np.column_stack([np.zeros(10**6), draws]).argmax(axis=1)) / 1e6
    found = rank_lifts(control, arms, SCEPTICAL)
    assert found.p_best == pytest.approx(seen, abs=2.5e-3)
    assert sum(found.p_best) == pytest.approx(1, abs=1e-10)
    worst = rank_lifts(control, arms, SCEPTICAL, largest=False)
    fewest = np.bincount(np.column_stack([np.zeros(10**6), draws]).argmin(axis=1)) / 1e6
    assert worst.p_best == pytest.approx(fewest, abs=2.5e-3)


def test_two_arms_ranked_are_one_lift_believed():
    control, arm = LogMean(1.2, 0.03**2), LogMean(1.28, 0.04**2)
    ranked = rank_lifts(control, [arm], DEFAULT)
    found = believe(
        LogLift(
            value=0.08,
            variance=0.05**2,
            control=1.2,
            control_variance=0.03**2,
            covariance=-(0.03**2),
        ),
        DEFAULT,
    )
    assert ranked.p_best[1] == pytest.approx(found.log_lift.p_positive, abs=1e-10)
    assert ranked.loss == pytest.approx((found.loss_if_positive, found.loss_if_negative), rel=1e-7)


@pytest.mark.parametrize("largest", [True, False])
def test_an_arm_that_is_surely_not_the_best_changes_nothing(largest):
    """One arm is ranked in closed form, two are by quadrature over their control."""
    control, arm = LogMean(1.2, 0.03**2), LogMean(1.25, 0.04**2)
    hopeless = LogMean(-1.5 if largest else 4.0, 0.04**2)
    two = rank_lifts(control, [arm], None, largest=largest)
    three = rank_lifts(control, [arm, hopeless], None, largest=largest)
    assert three.p_best == pytest.approx((*two.p_best, 0), abs=1e-6)
    assert three.loss[:2] == pytest.approx(two.loss, rel=1e-5)


def test_one_arm_under_a_mixture_agrees_with_its_joint_density_on_a_grid():
    """Prior of the lift times both likelihoods, by Simpson's rule on either side of no lift."""
    control, arm = LogMean(1.2, 0.03**2), LogMean(1.25, 0.04**2)
    prior = Mixture.of([0.4, 0.6], [0.0, 0.02], [0.1, 0.4])
    level = np.linspace(0.95, 1.45, 201)[:, None]
    masses, losses = [], []
    for lift in (np.linspace(-0.6, 0, 3201), np.linspace(0, 0.6, 3201)):
        density = stats.norm.pdf(1.2, level, 0.03) * stats.norm.pdf(1.25, level + lift, 0.04)
        density *= 0.4 * stats.norm.pdf(lift, 0, 0.1) + 0.6 * stats.norm.pdf(lift, 0.02, 0.4)
        given_up = density * np.abs(np.exp(level + lift) - np.exp(level))
        for found, values in ((masses, density), (losses, given_up)):
            inner = integrate.simpson(values, x=lift, axis=1)
            found.append(integrate.simpson(inner, x=level[:, 0]))
    found = rank_lifts(control, [arm], prior)
    assert found.p_best == pytest.approx([m / sum(masses) for m in masses], rel=1e-9)
    given_up = losses[1] / sum(masses), losses[0] / sum(masses)
    assert found.loss == pytest.approx(given_up, rel=1e-9)
    other = rank_lifts(control, [arm], prior, largest=False)
    assert other.p_best == pytest.approx(found.p_best[::-1], rel=1e-12)
    assert other.loss == pytest.approx(found.loss[::-1], rel=1e-12)


def past(rng, n, draw):
    se = rng.uniform(0.03, 0.1, n)
    return [(float(t + s * rng.normal()), float(s)) for t, s in zip(draw(n), se, strict=True)]


def test_a_prior_finds_the_spread_of_true_effects():
    rng = np.random.default_rng(5)
    found = fit_prior(past(rng, 400, lambda n: rng.normal(0.02, 0.1, n)))
    assert found.spread_low < 0.1 < found.spread_high
    assert found.mean == pytest.approx(0.02, abs=0.02)
    low, high = found.prior.quantiles((0.05, 0.95))
    assert (low, high) == pytest.approx(stats.norm.interval(0.9, 0.02, 0.1), abs=0.03)


def test_heavy_tails_are_told_from_normal_ones():
    rng = np.random.default_rng(6)
    heavy = fit_prior(past(rng, 300, lambda n: 0.08 * rng.standard_t(3, n)))
    light = fit_prior(past(rng, 300, lambda n: rng.normal(0, 0.1, n)))
    assert heavy.p_heavy > 0.8
    assert light.p_heavy < 0.7


def test_ten_experiments_leave_the_prior_unsure():
    rng = np.random.default_rng(7)
    few = past(rng, 10, lambda n: rng.normal(0, 0.1, n))
    assert fit_prior(few).spread_high > 2 * fit_prior(few * 30).spread_high / 1.5
    with pytest.raises(DataError, match="at least 10"):
        fit_prior(few[:9])


def test_predictions_hold_for_the_next_experiment():
    """90 % intervals of the fitted prior, over 150 worlds of 12 past experiments each."""
    rng = np.random.default_rng(8)
    inside = 0
    for _ in range(150):
        spread = abs(rng.normal(0, 0.2))
        found = fit_prior(past(rng, 12, lambda n, s=spread: rng.normal(0, s, n)))
        low, high = found.prior.quantiles((0.05, 0.95))
        inside += low <= rng.normal(0, spread) <= high
    assert inside / 150 == pytest.approx(0.9, abs=0.075)

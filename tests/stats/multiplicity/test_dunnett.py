from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import gammaln, ndtr, stdtr, stdtrit

from assay.core.errors import DataError
from assay.stats.multiplicity.dunnett import (
    ManyToOne,
    _probability_beyond,
    dunnett_critical,
    dunnett_p_value,
    loading,
    probability_within,
)

HALF = sqrt(0.5)
"""Loading of equal arms: each two of them correlate by 1/2."""


@pytest.mark.parametrize(
    ("freedom", "row"),
    [
        (5, (2.57, 3.03, 3.29, 3.48, 3.62)),
        (10, (2.23, 2.57, 2.76, 2.89, 2.99)),
        (20, (2.09, 2.38, 2.54, 2.65, 2.73)),
        (60, (2.00, 2.27, 2.41, 2.51, 2.58)),
        (inf, (1.96, 2.21, 2.35, 2.44, 2.51)),
    ],
)
def test_critical_values_of_the_published_table(freedom, row):
    """Dunnett (1964), Biometrics 20, table II: two-sided, alpha .05, one to five equal arms."""
    found = [dunnett_critical(0.05, [HALF] * k, freedom) for k in range(1, 6)]
    assert found == pytest.approx(row, abs=0.0051)


def test_p_values_of_scipy():
    """scipy.stats.dunnett on Thomson & Short (1969), as in its documentation, to its noise."""
    arms = [[3.8, 2.7, 4.0, 2.4], [2.8, 3.4, 3.7, 2.2, 2.0]]
    control = [2.9, 3.0, 2.5, 2.6, 3.2]
    peer = stats.dunnett(*arms, control=control, rng=np.random.default_rng(1))
    loadings = [loading(1 / 5, 1 / 5 + 1 / len(arm)) for arm in arms]
    found = [dunnett_p_value(t, loadings, 11) for t in peer.statistic]
    assert found == pytest.approx(list(peer.pvalue), abs=5e-4)


def test_probability_by_drawing():
    """Four unequal arms with 7 degrees of freedom, 400,000 draws: within 4 standard errors."""
    rng = np.random.default_rng(3)
    loadings = np.array([0.3, 0.6, 0.9, 0.0])
    shared = rng.normal(size=(400_000, 1))
    own = rng.normal(size=(400_000, 4))
    spread = np.sqrt(rng.chisquare(7, size=400_000) / 7)
    largest = np.abs(loadings * shared + np.sqrt(1 - loadings**2) * own).max(axis=1) / spread
    share = np.mean(largest <= 2.4)
    found = probability_within(2.4, list(loadings), 7)
    assert found == pytest.approx(share, abs=4 * sqrt(share * (1 - share) / 400_000))


@given(st.floats(0, 6), st.floats(0, 0.999), st.sampled_from([2.0, 7.5, 300.0, 1e6, inf]))
def test_one_arm_is_students_t(statistic, one, freedom):
    alone = 2 * stdtr(freedom, -statistic) if freedom < inf else 2 * stats.norm.cdf(-statistic)
    assert dunnett_p_value(statistic, [one], freedom) == pytest.approx(alone, abs=1e-9)
    assert dunnett_critical(0.05, [one], freedom) == pytest.approx(
        -stdtrit(freedom, 0.025), abs=1e-12
    )


@settings(max_examples=25)
@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=4),
    st.sampled_from([3.0, 20.0, inf]),
    st.floats(0.001, 0.2),
)
def test_between_one_test_and_bonferroni_and_its_own_inverse(loadings, freedom, alpha):
    critical = dunnett_critical(alpha, loadings, freedom)
    assert -stdtrit(freedom, alpha / 2) - 1e-9 <= critical
    assert critical <= -stdtrit(freedom, alpha / 2 / len(loadings)) + 1e-9
    assert dunnett_p_value(critical, loadings, freedom) == pytest.approx(alpha, rel=1e-6)


def test_independent_arms_multiply():
    """Without a shared control all arms stay within by themselves (Šidák)."""
    alone = 1 - 2 * stats.norm.cdf(-2.0)
    assert probability_within(2.0, [0.0] * 3, inf) == pytest.approx(alone**3, abs=1e-12)


@pytest.mark.parametrize("freedom", [1, 4, 30, 1e4, inf])
@pytest.mark.parametrize("alpha", [1e-5, 1e-20])
def test_the_last_digits_of_an_alpha_that_one_minus_it_swallows(alpha, freedom):
    """Independent given the spread, three arms have a single integral, here over its logarithm."""
    critical = dunnett_critical(alpha, [0.0] * 3, freedom)
    u = np.linspace(-60, 3, 400_001) if freedom < inf else np.zeros(1)
    alone = 2 * ndtr(-critical * np.exp(u))
    any_of_three = 3 * alone - 3 * alone**2 + alone**3
    if freedom < inf:
        half = freedom / 2
        log_density = freedom * u - half * np.exp(2 * u) + half * np.log(half) - gammaln(half)
        any_of_three = integrate.trapezoid(2 * np.exp(log_density) * any_of_three, u)
    assert float(np.squeeze(any_of_three)) == pytest.approx(alpha, rel=1e-8)
    assert dunnett_p_value(critical, [0.0] * 3, freedom) == pytest.approx(alpha, rel=1e-8)


@pytest.mark.parametrize("freedom", [1, 5, 40, inf])
@pytest.mark.parametrize("one", [0.0, HALF, 0.98])
def test_one_arm_far_out_is_students_t(one, freedom):
    statistic = -stdtrit(freedom, 5e-21)
    beyond = dunnett_p_value(statistic, [one] * 2, freedom)
    assert 1e-20 < beyond <= 2e-20
    alone = _probability_beyond(statistic, [one], freedom)
    assert alone == pytest.approx(1e-20, rel=1e-8)


def test_far_out_in_the_tail_the_p_value_keeps_its_size():
    found = dunnett_p_value(12.0, [HALF] * 3, inf)
    assert 2 * stats.norm.cdf(-12) <= found <= 6 * stats.norm.cdf(-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: probability_within(-1, [0.5], 5),
        lambda: probability_within(1, [], 5),
        lambda: probability_within(1, [1.2], 5),
        lambda: probability_within(1, [0.5], 0),
        lambda: dunnett_critical(0, [0.5, 0.5], 5),
        lambda: loading(2.0, 1.0),
    ],
)
def test_what_is_no_comparison_is_refused(call):
    with pytest.raises(DataError, match="expected"):
        call()


def test_unequal_spreads_keep_the_error():
    """Hasler & Hothorn (2008): 30 units per arm, standard deviations 1, 2, 1.5; 1,500 draws.

    Tolerance: 3.5 standard errors of a share of 1,500.
    """
    rng = np.random.default_rng(3)
    spreads, n, times = np.array([1.0, 2.0, 1.5]), 30, 1500
    draws = rng.normal(0, spreads[:, None, None], (3, times, n))
    means, variances = draws.mean(axis=2), draws.var(axis=2, ddof=1) / n
    wrong = 0
    for mean, variance in zip(means.T, variances.T, strict=True):
        both = variance[1:] + variance[0]
        z = np.abs(mean[1:] - mean[0]) / np.sqrt(both)
        freedom = both**2 / ((variance[1:] ** 2 + variance[0] ** 2) / (n - 1))
        loadings = tuple(loading(variance[0], one) for one in both)
        far = int(np.argmax(z))
        rule = ManyToOne(loadings, float(freedom[far]))
        wrong += z[far] > 1.9 and rule.p_value(float(z[far]), 0.0) <= 0.05
    assert wrong / times <= 0.05 + 3.5 * sqrt(0.05 * 0.95 / times)
    assert wrong / times >= 0.05 - 3.5 * sqrt(0.05 * 0.95 / times)


def test_the_rule_says_the_same_by_bound_and_by_p():
    """What lies just beyond the bound has a p just below alpha; several metrics share it."""
    for metrics in (1, 3):
        rule = ManyToOne((0.7, 0.6, 0.8), 40.0, comparisons=metrics)
        bound = rule.level(0.05).critical
        assert rule.p_value(bound * 1.000001, 0.0) < 0.05 < rule.p_value(bound * 0.999999, 0.0)
    assert rule.p_value(1.0, 0.9) >= 0.9
    assert "Dunnett" in rule.name

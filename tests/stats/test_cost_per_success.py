import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.cost_per_success import cost_per_success


def _drawn(rng, n, rate, sigma):
    won = (rng.random(n) < rate).astype(float)
    cost = np.exp(sigma * rng.standard_normal(n) + 0.7 * (1 - won))
    return np.ones(n), cost, won


@pytest.mark.parametrize(("n", "rate", "sigma"), [(40, 0.15, 1.0), (100, 0.5, 0.7)])
def test_the_true_cost_per_success_is_covered(n, rate, sigma):
    rng = np.random.default_rng(5)
    truth = np.exp(sigma**2 / 2) * (rate + (1 - rate) * np.exp(0.7)) / rate
    runs = [cost_per_success(*_drawn(rng, n, rate, sigma), alpha=0.05) for _ in range(1500)]
    covered = np.mean([one.low <= truth <= one.high for one in runs])
    assert covered > 0.95 - 3 * (0.95 * 0.05 / 1500) ** 0.5
    assert np.mean([one.high < np.inf for one in runs]) > 0.99


def test_with_repeated_attempts_intervals_stand_on_units():
    rng = np.random.default_rng(6)
    ones, cost, won = _drawn(rng, 50, 0.4, 0.8)
    once = cost_per_success(ones, cost, won, alpha=0.05)
    copied = cost_per_success(5 * ones, 5 * cost, 5 * won, alpha=0.05)
    assert (copied.value, copied.low, copied.high) == pytest.approx(
        (once.value, once.low, once.high)
    )
    apart = cost_per_success(np.ones(250), np.repeat(cost, 5), np.repeat(won, 5), alpha=0.05)
    assert apart.high - apart.low < 0.6 * (once.high - once.low)


def test_costs_scale_and_their_ratio_is_that_of_the_sums():
    rng = np.random.default_rng(7)
    tries = rng.integers(1, 5, 30).astype(float)
    won = rng.binomial(tries.astype(int), 0.5).astype(float)
    cost = rng.gamma(2, tries)
    found = cost_per_success(tries, cost, won, alpha=0.1)
    assert found.value == pytest.approx(cost.sum() / won.sum())
    larger = cost_per_success(tries, 1000 * cost, won, alpha=0.1)
    assert (larger.low, larger.high) == pytest.approx((1000 * found.low, 1000 * found.high))


def test_where_nothing_succeeded_there_is_a_least_cost():
    rng = np.random.default_rng(8)
    cost = np.exp(0.5 * rng.standard_normal(40))
    found = cost_per_success(np.ones(40), cost, np.zeros(40), alpha=0.05)
    assert found.value == found.high == np.inf
    # not above the mean cost over the largest rate that 40 failures leave (exact, one-sided 2.5 %)
    assert 0.5 * cost.mean() / 0.088 < found.low < cost.mean() / 0.088


def test_costs_of_nothing_and_sure_success():
    found = cost_per_success(np.ones(12), np.zeros(12), np.ones(12), alpha=0.05)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)
    same = cost_per_success(np.ones(12), np.full(12, 0.2), np.ones(12), alpha=0.05)
    assert same.low == pytest.approx(0.2)
    assert same.high > 0.2


def test_one_unit_is_too_few():
    with pytest.raises(DataError, match="1 units"):
        cost_per_success(np.ones(1), np.ones(1), np.ones(1), alpha=0.05)

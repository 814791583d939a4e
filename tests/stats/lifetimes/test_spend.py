"""Spend per return: published figures, the integral by brute force, and what is refused."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gamma

from assay.core.errors import DataError
from assay.stats.lifetimes import fit_spend, independence_of
from stats.lifetimes.cdnow import END, purchases


@pytest.fixture(scope="module")
def cdnow(shared_data):
    rows = []
    for days in purchases(shared_data):
        spent = [dollars for day, dollars in days.items() if day <= END][1:]
        rows.append((len(spent), np.mean(spent) if spent else 0.0))
    return np.array(rows).T


def test_the_published_parameters_of_cdnow(cdnow):
    # Fader & Hardie (2013), The Gamma-Gamma model of monetary value: 946 customers, p 6.25,
    # q 3.74, gamma 15.44; mean spend over customers 35.1 (p gamma / (q - 1)); correlation .11
    found = fit_spend(*cdnow)
    assert found.users == 946
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=5e-3)
    assert found.mean == pytest.approx(6.25 * 15.44 / 2.74, rel=2e-3)
    assert found.low < found.mean < found.high
    apart = independence_of(*cdnow)
    assert apart.correlation == pytest.approx(0.11, abs=5e-3)
    assert apart.low > 0  # frequent ones spend a little more, within the margin
    assert apart.verdict == "holds"


def test_the_unit_of_money_makes_no_difference(cdnow):
    x, z = cdnow
    one, other = fit_spend(x, z), fit_spend(x, z * 1e-3)
    assert (other.p, other.q) == pytest.approx((one.p, one.q), rel=1e-5)
    assert other.gamma == pytest.approx(one.gamma * 1e-3, rel=1e-5)
    assert other.expected(x, z * 1e-3) == pytest.approx(one.expected(x, z) * 1e-3, rel=1e-5)
    assert (other.low, other.high) == pytest.approx((one.low * 1e-3, one.high * 1e-3), rel=1e-4)
    assert other.log_likelihood == pytest.approx(one.log_likelihood + 946 * np.log(1e3), rel=1e-9)


def test_expected_spend_is_the_mean_over_what_a_users_rate_may_be(cdnow):
    found = fit_spend(*cdnow)
    p, q, scale = found.p, found.q, found.gamma
    for x, z in ((1, 12.0), (5, 80.0)):

        def weight(rate, x=x, z=z):
            spends = (rate * x) ** (p * x) * z ** (p * x - 1) * np.exp(-rate * x * z) / gamma(p * x)
            return spends * scale**q * rate ** (q - 1) * np.exp(-rate * scale) / gamma(q)

        whole = quad(weight, 0, 20, points=[0.1, 0.5, 2])[0]
        mean = quad(lambda rate: p / rate * weight(rate), 0, 20, points=[0.1, 0.5, 2])[0]
        assert found.expected([x], [z])[0] == pytest.approx(mean / whole, rel=1e-6)
    assert found.expected([0], [np.nan])[0] == pytest.approx(found.mean)


def test_a_mean_without_end_is_not_told():
    rng = np.random.default_rng(4)
    rate = rng.gamma(0.6, 1, 3000)
    found = fit_spend(np.full(3000, 2), rng.gamma(10, 1, 3000) / rate)
    assert found.q == pytest.approx(0.6, rel=0.1)
    assert found.mean is found.low is found.high is None
    assert np.isnan(found.expected([0], [0])[0])
    assert found.expected([2], [5.0])[0] > 0


def test_spend_that_grows_with_use_is_seen():
    rng = np.random.default_rng(4)
    x = rng.geometric(0.3, 2000)
    alike = rng.gamma(4, 5, 2000)
    assert independence_of(x, alike).verdict == "holds"
    grows = independence_of(x, alike * x**0.6)
    assert grows.verdict == "broken"
    assert grows.low > 0.2
    assert independence_of(x[:12], alike[:12]).verdict == "unclear"
    assert independence_of(np.full(50, 2), alike[:50]).verdict == "unclear"


def test_the_interval_of_doubling_allows_rare_users_to_vary_more():
    """Of 400 sets without any relation, 95 % of intervals hold 0; spends vary with 1 / √returns."""
    rng = np.random.default_rng(9)
    held = 0
    for _ in range(400):
        x = rng.geometric(0.3, 150)
        found = independence_of(x, rng.gamma(4 * x, 5 / x))
        held += found.low <= 0 <= found.high
    assert held / 400 == pytest.approx(0.95, abs=3 * np.sqrt(0.05 * 0.95 / 400))


@pytest.mark.parametrize(
    ("x", "z", "told"),
    [
        (np.zeros(30), np.ones(30), "0 users with a spend came back"),
        (np.ones(30), np.zeros(30), "30 of 30 users who came back have no mean spend"),
        (np.ones(30), np.full(30, np.nan), "30 of 30"),
        (np.ones(30), np.full(30, 4.0), "nothing varies"),
        (np.ones(30), np.ones(29), "one entry per user"),
        (np.full(30, -1), np.ones(30), "whole numbers of 0 or more"),
    ],
)
def test_what_says_nothing_of_spend_is_refused(x, z, told):
    with pytest.raises(DataError, match=told):
        fit_spend(x, z)

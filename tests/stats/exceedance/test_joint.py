"""Conditions on rates that go together: against exact cells, brute force and a simulated truth."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from assay.stats.exceedance.beliefs import counts_between, means_between, shares_between
from assay.stats.exceedance.joint import Rate, cells_each, joined, tilts
from assay.stats.exceedance.membership import members, number_between

CUTS = (0.55, 4.0)


def world(rng, entities, correlation):
    """A share and a rate per exposure whose normal scores are correlated, and what is seen."""
    z = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], entities)
    share = stats.beta(3, 4).ppf(ndtr(z[:, 0]))
    rate = stats.gamma(2, scale=1.5).ppf(ndtr(z[:, 1]))
    return share, rate, *seen(rng, share, rate)


def camps(rng, entities):
    """A quarter has much of both, three quarters little: no family has such a shape."""
    much = rng.random(entities) < 0.25
    share = np.where(much, rng.beta(60, 20, entities), rng.beta(20, 60, entities))
    rate = np.where(much, rng.gamma(20, 0.3, entities), rng.gamma(20, 0.05, entities))
    return share, rate, *seen(rng, share, rate)


def seen(rng, share, rate):
    n, e = rng.integers(1, 40, share.size), rng.integers(1, 20, share.size)
    one = shares_between(rng.binomial(n, share), n, above=CUTS[0])
    return one, counts_between(rng.poisson(e * rate), e, above=CUTS[1])


def apart(one, two):
    """Probabilities, and the interval of their number, if rates had nothing to do with another."""
    p = one.probabilities * two.probabilities
    variance = (p * (1 - p)).sum()
    for this, other in ((one, two), (two, one)):
        totals = this.each @ other.probabilities
        variance += this.weights @ (totals - this.weights @ totals) ** 2
    return p, number_between(p.sum(), variance, p.size, 0.95)


def gaps(said, true):
    """Said less true in each fifth of what was said, with the error of the latter."""
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        mine = (said >= low) & (said <= low + 0.2)
        error = np.sqrt((said[mine] * (1 - said[mine])).sum()) / mine.sum()
        yield low, said[mine].mean() - true[mine].mean(), error


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_probabilities_hold_however_rates_go_together(correlation: float) -> None:
    """Each fifth within .03 but for chance, where the product is .1 off at .5, and .25 at .9."""
    rng = np.random.default_rng(11)
    said, product, true = [], [], []
    for _ in range(8):
        share, rate, one, two = world(rng, 1500, correlation)
        said.append(members([one, two]).probabilities)
        product.append(one.probabilities * two.probabilities)
        true.append((share > CUTS[0]) & (rate > CUTS[1]))
    said, product, true = (np.concatenate(parts) for parts in (said, product, true))
    for low, gap, error in gaps(said, true):
        assert abs(gap) < 0.03 + 2 * error, low
    worst = min(gap for _, gap, _ in gaps(product, true))
    assert worst < {0.0: 0.0, 0.5: -0.08, 0.9: -0.25}[correlation]


def test_the_number_of_members_lies_in_its_interval_whatever_the_correlation() -> None:
    """In 93 of 100 sets and more; that of the product at .9 in fewer than half."""
    rng = np.random.default_rng(12)
    held, product = [], []
    for correlation in (0.0, 0.5, 0.9):
        for _ in range(20):
            share, rate, one, two = world(rng, 200, correlation)
            true = ((share > CUTS[0]) & (rate > CUTS[1])).sum()
            found, (low, high) = members([one, two]), apart(one, two)[1]
            held.append(found.low <= true <= found.high)
            product.append(low <= true <= high)
    assert np.mean(held) >= 0.93
    assert np.mean(product[40:]) < 0.5


def test_two_camps_are_no_single_family() -> None:
    """Their own shape is learned from 2,000: the number holds where the families' is .2 off."""
    rng = np.random.default_rng(13)
    said, product, true = [], [], []
    for _ in range(4):
        share, rate, one, two = camps(rng, 2000)
        said.append(members([one, two]).probabilities)
        product.append(one.probabilities * two.probabilities)
        true.append((share > CUTS[0]) & (rate > CUTS[1]))
    said, product, true = (np.concatenate(parts) for parts in (said, product, true))
    assert np.mean((said - true) ** 2) < 0.5 * np.mean((product - true) ** 2)
    assert said.sum() == pytest.approx(true.sum(), rel=0.04)
    assert product.sum() < 0.8 * true.sum()
    off, far = (
        sum(abs(gap) * ((p >= low) & (p <= low + 0.2)).mean() for low, gap, _ in gaps(p, true))
        for p in (said, product)
    )
    assert off < 0.01
    assert far > 0.04


def test_three_conditions_hold_together() -> None:
    rng = np.random.default_rng(14)
    z = rng.multivariate_normal(np.zeros(3), [[1, 0.8, 0.5], [0.8, 1, 0.5], [0.5, 0.5, 1]], 3000)
    share, rate = stats.beta(3, 4).ppf(ndtr(z[:, 0])), np.exp(0.7 * z[:, 1] + 0.7)
    one, two = seen(rng, share, rate)
    variance = 1 / rng.integers(1, 40, 3000)
    three = means_between(rng.normal(z[:, 2], np.sqrt(variance)), variance, above=0.2)
    found = members([one, two, three])
    true = (share > CUTS[0]) & (rate > CUTS[1]) & (z[:, 2] > 0.2)
    assert found.low <= true.sum() <= found.high
    product = one.probabilities * two.probabilities * three.probabilities
    assert product.sum() < found.low
    for low, gap, error in gaps(found.probabilities, true):
        assert abs(gap) < 0.03 + 3 * error, low


def test_a_rate_that_is_not_known_follows_one_that_is_and_still_is_too_little() -> None:
    rng = np.random.default_rng(15)
    share, rate, *_ = world(rng, 1500, 0.9)
    n, e = np.full(1500, 200), np.where(np.arange(1500) < 300, 0, 60)
    one = shares_between(rng.binomial(n, share), n, above=CUTS[0])
    two = counts_between(rng.poisson(e * rate), e, above=CUTS[1])
    found = members([one, two])
    blind, much, little = np.arange(1500) < 300, share > 0.75, share < 0.3
    assert (rate[blind & much] > CUTS[1]).mean() == pytest.approx(
        found.probabilities[blind & much].mean(), abs=0.1
    )
    assert set(found.classes[blind & much].tolist()) == {3}
    assert set(found.classes[blind & little].tolist()) == {1}


def test_of_a_few_entities_a_single_rate_keeps_its_family() -> None:
    y, n = np.array([1, 4, 7, 9]), np.array([9, 9, 9, 20])
    one = shares_between(y, n, above=0.3, below=0.6)
    assert members([one]).probabilities == pytest.approx(one.probabilities, abs=1e-6)


def certain(values, cells):
    """A rate of which each entity's cell is known."""
    held = np.zeros((values.size, cells), dtype=np.float32)
    held[np.arange(values.size), np.clip((values * cells).astype(int), 0, cells - 1)] = 1
    return Rate(held, np.full(cells, 1 / cells), np.arange(cells) >= cells / 2)


def test_a_normal_copula_has_its_own_rectangles() -> None:
    """scipy's bivariate normal distribution function, on 16 × 16 cells as likely as each other."""
    rate = certain(np.zeros(1), 16)
    found = joined([rate, rate], np.array([[1, 0.6], [0.6, 1]]))
    normal = stats.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]])
    assert found.sum(axis=0) == pytest.approx(np.full(16, 1 / 16), rel=1e-3)
    for i, j in ((4, 4), (8, 8), (4, 12), (15, 15)):
        wanted = normal.cdf(stats.norm.ppf([i / 16, j / 16]))
        assert found[:i, :j].sum() == pytest.approx(wanted, abs=0.006)


def test_where_rates_are_known_the_prior_is_their_table() -> None:
    """Four in ten lie high in both, six low in both: the table of counts, blurred a little."""
    rng = np.random.default_rng(16)
    high = rng.random(4000) < 0.4
    values = np.where(high, 0.95, 0.05)
    drawn = tilts([certain(values, 10), certain(values, 10)])
    weights = drawn.mean(axis=0) / 100
    assert weights.sum() == pytest.approx(1, abs=0.01)
    assert weights[5:, 5:].sum() == pytest.approx(high.mean(), abs=0.02)
    assert weights[:5, 5:].sum() + weights[5:, :5].sum() < 0.01


@pytest.mark.parametrize("rates", range(1, 12))
def test_a_grid_stays_small_with_any_number_of_rates(rates: int) -> None:
    assert 2 <= cells_each(rates) <= 24
    assert cells_each(rates) ** rates <= 2048

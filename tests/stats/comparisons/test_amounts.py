"""Welch's interval of amounts, its ends moved by skewness: against its equation, and simulated."""

import math

import numpy as np
import pytest
from scipy import stats

from assay.stats.comparisons.amounts import AmountContrast
from assay.stats.contrasts import NormalContrast
from assay.stats.gate import leaning_at, skewness
from assay.stats.level import Level
from assay.stats.means import sample_mean, welch_gap
from assay.stats.moments import Moments


def contrasts(one, other):
    """With skewness, and without."""
    here, there = (sample_mean(Moments.of(x)) for x in (one, other))
    known = {
        "gap": welch_gap(here, there),
        "control": there.value,
        "control_variance": there.variance,
        "covariance": -there.variance,
    }
    lean = skewness(one, other)
    mine = AmountContrast(**known, skewness=lean, n=len(one), m=len(other))
    return mine, NormalContrast(**known)


def revenue(rng, n, lift=0.0):
    return (1 + lift) * rng.lognormal(0, 1.2, n) * (rng.random(n) < 0.1)


def test_skewness_of_a_sample_and_of_a_difference():
    rng = np.random.default_rng(0)
    x, y = rng.exponential(3, 4_000), rng.exponential(1, 6_000)
    pooled = np.concatenate((stats.zscore(x), stats.zscore(y)))
    assert skewness(x, y) == pytest.approx((pooled**3).mean(), rel=1e-9)
    # the gap of Gamma sums: skewness of an exponential is 2, cumulants add up
    n, m, factor = 7, 11, 1.7
    third, second = 2 * (factor**3 / n**2 - 1 / m**2), factor**2 / n + 1 / m
    assert leaning_at(factor, 2.0, n, m) == pytest.approx(third / second**1.5, rel=1e-12)


def test_ends_are_where_the_corrected_statistic_is_critical():
    rng = np.random.default_rng(1)
    one, other = revenue(rng, 300, 1.0), revenue(rng, 300)
    made, plain = contrasts(one, other)
    found, times = (c.at(Level(0.05)).difference for c in (made, plain))
    times = times.critical_value
    lean = skewness(one, other)
    for end, sign in ((found.low, -1), (found.high, 1)):
        before = (one.mean() - end + other.mean()) / 2
        factor = min(max((before + end) / before, 1 / 20), 20) if before > 0 else 20
        moved = sign * times + leaning_at(factor, lean, 300, 300) * (2 * times**2 + 1) / 6
        assert end == pytest.approx(made.value + found.standard_error * moved, rel=1e-6)


def test_a_rule_for_many_looks_gets_welchs_interval():
    """Its multiplier is no quantile: at ten standard errors an expansion would leave the truth."""
    rng = np.random.default_rng(5)
    mine, plain = (
        c.at(Level.of_bound(10.0)) for c in contrasts(revenue(rng, 60, 0.2), revenue(rng, 60))
    )
    assert mine == plain


def test_far_out_the_shift_no_longer_grows():
    rng = np.random.default_rng(6)
    made, plain = contrasts(revenue(rng, 300, 1.0), revenue(rng, 300))
    shifts = []
    for alpha in (1e-4, 1e-9):
        mine, bare = (c.at(Level(alpha)).difference for c in (made, plain))
        shifts.append((mine.high - bare.high) / mine.standard_error)
    assert shifts[0] == pytest.approx(shifts[1], rel=0.15)


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.001])
def test_verdict_and_lift_are_welchs(alpha):
    rng = np.random.default_rng(2)
    for lift in (0.0, 0.4, 2.0, -0.6) * 30:
        one, other = revenue(rng, 80, lift), revenue(rng, 90)
        mine, plain = (contrast.at(Level(alpha)) for contrast in contrasts(one, other))
        assert mine.lift == plain.lift
        low, high = mine.difference.low, mine.difference.high
        excluded = plain.difference.low > 0 or plain.difference.high < 0
        assert (low > 0 or high < 0) == excluded
        assert low < mine.difference.value < high


def test_without_skewness_it_is_welchs_interval():
    rng = np.random.default_rng(3)
    one, other = rng.uniform(0, 3, 500), rng.uniform(0, 2, 400)
    mine, plain = (contrast.at(Level(0.05)).difference for contrast in contrasts(one, other))
    assert (mine.low, mine.high) == pytest.approx(
        (plain.low, plain.high), abs=0.02 * plain.half_width
    )


def test_a_doubled_revenue_is_covered_where_welchs_interval_misses_it():
    rng = np.random.default_rng(4)
    streams, n = 2_500, 250
    truth = 0.1 * math.exp(1.2**2 / 2)
    held = np.zeros(2)
    for _ in range(streams):
        both = contrasts(revenue(rng, n, 1.0), revenue(rng, n))
        found = [contrast.at(Level(0.05)).difference for contrast in both]
        held += [d.low <= truth <= d.high for d in found]
    mine, plain = held / streams
    band = 3.5 * math.sqrt(0.05 * 0.95 / streams)
    assert mine >= 0.95 - band
    assert plain < 0.95 - band

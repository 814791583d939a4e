import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from assay.core.errors import DataError
from assay.stats.means import SampleMean, paired, sample_mean, welch
from assay.stats.moments import Moments

samples = (
    st.integers(2, 60)
    .flatmap(
        lambda n: st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 4)), min_size=n, max_size=n)
    )
    .filter(lambda x: max(x) > min(x))
)


def compare(b, a, alpha=0.05):
    return welch(sample_mean(Moments.of(b)), sample_mean(Moments.of(a)), alpha=alpha)


@given(samples, samples, st.sampled_from([0.01, 0.05, 0.2]))
def test_agrees_with_scipy(b, a, alpha):
    found = compare(b, a, alpha)
    peer = stats.ttest_ind(b, a, equal_var=False)
    low, high = peer.confidence_interval(1 - alpha)
    assert found.p_value == pytest.approx(peer.pvalue, rel=1e-8, abs=1e-300)
    assert found.degrees_of_freedom == pytest.approx(peer.df, rel=1e-8)
    scale = max(abs(low), abs(high))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-8, abs=1e-8 * scale)


@given(samples, samples)
def test_agrees_with_statsmodels(b, a):
    found = compare(b, a)
    peer = CompareMeans(DescrStatsW(b), DescrStatsW(a))
    low, high = peer.tconfint_diff(usevar="unequal")
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-8, abs=1e-8 * (high - low))
    assert found.p_value == pytest.approx(peer.ttest_ind(usevar="unequal")[1], rel=1e-8, abs=1e-12)


def test_table_of_a_known_experiment():
    """Revenue of 24,000 simulated visitors, from sums and sums of squares.

    The interval is scipy 1.17 `ttest_ind(b, a, equal_var=False)`'s on the rows, which gbstats,
    tea-tasting and Spotify Confidence share to all digits; the sums are printed to 7-8 digits, so
    that the agreement that can be asked for is 1e-6.
    """

    def arm(n, total, squares):
        return Moments(n, (total / n,), ((squares - total * total / n,),))

    found = welch(
        sample_mean(arm(12050, 66805.73, 1424410.1)),
        sample_mean(arm(11950, 66750.126, 1525453.0)),
        alpha=0.05,
    )
    assert found.value == pytest.approx(-0.041740644, abs=2e-7)
    assert (found.low, found.high) == pytest.approx((-0.28443771, 0.20095642), abs=5e-7)
    assert found.p_value == pytest.approx(0.736041, abs=2e-6)
    assert found.degrees_of_freedom == pytest.approx(23919.878, abs=0.02)


@given(samples, st.floats(-5, 5))
def test_paired_agrees_with_scipy(x, shift):
    rng = np.random.default_rng(len(x))
    y = np.asarray(x) + shift + rng.normal(0, 1, len(x))
    gap = y - x
    found = paired(sample_mean(Moments.of(gap)), alpha=0.05)
    peer = stats.ttest_rel(y, x)
    low, high = peer.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-8, abs=1e-8 * (high - low))
    assert found.p_value == pytest.approx(peer.pvalue, rel=1e-8, abs=1e-12)


@given(samples, samples)
def test_swapping_the_arms_mirrors_the_interval(b, a):
    there, back = compare(b, a), compare(a, b)
    assert (there.low, there.high) == (-back.high, -back.low)
    assert there.p_value == back.p_value


def test_two_units_per_arm_are_enough():
    found = compare([1.0, 2.0], [4.0, 6.0])
    peer = stats.ttest_ind([1.0, 2.0], [4.0, 6.0], equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(peer), rel=1e-10)


def test_no_variation_is_refused():
    with pytest.raises(DataError, match="no variation within the arms"):
        compare([1.0, 1.0], [2.0, 2.0])
    with pytest.raises(DataError, match="no variation of the differences"):
        paired(SampleMean(1.0, 0.0, 3), alpha=0.05)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, math.nan])
def test_alpha_lies_between_zero_and_one(alpha):
    with pytest.raises(DataError, match="alpha"):
        compare([1.0, 2.0], [1.0, 3.0], alpha)


@pytest.mark.parametrize("parts", [(math.nan, 1, 1), (1, math.nan, 1), (1, -1, 1), (1, 1, 0)])
def test_a_mean_is_finite(parts):
    with pytest.raises(DataError, match="expected a finite value"):
        SampleMean(*parts)


def test_coverage_of_a_known_truth():
    """Log-normal arms of unequal size; 2,000 runs, so three standard errors are 1.5 points.

    Welch covers .943-.952 here in 20,000 runs (true difference in means exp(.5) * .2).
    """
    rng = np.random.default_rng(20260101)
    truth, hits, runs = math.exp(0.5) * 0.2, 0, 2000
    for _ in range(runs):
        found = compare(1.2 * rng.lognormal(0, 1, 300), rng.lognormal(0, 1, 500))
        hits += found.low <= truth <= found.high
    assert 0.95 - 0.007 - 3 * math.sqrt(0.95 * 0.05 / runs) <= hits / runs <= 0.95 + 0.015

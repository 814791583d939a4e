import itertools
import math

import numpy as np
import pytest
from scipy import stats

from assay.core.errors import DataError
from assay.stats.fieller import fieller
from assay.stats.gate import LEANING, can_permute, leaning, rates_are_normal
from assay.stats.level import Level
from assay.stats.means import sample_mean, welch_gap
from assay.stats.moments import Moments
from assay.stats.resampling.permutation import DRAWS, PermutationContrast
from assay.stats.resampling.reassignment import Arm


def skewed(seed, n, m, lift=0.0):
    rng = np.random.default_rng(seed)
    return (1 + lift) * rng.lognormal(0, 1.2, n), rng.lognormal(0, 1.2, m)


def contrast(one, other, **options):
    return PermutationContrast(Arm.of(np.array(one)), Arm.of(np.array(other)), **options)


def every_assignment(one, other):
    """One-sided p-values by listing all assignments: no draws, no sums, SciPy's own statistic."""
    pooled = np.concatenate((one, other))
    observed = stats.ttest_ind(one, other, equal_var=False).statistic
    drawn = []
    for chosen in itertools.combinations(range(len(pooled)), len(one)):
        mask = np.isin(np.arange(len(pooled)), chosen)
        drawn.append(stats.ttest_ind(pooled[mask], pooled[~mask], equal_var=False).statistic)
    drawn = np.array(drawn)
    return (drawn >= observed - 1e-9).mean(), (drawn <= observed + 1e-9).mean()


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_is_the_share_of_all_assignments(seed):
    one, other = skewed(seed, 4, 7)
    made = contrast(one, other, draws=20_000)
    for mine, exact in zip(made.p_of_lift(0.0), every_assignment(one, other), strict=True):
        assert mine == pytest.approx(exact, abs=4 * math.sqrt(0.25 / 20_000))


def test_agrees_with_scipys_permutation_test():
    one, other = skewed(4, 15, 90, lift=0.9)

    def statistic(x, y, axis):
        spread = x.var(axis=axis, ddof=1) / x.shape[axis] + y.var(axis=axis, ddof=1) / y.shape[axis]
        return (x.mean(axis=axis) - y.mean(axis=axis)) / np.sqrt(spread)

    peer = stats.permutation_test(
        (one, other), statistic, n_resamples=9_999, vectorized=True, alternative="greater", rng=1
    )
    mine = contrast(one, other, draws=9_999).p_of_lift(0.0)[0]
    share = peer.pvalue
    assert mine == pytest.approx(share, abs=4 * math.sqrt(2 * share * (1 - share) / 9_999))


def test_without_skewness_the_interval_is_students():
    rng = np.random.default_rng(8)
    one, other = rng.normal(5, 1, 150), rng.normal(4.8, 2, 400)
    made = contrast(one, other, draws=20_000).at(Level(0.05))
    here, there = (sample_mean(Moments.of(x)) for x in (one, other))
    peer = welch_gap(here, there).at(Level(0.05))
    for mine, theirs in ((made.difference.low, peer.low), (made.difference.high, peer.high)):
        assert mine == pytest.approx(theirs, abs=0.04 * peer.half_width)
    lift = fieller(
        peer.value, there.value, half_width=peer.half_width, variance=there.variance,
        covariance=-there.variance, critical_value=peer.critical_value,
    )  # fmt: skip
    width = lift.high - lift.low
    assert (made.lift.low, made.lift.high) == pytest.approx((lift.low, lift.high), abs=0.02 * width)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.002, 1e-6])
def test_difference_lift_and_p_value_agree_about_zero(seed, alpha):
    one, other = skewed(seed, 25, 200, lift=(0, 1, 3)[seed % 3])
    for scaling in (True, False):
        made = contrast(one, other, scaling=scaling)
        found = made.at(Level(alpha))
        excluded = made.p_value < alpha
        assert (found.difference.low > 0 or found.difference.high < 0) == excluded
        assert found.difference.low <= made.value <= found.difference.high
        if not found.lift.unbounded:
            assert (found.lift.low > 0 or found.lift.high < 0) == excluded
            assert found.lift.low <= found.lift.value <= found.lift.high
        assert made.z == pytest.approx(stats.norm.isf(made.p_value / 2), abs=1e-9)


@pytest.mark.parametrize("scaling", [True, False])
def test_ends_are_where_the_test_begins_to_reject(scaling):
    one, other = skewed(3, 40, 300, lift=0.5)
    made = contrast(one, other, scaling=scaling)
    found = made.at(Level(0.05))
    shift = 1e-3 * found.difference.standard_error
    assert made.p_of_difference(found.difference.low - shift)[0] <= 0.025
    assert made.p_of_difference(found.difference.low + shift)[0] >= 0.025
    assert made.p_of_difference(found.difference.high + shift)[1] <= 0.025
    assert made.p_of_lift(found.lift.low - 2e-3)[0] <= 0.025
    assert made.p_of_lift(found.lift.low + 2e-3)[0] >= 0.025
    assert made.p_of_lift(found.lift.high + 2e-3)[1] <= 0.025


def test_surer_intervals_are_wider():
    made = contrast(*skewed(6, 30, 250), scaling=True)
    found = [made.at(Level(alpha)) for alpha in (0.2, 0.05, 0.01, 0.001, 1e-5)]
    for narrow, wide in itertools.pairwise(found):
        assert wide.difference.low < narrow.difference.low
        assert wide.difference.high > narrow.difference.high


def test_rows_order_and_units_of_measure_change_nothing():
    one, other = skewed(9, 30, 250)
    made = contrast(one, other, scaling=True).at(Level(0.05))
    again = contrast(one[::-1], np.roll(other, 17), scaling=True).at(Level(0.05))
    assert again.difference.low == pytest.approx(made.difference.low, rel=1e-9)
    scaled = contrast(1024 * one, 1024 * other, scaling=True).at(Level(0.05))
    assert scaled.difference.high == pytest.approx(1024 * made.difference.high, rel=1e-6)
    assert scaled.lift.low == pytest.approx(made.lift.low, rel=1e-3)


def test_swapping_arms_mirrors_the_answer():
    one, other = skewed(10, 30, 250)
    there, back = contrast(one, other, draws=9_000), contrast(other, one, draws=9_000)
    assert there.p_value == pytest.approx(back.p_value, abs=4 * math.sqrt(0.5 / 9_000))
    made, mirrored = there.at(Level(0.05)).difference, back.at(Level(0.05)).difference
    near = 0.1 * made.half_width
    assert (-mirrored.high, -mirrored.low) == pytest.approx((made.low, made.high), abs=near)


def test_negative_values_have_the_lift_of_their_size():
    one, other = skewed(11, 40, 300, lift=0.4)
    up, down = (contrast(s * one, s * other, draws=4_000).at(Level(0.05)).lift for s in (1.0, -1.0))
    assert -down.value == pytest.approx(up.value)
    assert (-down.high, -down.low) == pytest.approx((up.low, up.high), abs=0.15)


def test_a_ratio_of_equal_denominators_is_a_mean():
    one, other = skewed(12, 30, 200)
    plain = contrast(one, other, draws=3_000).at(Level(0.05))
    twos = PermutationContrast(
        Arm.of(2 * one, np.full(30, 2.0)), Arm.of(2 * other, np.full(200, 2.0)), draws=3_000
    ).at(Level(0.05))
    assert twos.difference.value == pytest.approx(plain.difference.value, rel=1e-9)
    assert twos.difference.low == pytest.approx(plain.difference.low, abs=0.15)
    assert twos.lift.high == pytest.approx(plain.lift.high, rel=0.15)


def test_an_arm_of_zeros_has_finite_differences_and_no_lift_where_it_is_the_control():
    rng = np.random.default_rng(1)
    buyers = rng.lognormal(0, 1, 300) * (rng.random(300) < 0.1)
    found = contrast(np.zeros(20), buyers, scaling=True).at(Level(0.05))
    assert found.difference.low < -buyers.mean() < 0 < found.difference.high < 10
    assert found.lift.unbounded or found.lift.low == -1
    back = contrast(buyers, np.zeros(20), scaling=True).at(Level(0.05))
    assert math.isfinite(back.difference.low)
    assert math.isfinite(back.difference.high)
    assert back.lift.value is None


def test_more_is_drawn_where_the_p_value_is_small():
    far = contrast(*skewed(3, 30, 200, lift=5.0))
    near = contrast(*skewed(3, 30, 200))
    assert near.p_value >= 1 / (DRAWS + 1)
    assert far.p_value < 1e-4  # the tail is continued beyond what draws can count


def test_too_few_units_or_constants_are_refused():
    with pytest.raises(DataError):
        contrast([1.0], [1.0, 2.0, 3.0])
    with pytest.raises(DataError):
        contrast([1.0, 1.0], [3.0, 3.0, 3.0])
    with pytest.raises(DataError):
        Arm.of(np.ones(3), np.zeros(3))


def rejections(streams, n, m, seed=20240607):
    """False positives at 5 %: permuted, and by Welch's t on the same revenues."""
    rng = np.random.default_rng(seed)
    mine = peer = 0
    for _ in range(streams):
        one, other = (
            np.exp(rng.normal(0, 1.2, size)) * (rng.random(size) < 0.2) for size in (n, m)
        )
        if not one.var() + other.var() > 0:
            continue
        mine += contrast(one, other, draws=400, scaling=True).p_value < 0.05
        peer += stats.ttest_ind(one, other, equal_var=False).pvalue < 0.05
    return mine / streams, peer / streams


def test_keeps_its_word_where_welch_does_not():
    """Revenue of a fifth of the units, arms of 50 and 450: Welch's t rejects twice too often."""
    streams = 1_500
    mine, peer = rejections(streams, 50, 450)
    error = math.sqrt(0.05 * 0.95 / streams)
    assert abs(mine - 0.05) <= 3.5 * error
    assert peer > 0.05 + 3.5 * error


def test_equal_arms_do_not_lean_and_skewed_unequal_ones_do():
    one, other = skewed(1, 200, 200)
    assert leaning(one, other) == 0
    assert leaning(one, np.tile(other, 9)) > 2 * LEANING
    rng = np.random.default_rng(0)
    assert leaning(rng.normal(5, 2, 200), rng.normal(5, 2, 1_800)) < LEANING
    assert leaning(np.ones(3), np.ones(9)) == 0
    assert leaning(1e200 * one, 1e200 * np.tile(other, 9)) == pytest.approx(
        leaning(one, np.tile(other, 9))
    )


def test_leaning_is_the_skewness_of_the_difference():
    """Simulated: the third standardised moment of the gap between random halves of one pool."""
    rng = np.random.default_rng(5)
    pool = rng.exponential(1, 100_000)
    gaps = rng.choice(pool, (40_000, 10)).mean(axis=1) - rng.choice(pool, (40_000, 90)).mean(axis=1)
    predicted = leaning(pool[:10_000], pool[10_000:]) * math.sqrt(1_000)  # falls as 1 / √n
    assert stats.skew(gaps) == pytest.approx(predicted, abs=0.08)


def test_rates_need_more_events_where_arms_are_unequal():
    assert rates_are_normal([(100, 1_000), (120, 1_100)])
    assert not rates_are_normal([(99, 1_000), (120, 1_100)])
    assert not rates_are_normal([(901, 1_000), (500, 1_000)])  # 99 failures
    assert not rates_are_normal([(100, 1_000), (900, 9_000)])
    assert rates_are_normal([(400, 4_000), (3_600, 36_000)])


def test_permuting_needs_ways_to_permute():
    assert can_permute(5, 60)
    assert not can_permute(4, 1_000_000)
    assert not can_permute(6, 8)

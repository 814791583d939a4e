import math

import numpy as np
import pytest
from scipy import stats

from assay.core.errors import DataError
from assay.stats.level import Level
from assay.stats.resampling.paired_bootstrap import PairedBootstrap

LEVEL = Level(0.05)


def sample(n, seed, *, skewed=False):
    rng = np.random.default_rng(seed)
    base = rng.normal(10, 2, n)
    added = rng.lognormal(0, 1.2, n) if skewed else rng.normal(0.5, 1, n)
    return base + added, base


def test_it_agrees_with_scipys_studentised_resampling():
    treated, control = sample(40, 1, skewed=True)
    gap = treated - control
    found = PairedBootstrap(treated, control, seed=3).at(Level(0.1)).difference
    rng = np.random.default_rng(5)
    drawn = rng.choice(gap, size=(20_000, 40))
    t = (drawn.mean(axis=1) - gap.mean()) / (drawn.std(axis=1, ddof=1) / math.sqrt(40))
    error = gap.std(ddof=1) / math.sqrt(40)
    ends = gap.mean() - np.quantile(t, [0.95, 0.05]) * error
    # both quantiles carry the error of their resamples: 3 × √(.05 × .95 / 5,000) of probability
    near = gap.mean() - np.quantile(t, [0.95 + 0.01, 0.05 + 0.01]) * error
    far = gap.mean() - np.quantile(t, [0.95 - 0.01, 0.05 - 0.01]) * error
    for end, one, other in zip((found.low, found.high), near, far, strict=True):
        assert min(one, other) <= end <= max(one, other)
    assert ends[0] < gap.mean() < ends[1]


def test_of_symmetric_differences_it_is_students_interval():
    treated, control = sample(400, 2)
    found = PairedBootstrap(treated, control).at(LEVEL).difference
    peer = stats.ttest_rel(treated, control).confidence_interval(0.95)
    width = peer.high - peer.low
    assert (found.low, found.high) == pytest.approx((peer.low, peer.high), abs=0.04 * width)


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.01, 1e-3, 1e-5])
def test_difference_lift_and_p_value_agree_at_every_level(alpha):
    for seed in range(12):
        treated, control = sample(15, seed, skewed=seed % 2 == 1)
        contrast = PairedBootstrap(treated - 0.8, control, seed=seed)
        found = contrast.at(Level(alpha))
        gap, lift = found.difference, found.lift
        rejects = gap.low > 0 or gap.high < 0
        assert (lift.low > 0 or lift.high < 0) == rejects
        if abs(contrast.p_value - alpha) > 1e-3 * alpha + 4e-4:
            assert (contrast.p_value < alpha) == rejects


def test_intervals_of_stricter_levels_are_wider():
    treated, control = sample(25, 4, skewed=True)
    contrast = PairedBootstrap(treated, control)
    widths = [contrast.at(Level(a)).difference.half_width for a in (0.1, 0.05, 0.01, 1e-3, 1e-6)]
    assert widths == sorted(widths)


def test_the_lift_does_not_depend_on_the_scale():
    treated, control = sample(30, 6)
    one = PairedBootstrap(treated, control).at(LEVEL).lift
    other = PairedBootstrap(1000 * treated, 1000 * control).at(LEVEL).lift
    assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=1e-6)


def test_a_control_around_zero_leaves_the_lift_open():
    rng = np.random.default_rng(2)
    control = rng.normal(0, 1, 30)
    found = PairedBootstrap(control + rng.normal(1, 1, 30), control).at(LEVEL)
    assert found.lift.unbounded
    assert found.difference.low < found.difference.high


@pytest.mark.parametrize(
    ("treated", "control"), [([1.0, 2.0], [1.0, 2.0]), ([1.0, 2.0, 3.0], [0.0, 1.0, 2.0])]
)
def test_what_cannot_be_resampled_is_refused(treated, control):
    with pytest.raises(DataError):
        PairedBootstrap(np.array(treated), np.array(control))


def test_long_tails_are_covered_better_than_by_students_t():
    inside = student = 0
    truth = math.exp(0.72)
    for seed in range(120):
        treated, control = sample(30, seed, skewed=True)
        found = PairedBootstrap(treated, control, seed=seed).at(LEVEL).difference
        inside += found.low <= truth <= found.high
        peer = stats.ttest_rel(treated, control).confidence_interval(0.95)
        student += peer.low <= truth <= peer.high
    assert inside > student + 5

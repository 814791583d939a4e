"""Curves and tests of lapses: published figures, plain shares where nobody is censored, truth."""

import numpy as np
import pytest
from scipy.stats import binomtest

from assay.core.errors import DataError
from assay.stats.lifetimes import kept_over_time, lapse_by_group, wilson

# Remission of 21 + 21 children in weeks (Freireich et al. 1963, Blood 21; printed in Kalbfleisch &
# Prentice 2002, table 1.1, and in Cox & Oakes 1984, table 1.1).
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_the_curve_of_the_treated_children():
    found = kept_over_time(TREATED, RELAPSED, seed=1)
    # the product-limit estimate as printed in Cox & Oakes (1984), section 4.2
    assert found.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.share == pytest.approx(
        [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5
    )
    # R, survival 3.5: survfit(..., conf.type = "log-log"): at 6 weeks .620 to .952
    assert (found.low[0], found.high[0]) == pytest.approx((0.620, 0.952), abs=5e-4)
    assert (found.median, found.median_low, found.median_high) == (23, 13, None)
    assert (found.band_low < found.low).all()
    assert (found.band_high > found.high).all()


def test_the_log_rank_test_of_both_groups():
    found = lapse_by_group(TREATED + PLACEBO, RELAPSED + [1] * 21, [0] * 21 + [1] * 21, seed=1)
    # chi-square 16.8 on one degree, expected 19.3 and 10.7: R's survdiff on these data
    assert found.statistic == pytest.approx(16.79, abs=5e-3)
    assert found.freedom == 1
    assert found.p_value == pytest.approx(4.17e-5, rel=1e-2)
    assert [one.expected for one in found.apart] == pytest.approx([19.25, 10.75], abs=5e-3)
    assert found.apart[0].p_value == pytest.approx(
        found.p_value
    )  # one comparison, told from both sides
    assert found.apart[0].difference == pytest.approx(-found.apart[1].difference)
    assert found.apart[0].differs


def test_without_censoring_it_is_the_plain_share():
    rng = np.random.default_rng(2)
    time = rng.integers(1, 12, 300)
    found = kept_over_time(time, np.ones(300), seed=1)
    assert found.share == pytest.approx([(time > at).mean() for at in found.times])
    at = 4
    share = found.share[at]
    error = np.sqrt(share * (1 - share) / 300) / abs(share * np.log(share))  # delta method
    assert found.low[at] == pytest.approx(share ** np.exp(1.959964 * error))
    assert found.share[-1] == found.low[-1] == 0 < found.high[-1]


def test_nobody_lapsed_or_everybody_at_once():
    nobody = kept_over_time([3, 4, 5], [0, 0, 0], seed=1)
    assert nobody.times.size == nobody.lapsed == 0
    assert nobody.median is None
    alone = kept_over_time([3.0], [1], seed=1)
    assert (alone.share[0], alone.low[0]) == (0, 0)
    assert alone.high[0] == pytest.approx(0.975)


def test_intervals_and_bands_hold_the_truth_as_often_as_they_say():
    """250 sets of 150 users, half of them censored: exponential lapses of mean 10."""
    rng = np.random.default_rng(7)
    alone, band, number = 0, 0, 250
    for seed in range(number):
        lapse, end = rng.exponential(10, 150), rng.uniform(0, 20, 150)
        time = np.ceil(np.minimum(lapse, end))
        found = kept_over_time(time, lapse <= end, seed=seed)
        # censored within a unit of time after the lapses of it: the truth at its end
        truth = np.exp(-found.times / 10)
        inside = found.times <= 12
        at = np.searchsorted(found.times, 6)
        alone += found.low[at] <= truth[at] <= found.high[at]
        band += ((found.band_low <= truth) & (truth <= found.band_high))[inside].all()
    assert alone / number > 0.92
    assert band / number == pytest.approx(0.95, abs=3 * np.sqrt(0.05 * 0.95 / number) + 0.01)


def test_groups_alike_are_called_different_as_rarely_as_promised():
    rng = np.random.default_rng(8)
    claims = bands = whole = 0
    for seed in range(120):
        time, gone = rng.integers(1, 10, 200), rng.random(200) < 0.7
        found = lapse_by_group(time, gone, rng.integers(0, 4, 200), seed=seed)
        claims += any(one.differs for one in found.apart)
        whole += found.p_value < 0.05
        bands += any(((one.low > 0) | (one.high < 0)).any() for one in found.apart)
    most = 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)
    assert max(claims, whole) / 120 <= most
    assert bands / 120 <= most


def test_a_group_that_lapses_sooner_is_named():
    rng = np.random.default_rng(8)
    group = rng.integers(0, 4, 800)
    time = np.ceil(rng.exponential(np.where(group == 2, 4, 10)))
    found = lapse_by_group(time, time < 15, group, seed=1)
    assert [one.differs for one in found.apart][2]
    assert (found.apart[2].high < 0).any()
    assert found.apart[2].seen > found.apart[2].expected


def test_one_group_is_compared_with_nothing():
    found = lapse_by_group([1, 2], [1, 0], [5, 5], seed=1)
    assert (found.freedom, found.p_value, found.apart) == (0, 1, ())


def test_intervals_of_shares_are_wilsons():
    low, high = wilson([0, 3, 10, 0], [10, 10, 10, 0], 0.95)
    for k in range(3):
        theirs = binomtest([0, 3, 10][k], 10).proportion_ci(method="wilson")
        assert (low[k], high[k]) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert (low[3], high[3]) == (0, 1)


@pytest.mark.parametrize(
    ("time", "gone"), [([], []), ([1], [1, 0]), ([-1], [1]), ([np.nan], [1]), ([1], [2])]
)
def test_times_that_cannot_be_are_refused(time, gone):
    with pytest.raises(DataError, match="expected"):
        kept_over_time(time, gone, seed=1)
    with pytest.raises(DataError, match="expected"):
        lapse_by_group(time, gone, np.zeros(len(time), int), seed=1)

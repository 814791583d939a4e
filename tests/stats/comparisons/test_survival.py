import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from assay.core.errors import DataError
from assay.stats.comparisons.survival import log_rank, restricted_mean, survival

DRUG = (
    np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35.0]),
    np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0.0]),
)
"""Weeks of remission under 6-mercaptopurine: Freireich et al. (1963), Blood 21(6)."""
PLACEBO = (
    np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23.0]),
    np.ones(21),
)


def test_the_curve_is_the_published_one():
    """Cox & Oakes (1984), Analysis of Survival Data, table 4.1: .857, .807, .753, .690, …"""
    curve = survival(*DRUG)
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.survival == pytest.approx(
        [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5
    )
    assert curve.survival == pytest.approx(SurvfuncRight(*DRUG).surv_prob, rel=1e-12)


def test_the_log_rank_test_is_the_published_one():
    """16.79 with one degree of freedom: Cox & Oakes (1984), and statsmodels' survdiff."""
    found = log_rank(DRUG, PLACEBO)
    assert found.statistic == pytest.approx(16.793, abs=5e-4)
    times, events = (np.concatenate(both) for both in zip(DRUG, PLACEBO, strict=True))
    statistic, p_value = survdiff(times, events, np.repeat([0, 1], [21, 21]))
    assert found.statistic == pytest.approx(statistic, rel=1e-10)
    assert found.p_value == pytest.approx(p_value, rel=1e-8)
    assert 0.15 < found.hazard_ratio < 0.3
    mirrored = log_rank(PLACEBO, DRUG)
    assert mirrored.hazard_ratio == pytest.approx(1 / found.hazard_ratio, rel=1e-10)


def test_without_censoring_it_is_the_mean_of_what_is_left():
    """Placebo has no censoring: the mean of min(time, 15), and its variance over n."""
    found = restricted_mean(*PLACEBO, 15)
    cut = np.minimum(PLACEBO[0], 15)
    assert found.value == pytest.approx(cut.mean(), rel=1e-12)
    before = (PLACEBO[0] < 15).sum()
    assert found.variance == pytest.approx(cut.var() / 21 * before / (before - 1), rel=1e-10)


def test_the_area_under_the_curve_by_small_steps():
    curve = SurvfuncRight(*DRUG)
    grid = np.arange(0, 24, 1e-3) + 5e-4
    heights = np.concatenate(([1.0], curve.surv_prob))
    slow = heights[np.searchsorted(curve.surv_times, grid, "right")].sum() * 1e-3
    assert restricted_mean(*DRUG, 24).value == pytest.approx(slow, abs=1e-6)


def test_it_covers_the_truth():
    """Exponential times of mean 2, censored at random: of 3, 2 (1 − exp(−1.5)) is left."""
    rng, runs, truth, inside = np.random.default_rng(9), 1500, 2 * (1 - np.exp(-1.5)), 0
    for _ in range(runs):
        true, last = rng.exponential(2, 150), rng.uniform(1, 8, 150)
        found = restricted_mean(np.minimum(true, last), (true <= last).astype(float), 3)
        inside += abs(found.value - truth) <= 1.96 * np.sqrt(found.variance)
    assert inside / runs == pytest.approx(0.95, abs=0.005 + 3.5 * np.sqrt(0.95 * 0.05 / runs))


def test_what_cannot_be_said_is_refused():
    with pytest.raises(DataError, match="expected one at the horizon"):
        restricted_mean(*DRUG, 40)
    with pytest.raises(DataError, match="expected at least two"):
        restricted_mean(*DRUG, 5)
    with pytest.raises(DataError, match="positive time"):
        restricted_mean(*DRUG, -1)
    nothing = (np.array([3.0, 4.0]), np.zeros(2))
    assert log_rank(nothing, nothing).hazard_ratio is None

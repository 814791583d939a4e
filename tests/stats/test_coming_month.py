import numpy as np
import pytest
from scipy.special import stdtrit

from assay.core.errors import DataError
from assay.stats.coming_month import coming_total


def test_whole_weeks_are_the_units_where_there_are_enough():
    rng = np.random.default_rng(1)
    days = rng.gamma(4, 10, 60)
    weeks = days[4:].reshape(8, 7).sum(axis=1)
    value, low, high = coming_total(days, horizon=28, alpha=0.05)
    half = stdtrit(7, 0.975) * weeks.std(ddof=1) * (4 + 16 / 8) ** 0.5
    assert value == pytest.approx(4 * weeks.mean())
    assert (low, high) == pytest.approx((value - half, value + half))


def test_the_total_itself_is_held_with_weekdays_and_weeks_of_their_own():
    rng = np.random.default_rng(2)
    weekday = np.tile([1.2, 1.2, 1.1, 1.1, 1.0, 0.4, 0.4], 12)
    held = []
    for _ in range(1000):
        level = np.repeat(np.exp(0.15 * rng.standard_normal(12)), 7)
        days = 100 * level * weekday * np.exp(0.2 * rng.standard_normal(84))
        _, low, high = coming_total(days[:56], horizon=28, alpha=0.05)
        held.append(low <= days[56:].sum() <= high)
    assert np.mean(held) == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / 1000) ** 0.5 + 0.005)


def test_days_are_the_units_of_a_short_past_and_a_total_is_never_below_zero():
    value, low, _ = coming_total(np.array([0.0, 0, 0, 0, 0, 0, 70]), horizon=30, alpha=0.05)
    assert (value, low) == (300.0, 0.0)
    assert coming_total(np.full(10, 2.0), horizon=5, alpha=0.05) == (10.0, 10.0, 10.0)
    with pytest.raises(DataError, match="6 days"):
        coming_total(np.ones(6), horizon=30, alpha=0.05)

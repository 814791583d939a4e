import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.seasons import calendar_weights

WEEK = np.array([1.3, 1.25, 1.2, 1.2, 1.15, 0.5, 0.4])


def test_a_planted_week_is_found_and_its_factors_with_it():
    rng = np.random.default_rng(1)
    days = np.arange(112)
    level = np.linspace(500, 1500, days.size)
    counts = rng.poisson(level * WEEK[days % 7])
    weights, found = calendar_weights(counts)
    assert found == (7,)
    # A Poisson count of some 1,000 is off by 3 %, the median of 16 of them by a quarter of that.
    assert weights[:7] / weights[:7].mean() == pytest.approx(WEEK / WEEK.mean(), rel=0.04)


def test_empty_weekends_weigh_nothing_and_days_without_data_weigh_as_their_weekday():
    rng = np.random.default_rng(2)
    days = np.arange(84)
    counts = np.where(days % 7 < 5, rng.poisson(200, days.size), 0).astype(float)
    counts[40] = np.nan
    weights, found = calendar_weights(counts)
    assert found == (7,)
    assert weights[5:7] == pytest.approx([0, 0], abs=0.03)
    assert weights[40] == pytest.approx(weights[33])


def test_counts_without_a_season_have_none_in_99_of_100_series():
    rng = np.random.default_rng(3)
    found = [calendar_weights(rng.poisson(300, 90))[1] for _ in range(300)]
    # Binomial(300, .01): 9 or more in one of 300 trials of 300.
    assert sum(map(bool, found)) <= 8


def test_nothing_known_is_an_even_calendar_and_bad_counts_are_refused():
    for empty in (np.zeros(30), np.full(30, np.nan), np.zeros(0), np.ones(5)):
        weights, found = calendar_weights(empty)
        assert (weights == 1).all()
        assert not found
    with pytest.raises(DataError, match="below zero"):
        calendar_weights([1.0, -1.0])

"""Seasons are found in noise of any correlation as rarely as they should be, and taken off."""

import numpy as np
import pytest
from scipy.signal import lfilter

from assay.stats.seasons import seasonal_p_values, without_seasons


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("period", [7, 12])
def test_noise_has_no_season(rho, period):
    rng = np.random.default_rng(1)
    noise = lfilter([1], [1, -rho], rng.standard_normal((1500, 350)), axis=1)[:, 50:]
    p = seasonal_p_values(noise, period)
    assert (p < 0.05).mean() < 0.05 + 3 * np.sqrt(0.0475 / 1500) + 0.01
    assert (p < 0.01).mean() < 0.01 + 3 * np.sqrt(0.0099 / 1500) + 0.005


def test_a_season_of_twelve_is_not_also_called_one_of_four():
    rng = np.random.default_rng(2)
    shape = rng.standard_normal(12)
    y = np.tile(shape, 20) + 0.1 * rng.standard_normal(240)
    free, found = without_seasons(y, (4, 7, 12, 24))
    assert found == (12,)
    assert free.std() < 0.2


def test_gaps_stay_gaps_and_a_short_series_has_no_season():
    y = np.tile([1.0, 2, 3, 4], 20)
    y[7] = np.nan
    free, found = without_seasons(y, (4,))
    assert found == (4,)
    assert np.flatnonzero(np.isnan(free)).tolist() == [7]
    assert without_seasons(y[:9], (4,))[1] == ()


@pytest.mark.parametrize("shape", [[24, 24, 40, 40, 40, 40, 40.0], [0.1, 0.2, 0.3, 0.1, 0, 0, 0]])
def test_a_season_without_any_noise_is_the_surest(shape):
    y = np.tile(shape, 22)[:148]
    free, found = without_seasons(y, (4, 7, 12))
    assert found == (7,)
    assert np.ptp(free) < 1e-12
    assert seasonal_p_values(np.full((1, 148), 3.0), 7) == 1

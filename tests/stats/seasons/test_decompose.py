"""The fast decomposition beside statsmodels, on made series, and on input without an answer."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.signal import lfilter
from statsmodels.tsa.seasonal import MSTL, STL

from assay.core.errors import DataError
from assay.stats.seasons import decompose
from assay.stats.seasons.regressors import regressors

WEEK = np.array([0, 1, 2, 1, 0, -2, -2.0])


def weekly(steps=140, *, noise=0.3, seed=1, series=1):
    rng = np.random.default_rng(seed)
    shape = np.tile(WEEK, steps // 7 + 1)[:steps] + 0.02 * np.arange(steps)
    return shape + noise * rng.standard_normal((series, steps))


def test_parts_add_up_to_the_series():
    y = weekly(series=3)
    d = decompose(y, events={"deploy": [50]})
    effect = d.effects[0][:, None] * (np.arange(140) == 50)
    assert d.trend + d.seasons.sum(axis=0) + effect + d.remainder == pytest.approx(y)


def test_gives_the_season_that_was_put_in_and_about_what_stl_gives():
    y = weekly(noise=0.2)
    season = decompose(y).seasons[0, 0, :7]
    assert season == pytest.approx(WEEK - WEEK.mean(), abs=0.12)
    stl = STL(y[0], period=7, seasonal=35, robust=True).fit().seasonal
    assert season == pytest.approx(stl[63:70], abs=0.12)


def test_hours_of_the_day_and_of_the_week_are_parted_as_mstl_does():
    """The hour's share of the week is not told from the day's by either, so sums are compared."""
    hour = np.arange(8 * 168)
    rng = np.random.default_rng(4)
    day = np.sin(2 * np.pi * hour / 24) + 0.5 * np.cos(4 * np.pi * hour / 24)
    week = np.sin(2 * np.pi * hour / 168) - 0.7 * np.cos(6 * np.pi * hour / 168)
    y = 10 + 0.002 * hour + day + week + lfilter([1], [1, -0.4], rng.normal(0, 0.2, hour.size))
    found = decompose(y[None], periods=(24, 168))
    ours = found.seasons.sum(axis=0)[0]
    assert ours == pytest.approx(day + week, abs=0.35)
    assert found.seasons[0, 0] == pytest.approx(day, abs=0.2)
    theirs = MSTL(y, periods=(24, 168), stl_kwargs={"seasonal_deg": 0}).fit().seasonal.sum(axis=1)
    middle = slice(2 * 168, 6 * 168)
    assert np.std(ours[middle] - theirs[middle]) < 0.15 * np.std(day + week)
    assert np.std(ours - day - week) < np.std(theirs - day - week)
    assert found.trend[0] == pytest.approx(10 + 0.002 * hour, abs=0.2)


def test_is_statsmodels_least_squares_where_nothing_is_far_and_neighbours_are_opposed():
    y = weekly(noise=0)[0] + 0.1 * np.tile([1, -1], 70)
    y[50] += 1
    d = decompose(y[None], events={"deploy": [50]})
    fit = sm.OLS(y, regressors(140, periods=(7,), events={"deploy": [50]}).columns).fit()
    assert d.rho[0] == 0
    assert d.effects[0, 0] == pytest.approx(fit.params[-1], rel=1e-8)
    assert (d.effect_low[0, 0], d.effect_high[0, 0]) == pytest.approx(fit.conf_int()[-1], rel=1e-8)
    assert d.sd[0] ** 2 == pytest.approx(fit.mse_resid, rel=1e-8)
    season = fit.f_test(np.eye(fit.params.size)[-7:-1])
    assert d.p_values[0, 0] == pytest.approx(float(season.pvalue), rel=1e-6)


def test_a_season_is_found_as_often_as_it_should_where_there_is_none():
    """Within three standard errors of 5 %, for noise that goes together, over 1,500 series."""
    rng = np.random.default_rng(6)
    noise = lfilter([1], [1, -0.4], rng.standard_normal((1500, 260)), axis=1)[:, 50:]
    p = decompose(noise).p_values[0]
    assert abs((p < 0.05).mean() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 1500) + 0.01


def test_effects_are_covered_as_often_as_promised():
    y = weekly(steps=210, noise=1.0, series=1000, seed=7)
    y[:, 100] += 4
    d = decompose(y, events={"incident": [100]}, level=0.9)
    inside = (d.effect_low[0] <= 4) & (d.effect_high[0] >= 4)
    assert abs(inside.mean() - 0.9) < 3 * np.sqrt(0.09 / 1000) + 0.005


def test_the_strength_is_that_of_its_definition():
    d = decompose(weekly(noise=0.5))
    season, left = d.seasons[0, 0], d.remainder[0]
    assert d.strength[0, 0] == pytest.approx(1 - left.var() / (left + season).var())
    assert decompose(weekly(noise=50.0)).strength[0, 0] < 0.2


def test_precise_points_count_more():
    y, errors = weekly(noise=0.05, series=1), np.full((1, 140), 0.05)
    rng = np.random.default_rng(8)
    rough = rng.random(140) < 0.3
    y[0, rough] += rng.standard_normal(rough.sum())
    errors[0, rough] = 1.0
    truth = WEEK - WEEK.mean()
    weighted = np.abs(decompose(y, errors=errors).seasons[0, 0, :7] - truth).max()
    assert weighted < 0.08


def test_odd_series_beside_a_good_one_are_told_apart():
    y = np.vstack((weekly(), np.full((4, 140), 5.0)))
    y[1] = np.nan
    y[2, 70] = 1e9
    y[3, 30:60] = np.nan
    y[4, 20:] = np.nan
    d = decompose(y, periods=(7,))
    assert d.enough.tolist() == [True, False, True, True, True]
    assert np.isnan(d.trend[1]).all()
    assert d.trend[2] == pytest.approx(5, rel=1e-4)
    assert d.remainder[2, 70] == pytest.approx(1e9, rel=1e-3)
    assert d.p_values[0, 3] == pytest.approx(1)
    assert d.strength[0, 3] < 1e-3


def test_three_points_have_no_parts():
    assert not decompose([[1.0, 2.0, 3.0]], periods=()).enough.any()


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([1.0, 2.0], {}, "shape"),
        ([[1.0, np.inf] * 20], {}, "infinite"),
        (np.ones((1, 40)), {"periods": (30,)}, "period=30"),
        (np.ones((1, 40)), {"events": {"deploy": [40]}}, "deploy"),
        (np.ones((1, 40)), {"errors": np.ones((1, 39))}, "errors"),
        (np.ones((1, 40)), {"errors": -np.ones((1, 40))}, "errors"),
    ],
)
def test_says_what_it_cannot_use(rows, options, said):
    with pytest.raises(DataError, match=said):
        decompose(rows, **options)

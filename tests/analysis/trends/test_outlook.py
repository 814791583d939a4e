"""Forecasts through the analysis: horizons, bounds, whole numbers, tested intervals."""

import numpy as np
import pytest

from analysis.trends.series_of import watched_of
from assay.analysis.trends import Question, assess

RNG = np.random.default_rng(4)
DAY = np.arange(200)
WEEK = np.cos(2 * np.pi * DAY / 7)


def foretold(values, horizon=28, **more):
    (found,) = assess([watched_of(values, **more)], Question(horizon=horizon)).series
    return found.outlook


@pytest.mark.parametrize("horizon", [7, 28, 90])
def test_so_many_days_as_are_asked_for_follow_the_last(horizon):
    found = foretold(10 + WEEK + RNG.normal(0, 0.3, 200), horizon)
    assert len(found.ahead) == horizon
    assert found.ahead[0].label == "2026-07-24"  # 200 days from 2026-01-05
    assert all(one.low <= one.value <= one.high for one in found.ahead)
    assert 0.85 <= found.coverage <= 1
    assert found.tested[0].method == "combination"
    assert sum(one.weight for one in found.tested[1:]) == pytest.approx(1)


@pytest.mark.parametrize("level", [0.02, 0.97])
def test_shares_stay_between_nothing_and_all(level):
    share = np.clip(level + 0.02 * WEEK + RNG.normal(0, 0.02, 200), 0, 1)
    found = foretold(share, 90, low=0.0, high=1.0, unit="share")
    assert all(0 <= one.low <= one.value <= one.high <= 1 for one in found.ahead)


def test_counts_have_whole_ends_that_are_not_below_zero():
    counts = RNG.poisson(np.where(DAY % 7 < 5, 2.0, 0.3)).astype(float)
    found = foretold(counts, 90, low=0.0, total=True)
    assert all(one.low == int(one.low) >= 0 and one.high == int(one.high) for one in found.ahead)
    assert all(one.low <= one.value <= one.high for one in found.ahead)
    money = foretold(counts * 1.5, 28, low=0.0, total=True)
    assert any(one.high != int(one.high) for one in money.ahead)


def test_chance_is_not_forecast_as_a_season():
    """Noise has no days of the week, also where the last week holds a day far off."""
    noise = 10 + np.random.default_rng(8).normal(0, 1, 200)
    noise[-4] = 25.0
    ahead = np.array([one.value for one in foretold(noise).ahead])
    assert np.abs(np.diff(ahead[7:])).max() < 0.02  # what fades after the last days may be seen
    week = np.array([one.value for one in foretold(noise + 2 * WEEK).ahead])
    assert np.corrcoef(week, np.cos(2 * np.pi * np.arange(200, 228) / 7))[0, 1] > 0.9


def test_breaks_that_the_interval_allows_for_are_named_beside_the_days_since():
    noise = np.random.default_rng(9).normal(0, 0.5, 200)
    found = foretold(10 + noise + 5 * (DAY >= 120))
    assert found.broke == ("2026-05-05",)  # 120 days from 2026-01-05
    since = (10 + noise + 5)[120:]
    assert found.lately.value == pytest.approx(np.median(since))
    inside = (found.lately.low <= since) & (since <= found.lately.high)
    assert inside.mean() == pytest.approx(0.95, abs=0.02)
    assert found.ahead[-1].high - found.ahead[-1].low > found.lately.high - found.lately.low
    early = foretold(10 + noise + 5 * (DAY >= 25))
    assert early.broke == ()  # all origins are later
    assert foretold(10 + noise).lately is None
    assert foretold(10 + noise + 5 * (DAY >= 180)).lately is None  # 20 days tell no 2.5 %

"""The forecast made earlier: CDNOW's own half-way test, and what it mends and widens."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.lifetimes import (
    backtest,
    better_fit,
    calibration_of,
    histories,
    look_ahead,
    total_ahead,
)
from stats.lifetimes.cdnow import END, later, purchases, watched
from stats.lifetimes.test_bgnbd import drawn


@pytest.fixture(scope="module")
def half_way(shared_data):
    """Half of the 39 weeks foretold from the other half, the same rule as of the analysis."""
    end = END - timedelta(days=136)
    begun = [min(days) <= end for days in purchases(shared_data)]
    rows = []
    for days in purchases(shared_data):
        seen = [day for day in days if day <= end]
        if seen:
            rows.append((len(seen) - 1, (seen[-1] - seen[0]).days, (end - seen[0]).days))
    came = later(shared_data, start=end, end=END)[begun]
    return backtest(histories(*np.array(rows).T), came, 136, seed=1)


def test_chances_of_staying_away_are_kept_in_the_hold_out_weeks(half_way, shared_data):
    """Learned from weeks 1 to 39 alone, judged on 40 to 78."""
    users = watched(shared_data)
    ahead = look_ahead(users, better_fit(users), 39)
    stayed = later(shared_data) == 0
    raw = calibration_of(ahead.none, stayed)
    mended = calibration_of(half_way.mended(users, ahead.none), stayed)
    assert raw.mean > 0.05  # the model alone does not do
    assert mended.mean <= 0.05
    assert mended.largest < raw.largest - 0.03
    assert mended.brier < raw.brier < raw.base


def test_a_sum_leaves_room_for_the_error_made_earlier(half_way, shared_data):
    users = watched(shared_data)
    total = total_ahead(users, better_fit(users), 39, seed=1)
    wide = half_way.widened(total)
    assert wide.low <= total.low < total.high <= wide.high
    assert wide.expected == total.expected
    off = replace(half_way, seen=half_way.total.expected * 1.5)
    assert off.widened(total).high >= 1.49 * total.expected
    none = replace(half_way, seen=0.0)
    assert none.widened(total).low == 0


def test_of_users_of_the_model_nothing_is_mended_or_widened_by_much():
    rng = np.random.default_rng(4)
    r, alpha, a, b = 0.7, 5.0, 0.9, 2.5
    n = 6000
    rate, until = rng.gamma(r, 1 / alpha, n), rng.geometric(rng.beta(a, b, n))
    steps = rng.exponential(1, (n, 80)).cumsum(axis=1) / rate[:, None]
    real = np.arange(80) < until[:, None]
    x = ((steps <= 20) & real).sum(axis=1)
    last = np.where(x, np.where((steps <= 20) & real, steps, 0).max(axis=1), 0)
    came = ((steps > 20) & (steps <= 30) & real).sum(axis=1)
    found = backtest(histories(x, last, np.full(n, 20.0)), came, 10, seed=1)
    assert found.total.low <= found.seen <= found.total.high
    assert found.raw.mean < 0.015
    assert found.returned.slope == pytest.approx(1, abs=0.15)
    assert found.held > 0.94
    assert found.correlation > 0.5


def test_one_count_for_each_user_is_needed():
    given = drawn(60, 2.0, 4.0, 0.8, 2.4, np.random.default_rng(0))
    for wrong in ([1.0] * 59, [-1.0] * 60, [0.5] * 60):
        with pytest.raises(DataError, match="for each"):
            backtest(given, wrong, 5, seed=1)

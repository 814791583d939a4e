"""Whether shares that are promised are kept, on small simulations with fixed seeds.

Bounds lie three standard errors of so many series away from what larger simulations showed (the
figures stand with `find_breaks`, `spread_breaks` and `Breaks`).
"""

import numpy as np
import pytest
from scipy.signal import lfilter

from assay.stats.breaks import common_breaks, find_breaks


def noise(rng, n, rho):
    return lfilter([1], [1, -rho], rng.standard_normal(n + 60))[60:] * np.sqrt(1 - rho**2)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
def test_noise_is_rarely_called_broken(rho):
    rng = np.random.default_rng(1)
    found = [find_breaks(noise(rng, 60, rho), periods=()) for _ in range(40)]
    assert sum(bool(one.breaks) for one in found) <= 4
    assert sum(bool(one.spread) for one in found) <= 4


def test_a_spread_that_trebles_is_found_in_a_season_of_days():
    rng, hits = np.random.default_rng(6), 0
    for _ in range(30):
        y = noise(rng, 120, 0.0) * np.where(np.arange(120) < 60, 1, 3)
        hits += any(abs(one.index - 60) <= 12 for one in find_breaks(y, periods=()).spread)
    assert hits >= 24  # .95 are found


def test_intervals_hold_the_date_and_the_size():
    rng, at, kept = np.random.default_rng(2), 50, []
    for _ in range(40):
        found = find_breaks(noise(rng, 120, 0.3) + 3 * (np.arange(120) >= at), periods=()).breaks
        if len(found) == 1 and found[0].kind == "level":
            (one,) = found
            kept.append((one.low <= at <= one.high, one.size_low <= 3 <= one.size_high))
    assert len(kept) >= 30
    date, size = np.mean(kept, axis=0)
    assert date >= 0.84
    assert size >= 0.84


@pytest.mark.parametrize("n", [60, 120])
def test_the_smallest_visible_jump_is_found_about_four_times_in_five(n):
    rng, hits = np.random.default_rng(3), []
    for _ in range(40):
        y = noise(rng, n, 0.0)
        smallest = find_breaks(y, periods=()).smallest
        hits.append(bool(find_breaks(y + smallest * (np.arange(n) >= n // 2), periods=()).breaks))
    assert 0.8 - 3 * 0.07 <= np.mean(hits) <= 0.8 + 3 * 0.07


def test_points_of_unequal_error_weigh_by_it():
    rng, false, near = np.random.default_rng(4), 0, 0
    for _ in range(20):
        errors = 1 / np.sqrt(rng.integers(20, 2000, 120))
        y = errors * rng.standard_normal(120)
        false += bool(find_breaks(y, errors=errors, periods=()).breaks)
        later = find_breaks(y + 0.1 * (np.arange(120) >= 60), errors=errors, periods=()).breaks
        near += any(abs(one.index - 60) <= 5 for one in later)
    assert false <= 3
    assert near >= 18


def test_one_day_is_told_from_two():
    rng, one_day, two_days = np.random.default_rng(5), 0, 0
    t = np.arange(120)
    for _ in range(20):
        rows = rng.standard_normal((3, 120)) + 2.5 * (t >= np.array([[60], [60], [75]]))
        same = common_breaks(rows[:2], periods=()).together
        apart = common_breaks(rows[1:], periods=()).together
        one_day += bool(same) and same[0].p_same > 0.5
        two_days += bool(apart) and apart[0].p_same > 0.5
    assert one_day >= 15
    assert two_days <= 3

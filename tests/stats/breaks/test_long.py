"""Long series: looked over with a coarser eye, settled as finely as short ones."""

import numpy as np
import pytest
from scipy.signal import lfilter

from assay.stats.breaks import find_breaks
from assay.stats.breaks.sums import Points, running_median, running_sums, sums_at

AT = (1700, 3300, 5200, 8100)


def stairs(rho, seed):
    rng = np.random.default_rng(seed)
    noise = lfilter([1], [1, -rho], rng.standard_normal(10_000)) * np.sqrt(1 - rho**2)
    return noise + np.searchsorted(AT, np.arange(10_000), side="right") % 2 * (1 + 2 * rho)


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_breaks_of_ten_thousand_points_are_found_to_the_point(rho):
    found = find_breaks(stairs(rho, 4)).breaks
    assert len(found) == len(AT)
    for one, at in zip(found, AT, strict=True):
        assert one.kind == "level"
        assert one.low <= at <= one.high
        assert abs(one.index - at) <= 10


def test_a_long_series_of_noise_has_no_breaks():
    noise = lfilter([1], [1, -0.6], np.random.default_rng(2).standard_t(3, 10_000))
    assert find_breaks(noise).breaks == ()


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_sums_at_few_places_are_the_running_sums_there(rho):
    rng = np.random.default_rng(3)
    time = np.flatnonzero(rng.random(3000) < 0.95).astype(float)
    points = Points(
        value=np.sin(time / 300) + rng.uniform(-1, 1, time.size),
        time=time,
        weight=rng.uniform(0.5, 1.5, time.size),
        half=7,
    )
    places = np.array([0, 9, 100, 1500, time.size - 5, time.size])
    whole = running_sums(points, rho, sloped=True).at(places)
    middle = running_median(points.value, points.half)
    few = sums_at(points, rho, places, middle, sloped=True)
    assert few.drop == whole.drop
    # Even noise has hardly a point that is held, so that what it is held against matters little.
    np.testing.assert_allclose(few.ends, whole.ends, rtol=0.01, atol=1.0)
    np.testing.assert_allclose(few.starts, whole.starts, rtol=0.01, atol=1.0)
    np.testing.assert_allclose(few.ends[[0, 3, 4]], whole.ends[[0, 3, 4]], rtol=1e-9)


def test_intervals_of_a_change_of_spread_hold_though_blocks_were_looked_at():
    rng, hold = np.random.default_rng(6), []
    for _ in range(10):
        y = rng.standard_normal(6000) * np.where(np.arange(6000) < 2003, 1.0, 2.0)
        one = min(find_breaks(y, periods=()).spread, key=lambda seen: abs(seen.index - 2003))
        hold.append((one.low <= 2003 <= one.high, one.size_low <= 2 <= one.size_high))
        assert abs(one.index - 2003) <= 60
    # 95 % intervals: fewer than eight of ten in one case of ninety.
    assert np.sum(hold, axis=0).min() >= 8

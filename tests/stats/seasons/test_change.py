"""A change between two windows: closed forms, simulation, and what weekdays explain."""

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import ttest_ind

from assay.core.errors import DataError
from assay.stats.seasons import period_change


def test_is_students_two_samples_where_neighbours_do_not_go_together():
    """An alternating series has no positive correlation: the pooled t interval is exact."""
    rng = np.random.default_rng(1)
    y = 10 + np.abs(rng.standard_normal(40)) * np.tile([1, -1], 20)
    y[20:] += 3
    found = period_change(y, before=(0, 20), after=(20, 40), period=1)
    expected = ttest_ind(y[20:], y[:20]).confidence_interval()
    assert found.rho == 0
    assert found.change.value == pytest.approx(y[20:].mean() - y[:20].mean())
    assert (found.change.low, found.change.high) == pytest.approx((expected.low, expected.high))
    assert found.relative.value == pytest.approx(found.change.value / y[:20].mean())


def test_a_window_with_more_weekends_is_explained_by_them():
    y = np.tile([10, 10, 10, 10, 10, 3, 3.0], 6) + 0.01 * np.tile([1, -1], 21)
    found = period_change(y, before=(0, 12), after=(12, 21))
    assert found.mix.value == pytest.approx(found.change.value, abs=0.02)
    assert found.like_for_like.low <= 0 <= found.like_for_like.high
    assert found.mix.value + found.like_for_like.value == pytest.approx(found.change.value)


def test_covers_as_often_as_promised_where_neighbours_go_together():
    rng = np.random.default_rng(2)
    noise = lfilter([1], [1, -0.4], rng.standard_normal((600, 120)), axis=1)[:, 36:]
    inside = 0
    for row in noise:
        found = period_change(row + 20, before=(0, 42), after=(42, 84))
        inside += found.change.low <= 0 <= found.change.high
    assert 0.95 - 3 * np.sqrt(0.0475 / 600) < inside / 600 < 0.99


def test_the_change_on_like_weekdays_is_covered_where_days_differ_and_weigh():
    """Fixed seed; `benchmarks/coverage.py` has two thousand of them."""
    rng = np.random.default_rng(6)
    day, inside, count = np.arange(40), 0, 300
    noise = lfilter([1], [1, -0.3], rng.standard_normal((count, 60)), axis=1)[:, 20:]
    for row in noise:
        change, week = rng.normal(0, 1), rng.normal(0, 2, 7)
        y = 10 + week[day % 7] + change * (day >= 20) + row
        found = period_change(y, before=(0, 20), after=(20, 40), counts=rng.integers(50, 200, 40))
        inside += found.like_for_like.low <= change <= found.like_for_like.high
        assert found.mix.value + found.like_for_like.value == pytest.approx(found.change.value)
    assert 0.95 - 3 * np.sqrt(0.0475 / count) - 0.02 < inside / count < 0.995


def test_rounding_is_no_change():
    y = np.tile([0.1, 0.2, 0.3, 0.7, 0.7, 0.1, 0.1], 20) / 3
    found = period_change(y, before=(91, 112), after=(112, 140))
    for shift in (found.change, found.mix, found.like_for_like):
        assert (shift.value, shift.low, shift.high) == (0, 0, 0)


def test_points_weigh_as_the_requests_behind_them():
    y, n = np.tile([0.5, 0.7], 14), np.tile([1.0, 3.0], 14)
    found = period_change(y, before=(0, 14), after=(14, 28), counts=n, period=1)
    assert found.before == pytest.approx(0.65)


def test_gaps_are_left_out():
    rng = np.random.default_rng(3)
    y = rng.standard_normal(60)
    y[5:15] = np.nan
    assert period_change(y, before=(0, 30), after=(30, 60)).days_before == 20


@pytest.mark.parametrize(
    ("y", "before", "after", "said"),
    [
        (np.ones(20), (0, 12), (10, 20), "windows"),
        (np.full(20, np.nan), (0, 10), (10, 20), "0 and 0 points"),
        (np.arange(20.0), (0, 2), (3, 5), "weekday"),
        (np.ones(20), (0, 10), (10, 30), "windows"),
    ],
)
def test_says_what_it_cannot_use(y, before, after, said):
    with pytest.raises(DataError, match=said):
        period_change(y, before=before, after=after)

"""Breaks of made series whose truth is known, and input that has no answer."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.breaks import find_breaks


def shifted(n=200, at=120, size=2.0, seed=1):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(n) + size * (np.arange(n) >= at)


def test_a_jump_is_found_where_and_as_large_as_it_was_made():
    found = find_breaks(50 + 3 * shifted())
    (one,) = found.breaks
    assert one.kind == "level"
    assert one.low <= 120 <= one.high
    assert one.size_low <= 6 <= one.size_high
    assert one.after - one.before == pytest.approx(one.size)
    assert one.confidence > 0.99
    assert [(s.start, s.end) for s in found.segments] == [(0, one.index), (one.index, 200)]
    assert found.noise.sd == pytest.approx(3, rel=0.2)


def test_a_bend_is_told_from_a_jump():
    rng = np.random.default_rng(2)
    t = np.arange(200.0)
    (one,) = find_breaks(0.1 * np.maximum(t - 100, 0) + rng.standard_normal(200)).breaks
    assert one.kind == "slope"
    assert one.low <= 100 <= one.high
    assert one.size_low <= 0.1 <= one.size_high


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
def test_units_do_not_matter(scale):
    y = shifted()
    (one,), (other,) = find_breaks(y).breaks, find_breaks(scale * y - 7 * scale).breaks
    assert (one.index, one.low, one.high) == (other.index, other.low, other.high)
    assert other.size == pytest.approx(scale * one.size)


def test_noise_far_from_zero_is_noise_and_rounding_is_not():
    y = shifted()
    (one,), (other,) = find_breaks(y).breaks, find_breaks(1e12 + y).breaks
    assert (one.index, one.low, one.high) == (other.index, other.low, other.high)
    assert other.size == pytest.approx(one.size, rel=1e-3)
    rounded = find_breaks(np.where(np.arange(60) % 3, 0.3, 0.1 + 0.2) * 1e6)
    assert rounded.breaks == ()
    assert "same value" in " ".join(rounded.notes)


def test_a_week_is_taken_off_first():
    y = shifted(210, 100, 1.5) + np.tile([0, 0, 0, 0, 0, 9.0, 9.0], 30)
    found = find_breaks(y)
    assert found.periods == (7,)
    assert [abs(b.index - 100) < 5 for b in found.breaks] == [True]


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (np.full(50, 3.0), "same value"),
        ([1.0, 2.0, 9.0], "3 points with a value"),
        (np.full(40, np.nan), "0 points with a value"),
        (np.where(np.arange(60) == 30, 1e9, 5.0), "same value"),
    ],
)
def test_no_answer_comes_with_its_reason(y, said):
    found = find_breaks(y)
    assert found.breaks == ()
    assert said in " ".join(found.notes)


def test_one_monstrous_outlier_hides_no_jump():
    y = shifted()
    y[40] = 1e9
    found = find_breaks(y)
    assert [b.low <= 120 <= b.high for b in found.breaks] == [True]
    assert "far from" in " ".join(found.notes)


@pytest.mark.parametrize(
    ("y", "options"),
    [
        ([1.0, np.inf] * 10, {}),
        (np.ones((5, 5)), {}),
        (np.ones(20), {"errors": np.ones(19)}),
        (np.ones(20), {"errors": -np.ones(20)}),
        (np.ones(20), {"level": 1.0}),
    ],
)
def test_says_what_it_cannot_use(y, options):
    with pytest.raises(DataError):
        find_breaks(y, **options)


def test_a_season_without_noise_is_told_as_one():
    found = find_breaks(np.tile([24, 24, 40, 40, 40, 40, 40.0], 21))
    assert (found.breaks, found.periods) == ((), (7,))
    assert found.notes == ("without the season of 7 steps, all points have the same value",)

"""By how much an estimate changed between two looks."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.stats.changes import Reported, change

NUMBERS = st.floats(-1e6, 1e6)
WIDTHS = st.floats(0, 1e6)
REPORTS = st.builds(lambda v, a, b: Reported(v, v - a, v + b), NUMBERS, WIDTHS, WIDTHS)


def test_by_hand_whatever_the_correlation() -> None:
    # 10 [8, 13] → 16 [14, 17]: the ends that face each other are 3 above 10 and 2 below 16.
    found = change(Reported(10, 8, 13), Reported(16, 14, 17))
    assert (found.value, found.low, found.high, found.relative) == (6, 14 - 13, 17 - 8, 0.6)
    assert found.beyond


def test_by_hand_independent() -> None:
    # The same, by squares: √(3² + 2²) below, √(1² + 2²) above.
    found = change(Reported(10, 8, 13), Reported(16, 14, 17), independent=True)
    assert found.low == pytest.approx(6 - sqrt(13))
    assert found.high == pytest.approx(6 + sqrt(5))
    # A fall looks at the other two ends: 16 − 14 = 2 and 11 − 10 = 1.
    fell = change(Reported(16, 14, 17), Reported(10, 8, 11), independent=True)
    assert fell.high == pytest.approx(-6 + sqrt(5))
    assert fell.beyond


def test_a_change_that_only_independence_would_call_one() -> None:
    before, after = Reported(0, -3, 3), Reported(5, 2, 8)
    assert change(before, after).beyond is False
    assert change(before, after, independent=True).beyond is True


def test_intervals_that_touch_have_not_parted() -> None:
    assert change(Reported(0, -1, 1), Reported(2, 1, 3)).beyond is False


def test_without_the_end_that_faces_nothing_is_said() -> None:
    assert change(Reported(1), Reported(2)).beyond is None
    rises = change(Reported(1, None, 2), Reported(9, 8, None))
    assert (rises.low, rises.high, rises.beyond) == (6, None, True)
    falls = change(Reported(9, 8, None), Reported(1, 0, None))
    assert (falls.beyond, falls.high) == (None, None)


def test_what_did_not_move_did_not_change() -> None:
    assert change(Reported(1), Reported(1)).beyond is False
    assert change(Reported(0, 0, 0), Reported(0, 0, 0)).relative is None


def test_an_estimate_lies_within_its_interval() -> None:
    with pytest.raises(DataError, match="outside its interval"):
        Reported(3, 0, 2)
    with pytest.raises(DataError, match="outside its interval"):
        Reported(float("nan"), 0, 2)


@given(REPORTS, REPORTS)
def test_parted_means_that_the_intervals_do_not_meet(before: Reported, after: Reported) -> None:
    gap = max(after.low - before.high, before.low - after.high)
    assume(abs(gap) > 1e-6)  # floating point may differ where they just touch
    assert change(before, after).beyond is (gap > 0)


@given(REPORTS, REPORTS)
def test_independent_errors_are_never_the_larger(before: Reported, after: Reported) -> None:
    wide, narrow = change(before, after), change(before, after, independent=True)
    assert wide.low <= narrow.low + 1e-6
    assert narrow.high <= wide.high + 1e-6


@given(REPORTS, REPORTS)
def test_looking_backwards_mirrors_the_change(before: Reported, after: Reported) -> None:
    there, back = change(before, after), change(after, before)
    assert (there.value, there.beyond) == (-back.value, back.beyond)
    assert there.low == pytest.approx(-back.high)


@pytest.mark.parametrize("correlation", [-1.0, -0.5, 0.0, 0.6, 0.95])
@pytest.mark.parametrize("ratio", [1.0, 3.0])
def test_false_alarms_are_no_more_than_promised(correlation: float, ratio: float) -> None:
    """Two looks at the same truth; 95 % intervals; errors of any correlation and spread."""
    rng, looks = np.random.default_rng(7), 8_000
    one, other = rng.standard_normal((2, looks))
    later = ratio * (correlation * one + sqrt(1 - correlation**2) * other)
    half, half_later = 1.959964, 1.959964 * ratio
    alarms = {
        independent: np.mean(
            [
                change(
                    Reported(a, a - half, a + half),
                    Reported(b, b - half_later, b + half_later),
                    independent=independent,
                ).beyond
                for a, b in zip(one.tolist(), later.tolist(), strict=True)
            ]
        )
        for independent in (False, True)
    }
    slack = 3 * sqrt(0.05 * 0.95 / looks)
    assert alarms[False] <= 0.05 + slack
    if correlation >= 0:
        assert alarms[True] <= 0.05 + slack
    if correlation == -1:
        assert alarms[False] == pytest.approx(0.05, abs=slack)  # the bound is reached
        assert alarms[True] > 0.1  # why squares may not be added for shared data
    if correlation == 0:
        assert alarms[True] == pytest.approx(0.05, abs=slack)


def test_overlapping_data_are_judged_conservatively() -> None:
    """A mean over 800 days, then over 1,000 of which 800 are the same; skewed days."""
    rng, alarms, looks = np.random.default_rng(11), 0, 2000
    for _ in range(looks):
        days = rng.exponential(size=1000)
        first, last = (_mean(days[:800]), _mean(days))
        alarms += bool(change(first, last).beyond)
    assert alarms / looks <= 0.05


def _mean(days: np.ndarray) -> Reported:
    mean, half = float(days.mean()), 1.96 * float(days.std(ddof=1)) / sqrt(days.size)
    return Reported(mean, mean - half, mean + half)

"""How surely the present level exceeds a threshold."""

from math import sqrt

import numpy as np
import pytest
from scipy.stats import t as student

from assay.core.errors import DataError, ParameterError
from assay.stats.watching import exceeds


def test_of_a_steady_series_it_is_what_student_says():
    values = np.random.default_rng(1).normal(10, 1, 200)
    found = exceeds(values, None, 9.9, period=1)
    theirs = student.sf((9.9 - values.mean()) / (values.std(ddof=1) / sqrt(200)), 199)
    assert found.probability == pytest.approx(theirs, abs=0.15)
    assert found.level == pytest.approx(values.mean(), abs=0.15)


@pytest.mark.parametrize("wander", [0.0, 0.1, 0.5])
def test_intervals_cover_the_present_level(wander):
    rng = np.random.default_rng(2)
    inside, called = [], []
    for _ in range(300):
        level = np.cumsum(rng.normal(0, wander, 60)) + 20
        values = level + rng.normal(0, 1, 60) + 0.8 * np.sin(2 * np.pi * np.arange(60) / 7)
        found = exceeds(values, None, 20.0)
        inside.append(found.low <= level[-1] <= found.high)
        called.append((found.probability, level[-1] > 20))
    assert np.mean(inside) >= 0.9
    if wander:
        chances, truth = np.array(called).T
        for low, high in ((0.0, 0.2), (0.8, 1.0)):
            some = (chances >= low) & (chances <= high)
            assert truth[some].mean() == pytest.approx(chances[some].mean(), abs=0.12)


def test_one_bad_day_at_the_end_is_not_the_level():
    values = np.random.default_rng(3).normal(10, 0.5, 60)
    values[-1] = 40.0
    assert exceeds(values, None, 12.0).probability < 0.05
    values[-10:] = 14 + np.random.default_rng(4).normal(0, 0.5, 10)
    assert exceeds(values, None, 12.0).probability > 0.95


def test_lower_thresholds_are_the_surer():
    values = np.random.default_rng(5).normal(10, 1, 40)
    chances = [exceeds(values, None, limit).probability for limit in (8, 9, 10, 11, 12)]
    assert chances == sorted(chances, reverse=True)


def test_known_errors_count():
    rng = np.random.default_rng(6)
    errors = np.where(np.arange(50) < 45, 0.2, 5.0)
    values = 10 + errors * rng.standard_normal(50)
    values[-5:] = 18.0
    assert exceeds(values, errors, 12.0).probability < exceeds(values, None, 12.0).probability


def test_constants_and_gaps():
    assert exceeds([5.0] * 10, None, 4.0).probability == pytest.approx(1)
    assert exceeds([5.0] * 10, None, 6.0).probability == pytest.approx(0)
    found = exceeds([float("nan"), 5.0, float("nan"), 5.2, 4.9, float("nan")], None, 4.0)
    assert found.days == 3
    assert found.probability > 0.5
    assert exceeds([5.0, 5.1, 4.9] * 5, None, 4.0, relative=True).low > 0


def test_what_says_nothing_is_refused():
    with pytest.raises(DataError, match="2 of 3 days have data"):
        exceeds([1.0, float("nan"), 2.0], None, 1.0)
    with pytest.raises(DataError, match="value of -1"):
        exceeds([1.0, -1.0, 2.0], None, 1.0, relative=True)
    with pytest.raises(DataError, match="2 errors of 3"):
        exceeds([1.0, 1.0, 2.0], [0.1, 0.1], 1.0)
    with pytest.raises(DataError, match="infinite"):
        exceeds([1.0, 1.0, 2.0, float("inf")], None, 1.0)
    with pytest.raises(ParameterError, match="threshold"):
        exceeds([1.0, 1.0, 2.0], None, float("nan"))

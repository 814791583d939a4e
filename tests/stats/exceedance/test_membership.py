"""Conditions together: classes, and how many members there are, against a simulated truth."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.exceedance.beliefs import exactly_between, shares_between
from assay.stats.exceedance.membership import members, number_between


def test_the_number_of_members_lies_in_its_interval() -> None:
    """In 95 of 100 sets and more; the naive count is above it in nearly all."""
    rng = np.random.default_rng(6)
    inside, naive = [], []
    for _ in range(60):
        rate, n = rng.beta(9, 3, 200), rng.integers(3, 25, 200)
        y = rng.binomial(n, rate)
        found = members([shares_between(y, n, above=0.9)])
        true = int((rate > 0.9).sum())
        inside.append(found.low <= true <= found.high)
        naive.append(int((y / n > 0.9).sum()) > found.high)
    assert np.mean(inside) >= 0.9
    assert np.mean(naive) > 0.5


def test_conditions_multiply_and_exact_ones_rule_out() -> None:
    y, n = np.array([9, 9, 1, 0]), np.array([10, 10, 10, 0])
    rate = shares_between(y, n, above=0.4)
    found = members([rate, exactly_between([1, 0, 1, 0], above=0.5)])
    assert found.probabilities == pytest.approx(rate.probabilities * [1, 0, 1, 0])
    assert found.classes[1] == 1
    assert found.classes[3] == 1  # too little is known of its rate, but the other condition fails


def test_little_data_is_a_class_of_its_own() -> None:
    rng = np.random.default_rng(7)
    n = np.append(np.full(300, 200), [1, 0])
    y = np.append(rng.binomial(200, rng.beta(20, 60, 300)), [1, 0])
    found = members([shares_between(y, n, above=0.9)])
    assert found.probabilities[-1] < 0.01  # others say so; its own data do not
    assert found.classes[-2:].tolist() == [3, 3]
    assert set(found.classes[:300].tolist()) == {1}


def test_classes_follow_the_demanded_certainty() -> None:
    y, n = np.arange(41), np.full(41, 40)
    found = members([shares_between(y, n, above=0.5)], least=0.9)
    p = found.probabilities
    assert (found.classes[p >= 0.9] == 0).all()
    assert (found.classes[p <= 0.1] == 1).all()
    assert (found.classes[(p > 0.1) & (p < 0.9)] == 2).all()
    assert found.expected == pytest.approx(p.sum())


def test_ends_of_small_numbers_are_skewed_and_bounded() -> None:
    low, high = number_between(1.5, 1.4, 50, 0.95)
    assert 0 <= low <= 1.5 < high <= 7
    assert number_between(48.5, 1.4, 50, 0.95) == (50 - high, 50 - low)
    assert number_between(7, 0.0, 9, 0.95) == (7, 7)


@pytest.mark.parametrize("least", [0.5, 1.0, float("nan")])
def test_levels_that_make_no_sense_are_refused(least: float) -> None:
    with pytest.raises(DataError):
        members([exactly_between([1], above=0)], least=least)
    with pytest.raises(DataError):
        members([])

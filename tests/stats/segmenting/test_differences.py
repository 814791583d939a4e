"""Differences of given groups: against SciPy's tests, brute force, and labels drawn by lot."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, ttest_ind

from assay.core.errors import DataError, ParameterError
from assay.stats.segmenting.differences import differences

RNG = np.random.default_rng(4)
VALUES = RNG.normal(size=(90, 3)) * [1.0, 10.0, 0.1] + [0.0, 5.0, 2.0]
LABELS = np.repeat([0, 1, 2], [20, 30, 40])
VALUES[LABELS == 1, 1] += 12


def test_each_group_is_tested_as_scipy_tests_two_samples():
    found = differences(VALUES, LABELS, 3, alpha=0.05)
    for group in range(3):
        for column in range(3):
            one, rest = VALUES[group == LABELS, column], VALUES[group != LABELS, column]
            welch = ttest_ind(one, rest, equal_var=False)
            told = found.p_value[group, column]
            assert told == pytest.approx(1 - (1 - welch.pvalue) ** 9, abs=1e-9)
            level = (1 - 0.05) ** (1 / 9)
            ends = welch.confidence_interval(level)
            assert found.low[group, column] == pytest.approx(ends.low)
            assert found.high[group, column] == pytest.approx(ends.high)
            pairs = mannwhitneyu(one, rest).statistic / (len(one) * len(rest))
            assert found.superiority[group, column] == pytest.approx(pairs)
            pooled = ((len(one) - 1) * one.var(ddof=1) + (len(rest) - 1) * rest.var(ddof=1)) / 88
            effect = (one.mean() - rest.mean()) / np.sqrt(pooled)
            assert found.effect[group, column] == pytest.approx(effect)


def test_a_claim_is_an_interval_without_zero():
    found = differences(VALUES, LABELS, 3)
    assert found.claimed[1, 1]
    outside = (found.low > 0) | (found.high < 0)
    np.testing.assert_array_equal(found.claimed, outside)


def test_the_chance_of_more_has_the_variance_of_delong():
    """Placements one by one, as DeLong et al. (1988, eq. 3) write them."""
    found = differences(VALUES, LABELS, 3, alpha=0.05)
    one, rest = VALUES[LABELS == 0, 0], VALUES[LABELS != 0, 0]
    above = np.array([np.mean(rest < x) for x in one])
    under = np.array([np.mean(one > y) for y in rest])
    error = np.sqrt(above.var(ddof=1) / len(one) + under.var(ddof=1) / len(rest))
    chance = above.mean()
    low, high = found.superiority_low[0, 0], found.superiority_high[0, 0]
    width = np.log(high / (1 - high)) - np.log(low / (1 - low))
    z = 2.765  # normal quantile of 1 − (1 − .95^(1/9)) / 2
    assert width == pytest.approx(2 * z * error / (chance * (1 - chance)), rel=1e-3)


def test_another_unit_changes_no_claim_and_the_other_direction_mirrors_it():
    one = differences(VALUES, LABELS, 3)
    other = differences(-1000 * VALUES + 7, LABELS, 3)
    np.testing.assert_allclose(other.effect, -one.effect, atol=1e-9)
    np.testing.assert_allclose(other.p_value, one.p_value, atol=1e-9)
    np.testing.assert_allclose(other.superiority, 1 - one.superiority, atol=1e-12)


def test_two_groups_are_one_comparison():
    found = differences(VALUES, np.minimum(LABELS, 1), 2)
    assert found.tests == 3
    np.testing.assert_allclose(found.effect[0], -found.effect[1])


def test_unknown_values_and_those_in_no_group_count_nowhere():
    values, labels = VALUES.copy(), LABELS.copy()
    values[:3, 0] = np.nan
    labels[25:28] = -1
    found = differences(values, labels, 3)
    kept = labels >= 0
    kept[:3] = False
    other = differences(values[kept], labels[kept], 3)
    assert found.count[0, 0] == 17
    assert found.others[0, 0] == 67
    assert found.effect[0, 0] == pytest.approx(other.effect[0, 0])


def test_few_equal_and_fully_parted_values_are_no_error():
    values = np.column_stack((np.ones(30), np.repeat([0.0, 1.0], 15), np.full(30, np.nan)))
    values[:26, 2] = 1.0
    labels = np.repeat([0, 1], 15)
    found = differences(values, labels, 2)
    assert found.p_value[0, 0] == 1
    assert found.superiority[0, 0] == 0.5
    assert found.superiority[1, 1] == 1
    assert found.superiority_low[1, 1] < 1
    assert np.isfinite(found.effect[0, 2])
    values[20:, 2] = np.nan
    assert np.isfinite(differences(values, labels, 2).effect[0, 2])
    values[15:, 2] = np.nan
    assert np.isnan(differences(values, labels, 2).effect[0, 2])
    assert not differences(values, labels, 2).claimed[0, 2]


def test_labels_drawn_by_lot_are_claimed_to_differ_in_one_set_of_twenty():
    rng = np.random.default_rng(7)
    wrong = [
        differences(rng.exponential(size=(120, 4)), rng.integers(3, size=120), 3).claimed.any()
        for _ in range(400)
    ]
    assert np.mean(wrong) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_what_does_not_fit_is_told():
    with pytest.raises(DataError, match="one label for each"):
        differences(VALUES, LABELS[:5], 3)
    with pytest.raises(DataError, match="expected −1 to 1"):
        differences(VALUES, LABELS, 2)
    with pytest.raises(ParameterError, match="alpha=0"):
        differences(VALUES, LABELS, 3, alpha=0)

"""Estimates after reallocation: unbiased, with intervals that hold, and honest about their price."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from assay.core.errors import DataError
from assay.stats.bayes.bandit import (
    Batch,
    Batches,
    gain,
    pooled_arms,
    stratified_gain,
    thompson_split,
    weighted_gain,
)

Z = 1.959963984540054


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.05, 2), st.floats(0.05, 2))
def test_two_arms_are_split_by_a_closed_form(a, b, s, t):
    split = thompson_split([a, b], [s, t], floor=0.1)
    assert split[0] == pytest.approx(0.1 + 0.8 * norm.cdf((a - b) / np.hypot(s, t)), abs=1e-6)
    assert sum(split) == pytest.approx(1)


def test_every_arm_keeps_the_floor_and_the_best_gets_most():
    split = thompson_split([0.0, 5.0, 0.1], [0.1, 0.1, 0.1], floor=0.1)
    assert split == pytest.approx([0.1, 0.8, 0.1])
    down = thompson_split([0.0, 5.0, 0.1], [0.1] * 3, floor=0.1, lower_is_better=True)
    assert down[1] == pytest.approx(0.1)
    assert thompson_split([1.0, 1.0], [0.2, 0.2], floor=0.05) == pytest.approx([0.5, 0.5])
    with pytest.raises(DataError, match="at most 1/2"):
        thompson_split([0.0, 1.0], [1, 1], floor=0.6)


def test_one_batch_is_a_plain_comparison():
    batch = Batch(propensity=(0.5, 0.5), n=(100, 80), mean=(1.0, 1.5), variance=(4.0, 5.0))
    found = gain([batch], 1)
    error = np.sqrt(4 / 100 + 5 / 80)
    assert (found.difference, found.standard_error) == pytest.approx((0.5, error))
    assert (found.low, found.high) == pytest.approx((0.5 - Z * error, 0.5 + Z * error))
    assert found.fixed_units == pytest.approx(2 * 9 / error**2)
    assert gain([batch], 0, control=1).difference == pytest.approx(-0.5)


def test_an_alpha_that_one_minus_it_swallows_has_ends_that_are_as_far_out():
    batch = Batch(propensity=(0.5, 0.5), n=(100, 80), mean=(1.0, 1.5), variance=(4.0, 5.0))
    found = gain([batch], 1, alpha=1e-20)
    half = found.standard_error * norm.isf(5e-21)
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half), rel=1e-12)


def test_equal_shares_cost_nothing_and_uneven_ones_do():
    even = Batch(propensity=(0.5, 0.5), n=(100, 100), mean=(0.0, 0.1), variance=(1.0, 1.0))
    tilted = Batch(propensity=(0.9, 0.1), n=(180, 20), mean=(0.0, 0.1), variance=(1.0, 1.0))
    assert gain([even] * 3, 1).cost == pytest.approx(1)
    # 1/180 + 1/20 against 2/100
    assert gain([tilted] * 3, 1).cost == pytest.approx((1 / 180 + 1 / 20) / (2 / 100))


def test_the_weighted_estimate_is_the_sum_over_units_that_it_stands_for():
    rng = np.random.default_rng(5)
    shares = [(0.5, 0.3, 0.2), (0.2, 0.2, 0.6), (0.1, 0.1, 0.8)]
    batches, rows = [], []
    for share in shares:
        arms = rng.choice(3, 60, p=share)
        values = rng.normal(arms, 1.0)
        batches.append(Batch(
            propensity=share,
            n=tuple(int((arms == k).sum()) for k in range(3)),
            mean=tuple(float(values[arms == k].mean()) for k in range(3)),
            variance=tuple(float(values[arms == k].var(ddof=1)) for k in range(3)),
        ))  # fmt: skip
        rows.append((arms, values))
    sums, terms = {}, {}
    for arm in (0, 2):
        scores, weights = [], []
        for b, (arms, values) in enumerate(rows):
            seen = np.concatenate([v[a == arm] for a, v in rows[:b]]) if b else np.array([])
            prior = seen.mean() if len(seen) else 0.0
            scores.append(prior + (arms == arm) / shares[b][arm] * (values - prior))
            weights.append(np.full(60, np.sqrt(shares[b][arm])))
        s, w = np.concatenate(scores), np.concatenate(weights)
        sums[arm] = (w * s).sum() / w.sum()
        terms[arm] = w * (s - sums[arm]) / w.sum()
    found = gain(batches, 2, method="weighted")
    assert found.difference == pytest.approx(sums[2] - sums[0])
    error = np.sqrt(((terms[2] - terms[0]) ** 2).sum())
    assert found.standard_error == pytest.approx(error)


def streams(rng, count, batches, size, truth, *, rate, floor):
    """Many experiments at once whose shares follow 100 draws of each posterior."""
    truth = np.array(truth, dtype=float)
    split = np.full((count, len(truth)), 1 / len(truth))
    rows: list[list] = [[], [], [], []]
    for _ in range(batches):
        n = rng.multinomial(size, split)
        if rate:
            mean = rng.binomial(n, truth) / np.maximum(n, 1)
            variance = mean * (1 - mean) * n / np.maximum(n - 1, 1)
        else:
            mean = truth + rng.normal(size=n.shape) / np.sqrt(np.maximum(n, 1))
            variance = rng.chisquare(np.maximum(n - 1, 1)) / np.maximum(n - 1, 1)
        for row, new in zip(rows, (split, n, mean, variance), strict=True):
            row.append(np.asarray(new, dtype=float))
        table = Batches(*(np.stack(row, axis=1) for row in rows))
        centre, error = pooled_arms(table)
        best = rng.normal(centre, error, (100, *centre.shape)).argmax(axis=-1)
        chance = np.stack([(best == k).mean(axis=0) for k in range(len(truth))], axis=-1)
        split = floor + (1 - floor * len(truth)) * chance
    return table


@pytest.mark.parametrize(
    ("batches", "size", "truth", "rate", "floor"),
    [
        (10, 200, (0.0, 0.0), False, 0.05),
        (10, 200, (0.0, 0.2), False, 0.05),
        (20, 300, (0.1, 0.15), True, 0.1),
        (12, 500, (0.0, 0.0, 0.0, 0.0, 0.3), False, 0.05),
        (12, 500, (0.1,) * 5, True, 0.05),
    ],
)
def test_intervals_hold_after_reallocation_and_estimates_are_unbiased(
    batches, size, truth, rate, floor
):
    count = 3000
    rng = np.random.default_rng(batches + size)
    table = streams(rng, count, batches, size, truth, rate=rate, floor=floor)
    gap, arm = truth[-1] - truth[0], len(truth) - 1
    band = 3 * np.sqrt(0.05 * 0.95 / count)
    value, error = stratified_gain(table, arm)
    covered = (abs(value - gap) <= Z * error).mean()
    assert covered >= 0.94 - band
    assert abs(value.mean() - gap) <= 3.5 * value.std() / np.sqrt(count)
    value, error = weighted_gain(table, arm)
    assert (abs(value - gap) <= Z * error).mean() >= 0.94 - band


def test_the_plain_means_would_be_wrong():
    table = streams(np.random.default_rng(7), 8000, 20, 300, (0.1, 0.1), rate=True, floor=0.1)
    n = table.n.sum(axis=1)
    mean = (table.n * table.mean).sum(axis=1) / n
    reach = Z * np.sqrt((mean * (1 - mean) / n).sum(axis=1))
    covered = (abs(mean[:, 1] - mean[:, 0]) <= reach).mean()
    assert covered < 0.95 - 5 * np.sqrt(0.05 * 0.95 / 8000)
    value, error = stratified_gain(table, 1)
    assert (abs(value) <= Z * error).mean() >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 8000)


def test_too_little_is_refused():
    empty = Batch(propensity=(0.9, 0.1), n=(20, 1), mean=(0.0, 0.1), variance=(1.0, 0.0))
    with pytest.raises(DataError, match="no batch has two units"):
        gain([empty], 1)
    with pytest.raises(DataError, match="one or more"):
        gain([], 1)
    with pytest.raises(DataError, match="inside"):
        Batch(propensity=(1.0, 0.0), n=(1, 1), mean=(0.0, 0.0), variance=(0.0, 0.0))

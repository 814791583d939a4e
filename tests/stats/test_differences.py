"""Effects of a change on ratios of sums: closed forms, and simulation with a known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_ind

from assay.core.errors import DataError
from assay.stats.differences import Ratios, effects


def _means(after: np.ndarray, before: np.ndarray) -> Ratios:
    ones = np.ones_like(after)
    return Ratios(after, ones, before, ones)


@pytest.fixture(scope="module")
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_with_one_denominator_each_it_is_welch_on_the_gains(rng: np.random.Generator) -> None:
    before, others = rng.normal(5, 1, 40), rng.normal(6, 2, 25)
    after, later = before + rng.normal(1, 1, 40), others + rng.normal(0.2, 1.5, 25)
    found = effects([_means(after, before)], [_means(later, others)])
    told = ttest_ind(after - before, later - others, equal_var=False).confidence_interval(0.9)
    assert found.interval(0.9) == pytest.approx((told.low, told.high), rel=1e-12)
    assert found.adjusted == (1.0,)


def test_alone_it_is_student_on_the_gains(rng: np.random.Generator) -> None:
    before = rng.normal(5, 1, 30)
    after = before + rng.normal(1, 1, 30)
    told = ttest_1samp(after - before, 0.0).confidence_interval(0.95)
    found = effects([_means(after, before)])
    assert found.interval(0.95) == pytest.approx((told.low, told.high), rel=1e-12)


def test_a_ratio_is_one_of_sums_and_not_a_mean_of_ratios() -> None:
    after, of = np.r_[np.zeros(9), 90.0], np.r_[np.ones(9), 100.0]
    found = effects([Ratios(after, of, np.zeros(10), of)])
    assert found.treated[0][1] == pytest.approx(90 / 109)
    assert found.values[0] == pytest.approx(90 / 109)


@pytest.mark.parametrize("random", [True, False])
def test_ninety_five_per_cent_of_intervals_hold_the_truth(*, random: bool) -> None:
    rng, truth, inside, widths = np.random.default_rng(11), 0.03, 0, []
    runs, n = 600, 150
    for _ in range(runs):
        groups = []
        for lift in (truth, 0.0):
            able = rng.beta(6, 3, n) * 0.9
            early, late = rng.geometric(0.15, n), rng.geometric(0.15, n)
            moved = able + 0.02 + lift
            groups.append(
                Ratios(
                    rng.binomial(late, moved).astype(float),
                    late.astype(float),
                    rng.binomial(early, able).astype(float),
                    early.astype(float),
                )
            )
        low, high = effects([groups[0]], [groups[1]], random=random).interval(0.95)
        inside += low <= truth <= high
        widths.append(high - low)
    error = 3 * (0.95 * 0.05 / runs) ** 0.5
    assert 0.95 - error <= inside / runs <= 0.95 + error
    assert np.mean(widths) < 0.2


def test_chance_lets_the_adjustment_narrow_the_interval(rng: np.random.Generator) -> None:
    before = rng.normal(5, 2, 400)
    mine, theirs = before[:200], before[200:]
    after, later = 0.6 * mine + rng.normal(1, 1, 200), 0.6 * theirs + rng.normal(0, 1, 200)
    pair = [_means(after, mine)], [_means(later, theirs)]
    drawn, declared = effects(*pair, random=True), effects(*pair)
    assert drawn.adjusted[0] == pytest.approx(0.6, abs=0.1)
    assert drawn.standard_error() < declared.standard_error()


def test_measures_of_the_same_units_share_their_errors(rng: np.random.Generator) -> None:
    before, gain = rng.normal(5, 1, 50), rng.normal(1, 1, 50)
    one = _means(before + gain, before)
    twice = _means(2 * (before + gain), 2 * before)
    found = effects([one, twice])
    (a, b), (_, d) = found.covariance
    assert b == pytest.approx(2 * a)
    assert d == pytest.approx(4 * a)


def test_without_a_time_before_nobody_can_be_compared_with_nobody() -> None:
    none = np.zeros(10)
    one = Ratios(np.ones(10), np.ones(10), none, none)
    with pytest.raises(DataError, match="nothing was measured before"):
        effects([one])
    assert effects([one], [one]).values == (0.0,)


@pytest.mark.parametrize(
    ("units", "value", "told"),
    [
        (7, 1.0, "treated group: 7 units, expected 8"),
        (9, np.nan, "not finite"),
        (9, np.inf, "not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused(units: int, value: float, told: str) -> None:
    with pytest.raises(DataError, match=told):
        effects([_means(np.full(units, value), np.ones(units))])

"""Errors of days by the spread of their units over weeks."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.watching import WatchRules, even_errors, watch_all


def test_is_the_pooled_standard_deviation_over_the_root_of_the_number():
    rng = np.random.default_rng(1)
    groups = [rng.normal(5, 2, size) for size in (5, 12, 30, 8)]
    own = [group.std(ddof=1) / np.sqrt(group.size) for group in groups]
    found = even_errors(own, [group.size for group in groups])
    for day, group in enumerate(groups):
        centred = np.concatenate([one - one.mean() for one in groups[: day + 1]])
        pooled = np.sqrt((centred**2).sum() / (centred.size - day - 1))
        assert found[day] == pytest.approx(pooled / np.sqrt(group.size))


def test_says_of_a_day_only_what_it_and_those_before_it_tell():
    rng = np.random.default_rng(2)
    own, n = rng.uniform(0, 1, 90), rng.integers(0, 30, 90)
    whole = even_errors(own, n)
    for cut in (1, 8, 60):
        assert np.array_equal(even_errors(own[:cut], n[:cut]), whole[:cut], equal_nan=True)
    # Weeks that are long past count no more.
    own[:20] = 100.0
    assert even_errors(own, n)[-1] == pytest.approx(whole[-1])


def test_a_day_without_failures_does_not_stand_out():
    """Binomial days of 24 or 40 at 5 %: by their own errors, half of the series raise alarms."""
    rng = np.random.default_rng(3)
    n = np.where(np.arange(150) % 7 >= 5, 24, 40) * np.ones((40, 1))
    shares = rng.binomial(n.astype(int), 0.05) / n
    own = np.sqrt(shares * (1 - shares) / (n - 1))
    rules = WatchRules(relative=False, smallest=0.03, budget=1)
    even = np.array([even_errors(*both) for both in zip(own, n, strict=True)])
    quiet, loud = (
        sum(len(seen.anomalies) for seen in watch_all(shares, errors, rules=rules))
        for errors in (even, own)
    )
    assert loud > 20
    assert quiet <= 4  # 1.3 expected: a hundredth of 126 days that are judged


def test_one_unit_unlike_all_others_keeps_its_own_error():
    own = np.full(30, 0.1)
    own[20] = 10.0
    found = even_errors(own, np.full(30, 2000))
    assert found[20] == 10.0
    assert found[5] == pytest.approx(0.1)


def test_without_units_or_spread_there_is_no_error():
    assert np.isnan(even_errors([0.0, 0.0], [5, 5])).all()
    assert np.isnan(even_errors([0.2, np.nan], [5, 0])[1])
    assert even_errors([0.2, np.nan], [9, 1])[1] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("errors", "n", "said"),
    [([0.1], [1, 2], "one each"), ([-0.1], [1], "negative"), ([0.1], [np.nan], "negative")],
)
def test_says_what_it_cannot_use(errors, n, said):
    with pytest.raises(DataError, match=said):
        even_errors(errors, n)

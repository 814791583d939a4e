"""New configurations per week: by hand, and intervals where none was tried."""

import numpy as np
import pytest

from assay.core.errors import ParameterError
from assay.stats.personal_choices import Choices
from assay.stats.personal_tries import ratio_of, tries_of


def used(rows, users):
    who, week, value = (np.array(part) for part in zip(*sorted(rows), strict=True))
    return Choices(
        who=who,
        week=week,
        value=value,
        times=np.ones(who.size),
        stratum=np.zeros(users, dtype=np.int64),
    )


def test_by_hand():
    """User 0: A; A, B; B; A. User 1: A; C and never again. User 2 came once."""
    rows = [(0, 0, 0), (0, 1, 0), (0, 1, 1), (0, 2, 1), (0, 3, 0), (1, 0, 0), (1, 1, 2), (1, 3, 0)]
    found = tries_of(used([*rows, (2, 2, 0)], 3), np.ones(3, dtype=bool), burn_in=0, within=2)
    assert (found.users, found.weeks, found.tried) == (2, 5, 2)
    assert found.rate.value == pytest.approx(2 / 5)
    assert found.used.value == pytest.approx(6 / 5)
    assert found.new.value == pytest.approx(2 / 6)
    assert found.stay.value == pytest.approx(1 / 2)  # B was used again, C was not, both came back


def test_a_second_use_counts_only_where_there_was_time_for_it():
    rows = [(0, 0, 0), (0, 1, 0), (0, 5, 1)]
    assert tries_of(used(rows, 1), np.ones(1, dtype=bool), burn_in=0, within=2).stay is None


def test_first_weeks_of_the_data_do_not_count():
    rows = [(0, 0, 0), (0, 1, 1), (0, 6, 2)]
    found = tries_of(used(rows, 1), np.ones(1, dtype=bool), burn_in=4, within=2)
    assert (found.weeks, found.tried) == (1, 1)
    assert tries_of(used(rows[:2], 1), np.ones(1, dtype=bool)) is None
    with pytest.raises(ParameterError, match="within=0"):
        tries_of(used(rows, 1), np.ones(1, dtype=bool), within=0)


def test_intervals_hold_what_they_say():
    """400 sets of 150 users whose rates differ (gamma-Poisson), rate .3: held in 92 % or more."""
    rng = np.random.default_rng(1)
    held = []
    for _ in range(400):
        weeks = rng.integers(1, 20, size=150).astype(float)
        tried = rng.poisson(weeks * rng.gamma(2, 0.15, size=150)).astype(float)
        low, high = ratio_of(tried, weeks).interval(0.95)
        held.append(low <= 0.3 <= high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_none_in_so_many_weeks_still_has_an_upper_end():
    none = ratio_of(np.zeros(20), np.full(20, 10.0))
    assert none.interval(0.95) == (0.0, pytest.approx(-np.log(0.025) / 200))

import numpy as np
import pytest

from assay.core.errors import DataError, ParameterError
from assay.stats.anomalies.together import FEWEST, stand_out

WEEK = np.array([1.15, 1.2, 1.2, 1.15, 1.1, 0.6, 0.6])


def quiet(rng, days=120, series=8, sd=0.09):
    """Amounts of weeks with lognormal days; the first series is the sum of the others."""
    size = rng.uniform(1, 10, series - 1)[:, None]
    parts = size * WEEK[np.arange(days) % 7] * np.exp(rng.normal(0, sd, (series - 1, days)))
    return np.vstack((parts.sum(axis=0), parts))


def test_quiet_days_stand_out_on_no_more_than_the_budget():
    rng = np.random.default_rng(1)
    worlds = [stand_out(quiet(rng)) for _ in range(15)]
    days = sum(len({day for _, day in world.days}) for world in worlds)
    # Normal tails use seven tenths of the budget: 12.6 of 1,800 quiet days; Poisson: more than 22 in
    # one of 200.
    assert days <= 22
    # Of 15 such worlds at .05 each: more than 4 in one of 400.
    assert sum(any(world.levels) for world in worlds) <= 4


def test_a_doubled_day_is_found_and_what_was_expected_of_it():
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(25):
        rows = quiet(rng)
        day = int(rng.integers(rows.shape[1]))
        week = WEEK[np.arange(rows.shape[1]) % 7]
        usual = float(np.median(rows[3] / week)) * week[day]
        rows[3, day] *= 2
        world = stand_out(rows)
        found += (3, day) in world.days
        assert world.expected[3, day] == pytest.approx(usual, rel=0.2)
    assert found >= 24


def test_a_level_that_stays_is_told_once_and_not_day_by_day():
    rows = quiet(np.random.default_rng(3))
    rows[2, 70:] *= 1.8
    world = stand_out(rows)
    (level,) = world.levels[2]
    assert abs(level.index - 70) <= 1
    assert not [day for row, day in world.days if row == 2 and day >= 72]


def test_series_of_which_nothing_can_be_said_say_nothing():
    rng = np.random.default_rng(4)
    rows = quiet(rng, days=60)
    rows[4], rows[5] = 0.0, 0.0
    rows[5, 30] = 5.0
    world = stand_out(rows)
    assert np.isnan(world.scores[4:6]).all()
    assert not any(row in {4, 5} for row, _ in world.days)
    short = stand_out(rows[:, : FEWEST - 1])
    assert not short.days
    assert short.limit == np.inf


def test_series_that_never_vary_have_days_that_do():
    rows = np.full((2, 60), 6.0)
    assert not stand_out(rows).days
    rows[1, 40] = 6.001  # a rounding of cents is no odd day
    assert not stand_out(rows).days
    rows[1, 40] = 186.0
    world = stand_out(rows)
    assert world.days == ((1, 40),)
    assert world.expected[1, 40] == pytest.approx(6.0, rel=0.01)


def test_bad_input_is_refused():
    with pytest.raises(DataError, match="below zero"):
        stand_out([[1.0, -1.0]])
    with pytest.raises(ParameterError, match="false_days"):
        stand_out([[1.0, 1.0]], false_days=0.7)

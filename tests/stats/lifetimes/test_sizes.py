"""Sizes of states ahead against a known truth: what comes lies in the intervals that were told."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.lifetimes import (
    STATES,
    PastSizes,
    SizesAhead,
    activity,
    past_sizes,
    sizes_ahead,
    steps_of,
)
from stats.lifetimes.test_retention import drawn
from stats.lifetimes.test_states import CHANCES, RULE, markov


def test_sizes_ahead_hold_what_comes():
    """60 pasts of 12 periods, whose periods differ, each followed by three more."""
    rng = np.random.default_rng(5)
    held = total = 0
    active = [0, 1, 2]
    for seed in range(60):
        shift = rng.normal(0, 0.15, 15)
        pairs = markov(
            rng, 150, 15, lambda t, s=shift: 1 / (1 + (1 / CHANCES - 1) * np.exp(s[t])), arrive=20
        )
        past = activity(*pairs, complete=15)
        truth = steps_of(past, RULE).sizes[12:]
        known = pairs[:, pairs[1] < 12]
        told = sizes_ahead(activity(*known, complete=12), RULE, 3, seed=seed, level=0.9)
        inside = (told.low <= truth) & (truth <= told.high)
        held, total = held + inside[:, active[1:]].sum(), total + 6
    assert held / total == pytest.approx(0.9, abs=0.06)


def world(seed, *, users, arrive, differ, past, ahead, ends=False):
    """Users who come back by how long they were away; periods differ, newcomers are by chance.

    With `ends`, each of them has a rate of their own and stops for good at some time, too.
    """
    rng = np.random.default_rng([seed, 3])
    periods = past + ahead
    shift = rng.normal(0, differ, periods)
    own, stop, away = np.zeros(0), np.zeros(0), np.zeros(0, int)
    pairs, here = [], np.zeros(0, bool)
    for t in range(periods):
        odds = CHANCES[np.minimum(away, 4)]
        odds = odds / (1 - odds) * np.exp(shift[t] + own)
        back = here & (rng.random(away.size) < odds / (1 + odds))
        away = np.where(back, 0, away + 1)
        pairs += [(k, t) for k in np.flatnonzero(back)]
        here &= ~(back & (rng.random(away.size) < stop))
        fresh = users if t == 0 else rng.poisson(arrive)
        pairs += [(away.size + k, t) for k in range(fresh)]
        own = np.append(own, rng.normal(0, 0.7, fresh) * ends)
        stop = np.append(stop, rng.beta(1, 6, fresh) * ends)
        away, here = np.append(away, np.zeros(fresh, int)), np.append(here, np.ones(fresh, bool))
    return np.array(pairs).T


def shares_held(runs, *, past, ahead=3, since=0, **of):
    """By state, over all periods ahead: how often intervals of 90 % held what came."""
    inside, off = np.zeros(len(STATES)), np.zeros(len(STATES))
    for seed in range(runs):
        pairs = world(seed, past=past, ahead=ahead, **of)
        truth = steps_of(activity(*pairs, complete=past + ahead), RULE).sizes[past:]
        user, period = pairs[:, pairs[1] < past]
        known = activity(np.unique(user, return_inverse=True)[1], period, complete=past)
        told = sizes_ahead(known, RULE, ahead, seed=seed, since=since, level=0.9)
        early = past_sizes(known, RULE, ahead, seed=seed, since=since, level=0.9)
        told = told if early is None else told.widened(early)
        inside += ((told.low <= truth) & (truth <= told.high)).sum(axis=0)
        off += ((told.expected - truth) / (told.high - told.low)).sum(axis=0)
    return inside / (runs * ahead), off / (runs * ahead)


def test_each_state_is_held_as_often_as_told_where_users_are_many():
    """1,500 users make chance small and what moves all large; newcomers differ by chance alone."""
    held, off = shares_held(60, users=1500, arrive=200, differ=0.15, past=12)
    # three periods of one run are alike: at least 60 independent answers for each state
    assert (held > 0.9 - 2.5 * np.sqrt(0.09 / 60)).all()
    assert np.abs(off).max() < 0.12  # of an interval's length


def test_users_who_differ_for_good_move_the_middle_little():
    held, off = shares_held(
        60, users=300, arrive=100, differ=0.1, past=20, since=RULE.lost, ends=True
    )
    assert held.mean() > 0.87
    assert np.abs(off).max() < 0.35


def test_an_earlier_forecast_is_held_against_what_came_and_widens_by_its_error():
    user, period = world(1, users=300, arrive=60, differ=0.1, past=14, ahead=0)
    given = activity(user, period, complete=14)
    early = past_sizes(given, RULE, 3, seed=1, level=0.9)
    assert (early.seen == steps_of(given, RULE).sizes[11:]).all()
    known = activity(
        np.unique(user[period < 11], return_inverse=True)[1], period[period < 11], complete=11
    )
    again = sizes_ahead(known, RULE, 3, seed=1, level=0.9)
    assert (early.told.expected == again.expected).all()
    shape = early.seen.shape
    told = SizesAhead(
        expected=np.full(shape, 50.0),
        low=np.full(shape, 40.0),
        high=np.full(shape, 60.0),
        level=0.9,
    )
    right = PastSizes(told=told, seen=np.full(shape, 52))
    wrong = PastSizes(told=told, seen=np.full(shape, 80))
    assert right.held.all()
    assert not wrong.held.any()
    same, wide = told.widened(right), told.widened(wrong)
    assert (same.low == 40.0).all()
    assert (wide.expected == 50.0).all()
    # 30 off, of which 10 / 1.645 was allowed for: the halves add up as squares
    further = 1.645**2 * (30**2 - (10 / 1.645) ** 2)
    assert wide.high == pytest.approx(np.full(shape, 50 + np.sqrt(10**2 + further)), rel=1e-3)
    assert wide.low == pytest.approx(100 - wide.high)
    assert past_sizes(given, RULE, 11, seed=1) is None


def test_newcomers_vary_by_chance_at_least():
    """As many in every period as in the one before do not make their number certain."""
    pairs = markov(np.random.default_rng(3), 100, 10, lambda _: CHANCES, arrive=40)
    told = sizes_ahead(activity(*pairs, complete=10), RULE, 1, seed=1, level=0.95)
    reach = 1.96 * np.sqrt(40 * (1 + 1 / 8))  # a Poisson number about a mean of eight of them
    assert told.expected[0, 0] == pytest.approx(40, abs=0.5)
    assert told.high[0, 0] - told.low[0, 0] >= 2 * reach * 0.9


def test_everybody_is_somewhere_ahead():
    _, given = drawn(4, users=150, periods=13, complete=12)
    told = sizes_ahead(given, RULE, 4, seed=1, newcomers=False)
    whole = steps_of(given, RULE).sizes[-1].sum()
    assert told.expected.sum(axis=1) == pytest.approx([whole] * 4)
    assert (told.low <= told.high).all()
    assert (told.expected[:, 0] == 0).all()


def test_the_past_may_be_gone_by_from_a_period_on():
    _, given = drawn(4, users=150, periods=13, complete=12)
    whole = steps_of(given, RULE)
    told = sizes_ahead(given, RULE, 1, seed=1, since=5)
    assert told.high[0, 0] <= whole.arrived[6:].max() + 3 * whole.arrived[6:].std()


def test_few_periods_say_little_or_nothing():
    one = activity([0, 1], [0, 0], complete=1)
    with pytest.raises(DataError, match="single complete period"):
        sizes_ahead(one, RULE, 1, seed=1)
    two = activity([0, 1, 0], [0, 0, 1], complete=2)
    assert sizes_ahead(two, RULE, 2, seed=1).expected.shape == (2, 6)
    assert past_sizes(two, RULE, 1, seed=1) is None
    with pytest.raises(DataError, match="periods=0"):
        sizes_ahead(two, RULE, 0, seed=1)

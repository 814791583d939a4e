"""States and moves, told once more user by user."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.lifetimes import STATES, Rule, activity, moves_between, steps_of
from stats.lifetimes.test_retention import drawn


def told(seen, period, rule):
    """The state of one user in a period, from its words."""
    before = [t for t in seen if t < period]
    if period in seen:
        if not before:
            return "new"
        return "returning" if period - max(before) - 1 >= rule.dormant else "current"
    if not before:
        return None
    gone = period - max(before)
    return "lost" if gone >= rule.lost else "dormant" if gone >= rule.dormant else "at risk"


@pytest.mark.parametrize("rule", [Rule(dormant=2, lost=3), Rule(dormant=3, lost=5)])
@pytest.mark.parametrize("chance", [0.15, 0.5])
def test_states_and_moves_are_those_told_user_by_user(rule, chance):
    seen, given = drawn(4, users=150, periods=13, complete=12, chance=chance)
    steps = steps_of(given, rule)
    sizes, moves = np.zeros((12, 6), int), np.zeros((11, 6, 6), int)
    back, away = np.zeros((11, rule.reach + 2), int), np.zeros((11, rule.reach + 2), int)
    for one in seen:
        states = [told(one, t, rule) for t in range(12)]
        for t, state in enumerate(states):
            if state is None:
                continue
            sizes[t, STATES.index(state)] += 1
            if t < 11:
                moves[t, STATES.index(state), STATES.index(states[t + 1])] += 1
                gone = min(t - max(x for x in one if x <= t), rule.reach)
                column = rule.reach + 1 if state == "new" else gone
                (back if t + 1 in one else away)[t, column] += 1
    assert (steps.sizes == sizes).all()
    assert (steps.moves == moves).all()
    assert (steps.back == back).all()
    assert (steps.away == away).all()
    assert (steps.arrived == sizes[:, 0]).all()


def markov(rng, users, periods, chances, arrive=0):
    """Users who come back with chances that go by how long they were away."""
    pairs = [(k, 0) for k in range(users)]
    away, number = np.zeros(users, int), users
    for t in range(1, periods):
        back = rng.random(away.size) < chances(t)[np.minimum(away, 4)]
        away = np.where(back, 0, away + 1)
        pairs += [(k, t) for k in np.flatnonzero(back)]
        pairs += [(number + k, t) for k in range(arrive)]
        away, number = np.append(away, np.zeros(arrive, int)), number + arrive
    return np.array(pairs).T


CHANCES = np.array([0.6, 0.4, 0.25, 0.1, 0.03])
RULE = Rule(dormant=2, lost=4)


def test_chances_of_moves_are_found_and_steps_alike_are_called_steady():
    rng = np.random.default_rng(3)
    given = activity(*markov(rng, 3000, 12, lambda _: CHANCES), complete=12)
    found = moves_between(steps_of(given, RULE), RULE)
    new, current, risk, lost = (STATES.index(s) for s in ("new", "current", "at risk", "lost"))
    assert found.share[new, current] == pytest.approx(0.6, abs=0.03)
    assert found.share[risk, current] == pytest.approx(0.4, abs=0.03)
    assert found.share[lost, STATES.index("returning")] == pytest.approx(0.03, abs=0.01)
    assert found.low[new, current] < 0.6 < found.high[new, current]
    assert np.nansum(found.share, axis=1) == pytest.approx(np.ones(6))
    assert np.isnan(found.share[risk, risk])  # one period at risk only, by this rule
    assert found.count[~np.isfinite(found.share)].sum() == 0


def test_the_test_of_steadiness_keeps_its_promise_and_sees_a_change():
    rng = np.random.default_rng(3)
    false = 0
    for _ in range(100):
        given = activity(*markov(rng, 400, 8, lambda _: CHANCES, arrive=60), complete=8)
        false += not moves_between(steps_of(given, RULE), RULE).steady
    assert false / 100 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)
    moved = activity(
        *markov(rng, 400, 8, lambda t: CHANCES * (1 if t < 4 else 0.6), arrive=60), complete=8
    )
    found = moves_between(steps_of(moved, RULE), RULE)
    assert not found.steady
    assert found.excess > 1.5


def test_the_past_may_be_gone_by_from_a_period_on():
    _, given = drawn(4, users=150, periods=13, complete=12)
    whole = steps_of(given, RULE)
    late = whole.since(5)
    assert (late.moves == whole.moves[5:]).all()
    assert (late.arrived == whole.arrived[5:]).all()
    assert (whole.since(11).moves == whole.moves).all()  # nothing would be left


def test_few_periods_say_little_or_nothing():
    two = activity([0, 1, 0], [0, 0, 1], complete=2)
    assert moves_between(steps_of(two, RULE), RULE).steady is None
    for wrong in ((1, 4), (3, 3)):
        with pytest.raises(DataError, match="expected 2 ≤ dormant < lost"):
            Rule(dormant=wrong[0], lost=wrong[1])

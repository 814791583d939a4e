"""Chances of users against what they truly do, who left, and what rules of thumb would say."""

import numpy as np
import pytest

from assay.core.errors import ParameterError
from assay.stats.personal_trends import personal_trends
from stats.personal_trends.planted import planted

SMALLEST = 0.05


@pytest.fixture(scope="module")
def worlds():
    """Chances and truths of users in six worlds, whose slopes differ by 0 to .15."""
    chance, truth, kept = [], [], []
    for seed, slopes in enumerate([0.0, 0.03, 0.06, 0.09, 0.12, 0.15]):
        given, own = planted(seed, users=250, slopes=slopes, weeks=20)
        found = personal_trends(given, smallest=SMALLEST)
        mine = found.users.counted
        chance.append(found.users.chance[mine])
        truth.append(np.stack([own > SMALLEST, abs(own) <= SMALLEST, own < -SMALLEST], 1)[mine])
        kept.append((found, truth[-1].sum(axis=0)))
    return np.concatenate(chance), np.concatenate(truth), kept


def test_a_chance_of_eight_tenths_is_right_eight_times_in_ten(worlds):
    chance, truth, _ = worlds
    assert chance.sum(axis=1) == pytest.approx(1)
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (chance >= low) & (chance < low + 0.2)
        said, was = chance[inside].mean(), truth[inside].mean()
        assert said == pytest.approx(was, abs=0.08), (low, inside.sum())


def test_numbers_of_users_are_within_their_intervals(worlds):
    held = [
        low <= real[k] <= high
        for found, real in worlds[2]
        for k in range(3)
        for _, low, high in [found.users.number(k, 0.95)]
    ]
    assert np.mean(held) >= 0.85


def test_rules_of_thumb_see_change_where_nobody_changes(worlds):
    found, real = worlds[2][0]
    assert real[1] == found.users.counted.sum()
    said = found.naive
    assert said.cut_up == said.cut_down == 0  # of no line between 0 and 1 can a slope be so steep
    assert said.line_up + said.line_down > 0.3 * said.users
    assert said.range_up > 0.95 * said.users
    assert said.range == pytest.approx(said.range_still, rel=0.1)
    assert found.users.number(1, 0.95)[0] > 0.9 * said.users


def test_who_left_had_been_falling():
    rng = np.random.default_rng(9)
    given, _ = planted(9, users=500, slopes=0.02)
    left = rng.random(500) < 0.4
    steep = np.where(left, -0.08, 0.02)[given.who] * (given.week - 7.5) / 4
    early = ~left[given.who] | (given.week < 11)
    falling = given.moved(-steep)
    kept = type(given)(
        *(part[early] for part in (
            falling.who, falling.week, falling.n, falling.mean, falling.square))
    )  # fmt: skip
    known = np.unique(kept.who)
    found = personal_trends(kept, smallest=SMALLEST, left=left[known])
    gap, error = found.patterns.gap
    assert gap == pytest.approx(-0.1, abs=3 * error)
    assert gap + 3 * error < 0
    share = found.patterns.share
    (stayed, _), (gone, _) = found.patterns.stayed, found.patterns.left
    assert found.patterns.mixed[0] == pytest.approx((1 - share) * stayed + share * gone)
    tipped = share * (gone + found.patterns.tipping) + (1 - share) * stayed
    assert tipped == pytest.approx(0, abs=1e-9)


def test_a_large_company_is_fitted_of_some_and_told_of_all():
    given, own = planted(3, users=2500, weeks=8, slopes=0.1)
    found = personal_trends(given, smallest=SMALLEST, most=1000)
    assert found.fitted == 1000
    assert found.users.slope.size == 2500
    assert np.corrcoef(found.users.slope, own)[0, 1] > 0.4


@pytest.mark.parametrize(("name", "value"), [("smallest", 0.0), ("least_weeks", 1), ("most", 10)])
def test_numbers_out_of_range_are_refused(name, value):
    given, _ = planted(1, users=50)
    with pytest.raises(ParameterError, match=name):
        personal_trends(given, **{"smallest": SMALLEST} | {name: value})

"""Retention and lapses, counted once more by loops over users; and what is still open."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.lifetimes import activity, lapse_times, pooled, retention_of


def drawn(seed, users=60, periods=9, complete=8, chance=0.4):
    """Who is active when, as sets; and the same as pairs in any order, some of them twice."""
    rng = np.random.default_rng(seed)
    seen = []
    for _ in range(users):
        start = int(rng.integers(0, periods))
        seen.append({start} | {t for t in range(start, periods) if rng.random() < chance})
    pairs = np.array([(k, t) for k, one in enumerate(seen) for t in one])
    pairs = np.concatenate([pairs, pairs[::3]])
    rng.shuffle(pairs)
    return seen, activity(pairs[:, 0], pairs[:, 1], complete=complete)


@pytest.mark.parametrize("seed", range(3))
def test_tables_are_those_counted_user_by_user(seed):
    seen, given = drawn(seed)
    found = retention_of(given, settle=2)
    for row, start in enumerate(found.start):
        mine = [one for one in seen if min(one) == start]
        assert found.size[row] == len(mine)
        for age in range(found.active.shape[1]):
            assert found.active[row, age] == sum(start + age in one for one in mine)
            assert found.after[row, age] == sum(max(one) >= start + age for one in mine)
            assert found.closed[row, age] == (start + age < 8)
            assert found.settled[row, age] == (start + age + 2 < 8)
    assert (found.active[:, 0] == found.size).all()
    assert (found.after >= found.active).all()


@pytest.mark.parametrize("gap", [1, 2, 3])
@pytest.mark.parametrize("seed", range(2))
def test_lapses_are_those_found_user_by_user(seed, gap):
    seen, given = drawn(seed, users=200)
    time, lapsed = lapse_times(given, gap)
    for k, one in enumerate(seen):
        start = min(one)
        known = max(8 - start - gap, 0)  # the last age at which an absence can be told
        first = None
        for age in range(1, known + 1):
            if not any(start + age + more in one for more in range(gap)):
                first = age
                break
        assert (time[k], lapsed[k]) == ((known, 0) if first is None else (first, 1))


def test_open_cells_do_not_count():
    _, given = drawn(5)
    table = retention_of(given)
    found = pooled(table)
    for k, age in enumerate(found.age):
        rows = table.closed[:, age]
        assert found.users[k] == table.size[rows].sum()
        assert found.active[k] == table.active[rows, age].sum()
        assert found.starts[k] == rows.sum()
    assert found.share[0] == found.high[0] == 1
    assert 8 not in found.age


def test_mature_starts_are_the_same_at_every_age():
    _, given = drawn(5)
    table = retention_of(given)
    found = pooled(table, ages=4)
    assert found.age.tolist() == [0, 1, 2, 3, 4]
    assert len(set(found.users)) == len(set(found.starts)) == 1
    assert found.starts[0] == (table.start + 4 < 8).sum()
    assert pooled(table, ages=20).age.size == 0
    only = pooled(table, only=table.start == 2)
    assert set(only.starts) == {1}
    assert np.isnan(only.spread).all()


def test_starts_that_differ_spread_and_starts_alike_do_not():
    rng = np.random.default_rng(6)

    def table(spread):
        pairs = []
        for start in range(40):
            chance = np.clip(0.4 + spread * rng.standard_normal(), 0, 1)
            for k in range(200):
                pairs.append((start * 200 + k, start))
                if rng.random() < chance:
                    pairs.append((start * 200 + k, start + 1))
        return retention_of(activity(*np.array(pairs).T, complete=41))

    assert pooled(table(0.1)).spread[1] == pytest.approx(0.1, abs=0.035)
    assert pooled(table(0.0)).spread[1] < 0.025


@pytest.mark.parametrize(
    ("user", "period", "complete", "told"),
    [
        ([], [], 3, "at least one pair"),
        ([0, 1], [0], 3, "one entry per pair"),
        ([0], [-1], 3, "below 0"),
        ([0.5], [1.0], 3, "whole numbers"),
        ([0, 2], [0, 0], 3, "none left out"),
        ([0], [0], 0, "one period or more"),
    ],
)
def test_pairs_that_cannot_be_are_refused(user, period, complete, told):
    with pytest.raises(DataError, match=told):
        activity(np.array(user), np.array(period), complete=complete)
    with pytest.raises(DataError, match="gap=0"):
        lapse_times(activity([0], [0], complete=1), 0)

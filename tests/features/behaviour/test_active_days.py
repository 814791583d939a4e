import numpy as np
import pytest

from assay.features.behaviour.active_days import counted_days, gap_variation


def words(*rows, count=2):
    found = np.zeros((len(rows), count), dtype=np.uint64)
    for place, days in enumerate(rows):
        for day in days:
            found[place, day // 64] |= np.uint64(1) << np.uint64(day % 64)
    return found


def test_days_are_counted_across_words():
    assert counted_days(words([0, 63, 64, 127], [], [5])).tolist() == [4, 0, 1]


def test_clockwork_is_even_and_daily_use_too():
    found = gap_variation(words(range(0, 100, 7), range(60, 70)))
    assert found.tolist() == pytest.approx([0, 0], abs=1e-12)


def test_below_five_days_nothing_is_told():
    assert np.isnan(gap_variation(words([0, 3, 9, 20], []))).all()


def test_the_ratio_by_hand():
    """Gaps 1, 1, 1, 5 (across the words): mean 2, variance 4; chance alone gives √½."""
    found = gap_variation(words([60, 61, 62, 63, 68]))
    assert found[0] == pytest.approx(2 / 2 / np.sqrt(1 / 2))


def test_use_by_chance_is_near_one_however_often():
    rng = np.random.default_rng(4)
    for chance in (0.1, 0.5):
        days = [np.flatnonzero(rng.random(640) < chance) for _ in range(300)]
        found = gap_variation(words(*days, count=10))
        assert np.mean(found) == pytest.approx(1, abs=0.03)


def test_bursts_are_above_one():
    bursts = [day + week for week in (0, 40, 80, 120) for day in range(4)]
    assert gap_variation(words(bursts))[0] > 1.5

"""Changes after bad weeks: what is there is found, what is only the way back is not."""

import numpy as np
import pytest

from assay.core.errors import DataError, ParameterError
from assay.stats.personal_changes import Periods, Seats, adapted


def planted(seed, *, effect=0.0, after_bad=True, users=600, weeks=16, drift=0.0, groups=None):
    """Users of one lasting level; a tenth changes something after their worst week in four."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(1.5, (users, weeks)).astype(float)
    level = 0.6 + 0.05 * rng.standard_normal((users, 1))
    week = np.arange(weeks)
    mean = level + 0.3 * rng.standard_normal((users, weeks)) / np.sqrt(np.maximum(n, 1))
    changed = np.zeros((users, weeks), dtype=bool)
    at = rng.integers(7, 11, size=users)
    before = mean[np.arange(users), at - 1]
    wants = rng.random(users) < (np.where(before < 0.4, 0.5, 0.05) if after_bad else 0.2)
    changed[np.flatnonzero(wants), at[wants]] = True
    mean += effect * (changed.cumsum(axis=1) > 0) + drift * wants[:, None] * week
    cluster = np.arange(users) if groups is None else np.arange(users) % groups
    zero = np.zeros(users, dtype=np.int64)
    return Seats(n=n, mean=np.where(n > 0, mean, 0), changed=changed, stratum=zero, cluster=cluster)


def test_a_bad_week_is_followed_by_a_better_one_without_any_change():
    """No effect: before and after alone rises, against those matched it does not."""
    matched, alone = [], []
    for seed in range(10):
        found = adapted(planted(seed))
        low, high = found.matched.interval(0.95)
        matched.append(low <= 0 <= high)
        alone.append(found.alone.interval(0.95)[0] > 0)
        assert found.dip.value < 0
    assert np.mean(alone) >= 0.8
    assert np.mean(matched) >= 0.8


@pytest.mark.parametrize("after_bad", [True, False])
def test_an_effect_is_found(after_bad):
    found = [adapted(planted(seed, effect=0.1, after_bad=after_bad)).matched for seed in range(5)]
    mean = np.mean([one.value for one in found])
    assert mean == pytest.approx(0.1, abs=4 * found[0].error / np.sqrt(5))


def test_users_who_had_been_rising_anyway_fail_the_check_before():
    found = adapted(planted(3, after_bad=False, drift=0.03))
    assert found.drift.interval(0.95)[0] > 0
    calm = adapted(planted(3, after_bad=False))
    assert calm.drift.interval(0.95)[0] < 0 < calm.drift.interval(0.95)[1]


def test_a_course_shows_the_step():
    found = adapted(planted(4, effect=0.15, after_bad=False, users=1500))
    weeks = {k: one.value for k, one in found.course}
    assert list(weeks) == list(range(-6, 5))
    assert np.mean([weeks[k] for k in (1, 2, 3, 4)]) == pytest.approx(0.15, abs=0.06)
    assert np.mean([weeks[k] for k in range(-6, 0)]) == pytest.approx(0.0, abs=0.05)


def test_errors_are_those_of_whole_clusters():
    given = planted(5, after_bad=False)
    wide = Seats(
        n=given.n,
        mean=given.mean,
        changed=given.changed,
        stratum=given.stratum,
        cluster=np.arange(600) % 20,
    )
    assert adapted(wide).matched.freedom == 19
    assert adapted(given).matched.freedom > 60


def test_some_of_the_changes_alone():
    given = planted(6, after_bad=False)
    half = given.changed & (np.arange(600) % 2 == 0)[:, None]
    part, whole = adapted(given, half), adapted(given)
    assert part.changes < whole.changes


def test_what_cannot_be_compared_says_why():
    given = planted(7)
    none = Seats(
        n=given.n,
        mean=given.mean,
        changed=np.zeros_like(given.changed),
        stratum=given.stratum,
        cluster=given.cluster,
    )
    with pytest.raises(DataError, match="no change"):
        adapted(none)
    all_at_once = none.changed.copy()
    all_at_once[:, 8] = True
    every = Seats(
        n=given.n,
        mean=given.mean,
        changed=all_at_once,
        stratum=given.stratum,
        cluster=given.cluster,
    )
    with pytest.raises(DataError, match="to compare with"):
        adapted(every)
    with pytest.raises(ParameterError, match="one week"):
        Periods(after=0)

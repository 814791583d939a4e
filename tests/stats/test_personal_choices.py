"""Agreement of choices: by hand, with known shares of variance, and its intervals."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.personal_choices import Choices, agreements


def choices(rows, users, stratum=None):
    who, week, value, times = (np.array(part) for part in zip(*sorted(rows), strict=True))
    strata = np.zeros(users, dtype=np.int64) if stratum is None else np.asarray(stratum)
    return Choices(who=who, week=week, value=value, times=times.astype(float), stratum=strata)


def planted(seed, *, keeps, users=200, weeks=6, values=3):
    """Each user's choice is their own with chance `keeps`, else anybody's: ICC is keeps²."""
    rng = np.random.default_rng(seed)
    own = rng.integers(values, size=users)
    rows = []
    for user in range(users):
        for week in np.flatnonzero(rng.random(weeks) < 0.7).tolist():
            value = own[user] if rng.random() < keeps else rng.integers(values)
            rows.append((user, week, int(value), 1))
    return choices(rows, users)


def test_agreement_is_what_pairs_say():
    """Ten pairs of users: one keeps to A, the other moves from A to B."""
    rows = [(u, 0, 0, 2) for u in range(20)]
    rows += [(u, 1, u % 2, 3) for u in range(20)]
    steps, whole = agreements(choices(rows, 20), [1])
    # a user agrees with themselves if even; with another's second week: 9 of 19 (even), 10 of 19
    assert whole.within[0] == pytest.approx(0.5)
    assert whole.between[0] == pytest.approx((9 / 19 + 10 / 19) / 2)
    assert steps[0].pairs == 20
    assert whole.beyond[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("keeps", [0.0, 0.5, 0.9, 1.0])
def test_the_share_that_users_explain_is_found(keeps):
    _, whole = agreements(planted(1, keeps=keeps, users=800), range(1, 6))
    value, error = whole.beyond
    assert value == pytest.approx(keeps**2, abs=4 * error + 1e-9)


def test_intervals_hold_what_they_say():
    """120 sets of 60 users: 95 % intervals hold the truth in 90 % or more."""
    held = []
    for seed in range(120):
        _, whole = agreements(planted(seed, keeps=0.6, users=60, weeks=4), range(1, 4))
        value, error = whole.beyond
        held.append(abs(value - 0.36) <= 1.96 * error)
    assert 0.9 <= np.mean(held) <= 0.99


def test_what_all_were_moved_to_is_not_stability():
    """Everybody has A in even weeks and B in odd ones: no user is like themselves."""
    rows = [(u, w, (w % 2) if u % 10 else 1 - (w % 2), 1) for u in range(40) for w in range(6)]
    _, whole = agreements(choices(rows, 40), [1])
    assert whole.within[0] == pytest.approx(0)
    assert whole.between[0] < 0.3


def test_kinds_of_users_that_have_no_choice_count_as_chance():
    """Two kinds with one value each: agreement is all there, and none of it is the user's."""
    rows = [(u, w, u % 2, 1) for u in range(40) for w in range(3)]
    with pytest.raises(DataError, match="no choice"):
        agreements(choices(rows, 40, stratum=np.arange(40) % 2), [1])


def test_too_few_users_are_told():
    with pytest.raises(DataError, match="2 users chose in two different weeks"):
        agreements(choices([(0, 0, 0, 1), (0, 1, 1, 1), (1, 0, 0, 1), (1, 1, 0, 1)], 2), [1])

"""Mean trends of kinds: found as planted, together that of all, and no surer than they are."""

import numpy as np
import pytest

from assay.stats.personal_trends import UserWeeks, kind_slopes, personal_trends
from stats.personal_trends.planted import planted


def together(*worlds):
    """Several worlds of users as one, and whose is whose."""
    who, kind, first = [], [], 0
    for k, one in enumerate(worlds):
        who.append(one.who + first)
        kind.append(np.full(one.users, k))
        first += one.users
    parts = ((getattr(one, name) for one in worlds) for name in ("week", "n", "mean", "square"))
    return UserWeeks(np.concatenate(who), *(np.concatenate(list(part)) for part in parts)), (
        np.concatenate(kind)
    )


def slopes_of(given, kind):
    found = personal_trends(given, smallest=0.05)
    calm = given.moved(found.shocks.of(given.week))
    return kind_slopes(calm, found.fit, found.shocks, kind), found


def test_one_kind_of_all_users_has_the_line_of_the_fit():
    given, _ = planted(1, users=200, slope=0.04)
    slopes, found = slopes_of(given, np.zeros(given.users, dtype=np.int64))
    # shocks are taken out once more after the fit, which moves the line by little
    near = 0.1 * np.sqrt(found.fit.covariance[1, 1])
    assert slopes.values[0] == pytest.approx(found.fit.slope, abs=near)
    assert slopes.variances[0] == pytest.approx(found.fit.covariance[1, 1], rel=1e-6)
    assert slopes.variances[0] + slopes.common == pytest.approx(found.shocks.covariance[1, 1])


def test_planted_slopes_of_kinds_lie_within_their_intervals():
    """Of 24 worlds of two kinds: intervals of 95 % of each slope, and of the difference."""
    held = both = 0
    for seed in range(24):
        one, own = planted(seed, users=120, slope=0.03, weeks=12)
        other, theirs = planted(seed + 100, users=80, slope=-0.03, weeks=12)
        given, kind = together(one, other)
        slopes, _ = slopes_of(given, kind)
        errors = np.sqrt(slopes.variances)
        truth = np.array([0.03, -0.03])
        held += (np.abs(slopes.values - truth) < 1.96 * np.sqrt(errors**2 + slopes.common)).sum()
        apart = slopes.values[0] - slopes.values[1]
        both += abs(apart - 0.06) < 1.96 * np.hypot(*errors)
        assert own.size + theirs.size == kind.size
    assert held / 48 > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 48)
    assert both / 24 > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 24)


def test_a_kind_in_one_week_alone_has_no_trend():
    given, _ = planted(2, users=60)
    late = UserWeeks(
        np.array([0, 1]),
        np.array([5, 5]),
        np.array([2.0, 2.0]),
        np.array([0.5, 0.6]),
        np.array([0.0, 0.0]),
    )
    whole, kind = together(given, late)
    slopes, _ = slopes_of(whole, kind)
    assert np.isfinite(slopes.values[0])
    assert np.isnan(slopes.values[1]) or slopes.variances[1] > 100 * slopes.variances[0]

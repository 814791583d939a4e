"""From ratings by user and week to every user's trend: fit, shocks, fit again, chances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import ParameterError
from assay.stats.personal_trends.classes import UserTrends, user_trends
from assay.stats.personal_trends.dropout import Patterns, patterns_of
from assay.stats.personal_trends.fitting import Problem, TrendFit, fit_trends
from assay.stats.personal_trends.naive import Naive, naive_of
from assay.stats.personal_trends.shocks import Shocks, shocks_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.personal_trends.user_weeks import UserWeeks

MOST: Final = 20_000
"""Users of whom variances are fitted; more make them hardly surer, and every step slower."""
LEAST_WEEKS: Final = 3
"""Weeks with a rating from which on a user is told as one who improves or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalTrends:
    """Trends of all users.

    Attributes:
        fit: with shocks of weeks taken out; `shocks`: with the mean line.
        users: every user's slope and chances.
        patterns: who left against who stayed; None where it cannot be told.
        fitted: users of whom variances are.
    """

    fit: TrendFit
    shocks: Shocks
    users: UserTrends
    naive: Naive
    patterns: Patterns | None
    fitted: int


def personal_trends(  # noqa: PLR0913  users, what matters, who left, who counts, how many, which
    given: UserWeeks,
    *,
    smallest: float,
    left: NDArray[np.bool_] | None = None,
    least_weeks: int = LEAST_WEEKS,
    most: int = MOST,
    seed: int = 1,
) -> PersonalTrends:
    """Fits, and tells each user's chances.

    Args:
        given: ratings by user and week.
        smallest: change per four weeks from which on it matters.
        left: who left before the end; None where it is not known.
        least_weeks: with a rating, for a user to be counted; others inform the mean line alone.
        most: users that variances are fitted of, drawn by chance where there are more.
        seed: of draws.

    Raises:
        DataError: where there is too little to fit.
        ParameterError: where a number is out of range.
    """
    if least_weeks < 2:
        raise ParameterError(f"least_weeks={least_weeks}, expected 2 or more: one has no trend")
    if most < 1_000:
        raise ParameterError(f"most={most}, expected 1000 users or more")
    chosen = _drawn(given, most, seed)
    first = fit_trends(chosen, curved=False)
    shocks = shocks_of(chosen, first)
    calm = chosen.moved(shocks.of(chosen.week))
    fit = fit_trends(calm, start=first.parameters)
    shocks = shocks_of(chosen, fit)
    calm, every = chosen.moved(shocks.of(chosen.week)), given.moved(shocks.of(given.week))
    counted = given.weeks_of() >= least_weeks
    return PersonalTrends(
        fit=fit,
        shocks=shocks,
        users=user_trends(
            every,
            fit,
            shocks,
            smallest=smallest,
            counted=counted,
            problem=Problem.of(calm),
            seed=seed,
        ),
        naive=naive_of(given, fit.noise, smallest=smallest, counted=counted, seed=seed),
        patterns=None if left is None else patterns_of(every, fit, shocks, left),
        fitted=chosen.users,
    )


def _drawn(given: UserWeeks, most: int, seed: int) -> UserWeeks:
    users = given.users
    if users <= most:
        return given
    chosen = np.zeros(users, dtype=bool)
    chosen[np.random.default_rng(seed).choice(users, most, replace=False)] = True
    return given.of(chosen)

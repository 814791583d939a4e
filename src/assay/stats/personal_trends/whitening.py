"""Numbers in time order, freed of what weeks share with the weeks before them, per user.

Within a user, weeks are off their line by a part that fades from week to week, and each mean of n
ratings by their own noise over n. A Kalman filter, all users a step at a time, turns columns of
such numbers into independent ones, so that a few sums per user are all a fit needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.personal_trends.user_weeks import UserWeeks

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Noise:
    """What makes a week's mean differ from its user's line.

    Attributes:
        rating: variance of a rating about its week's level.
        week: variance of the level about the line.
        lasting: correlation of such levels of neighbouring weeks, 0–1.
    """

    rating: float
    week: float
    lasting: float


@dataclass(frozen=True, slots=True)
class Steps:
    """The order in which users' weeks are worked through: all first weeks, all second ones, …

    Attributes:
        rows: entries in that order, users with most weeks first; `ends`: where each step ends.
        gap: weeks since the user's entry before, 0 for the first.
        user: the user of each place within a step.
    """

    rows: Whole
    ends: Whole
    gap: Floats
    n: Floats
    user: Whole


def steps_of(given: UserWeeks) -> Steps:
    """Done once; any number of `whitened` follow."""
    starts, count = given.starts(), given.weeks_of()
    most = np.argsort(-count, kind="stable")
    at_least = np.searchsorted(-count[most], -np.arange(count.max()), side="left")
    rows = np.concatenate([starts[most[:users]] + k for k, users in enumerate(at_least)])
    gap = np.append(0, np.diff(given.week)).astype(np.float64)
    gap[starts] = 0
    return Steps(rows, np.cumsum(at_least), gap[rows], given.n[rows], most)


def whitened(steps: Steps, columns: Floats, noise: Noise) -> tuple[Floats, Floats]:
    """Columns × entries → independent numbers of variance 1, and the log variances of entries.

    Both in the order of `steps`.

    References:
        Durbin & Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., ch. 4 and
        6.2 (the augmented filter: every regressor is filtered as the series is).
    """
    found = columns[:, steps.rows]
    logs = np.empty(steps.rows.size)
    users = int(steps.ends[0])
    state, spread = np.zeros((columns.shape[0], users)), np.full(users, noise.week)
    start = 0
    for end in steps.ends.tolist():
        here = end - start
        state, spread = state[:, :here], spread[:here]
        if start:
            fade = noise.lasting ** steps.gap[start:end]
            state *= fade
            spread = fade**2 * spread + noise.week * (1 - fade**2)
        own = noise.rating / steps.n[start:end]
        whole = spread + own
        off = found[:, start:end] - state
        state += off * (spread / whole)
        spread = spread * own / whole
        found[:, start:end] = off / np.sqrt(whole)
        logs[start:end] = np.log(whole)
        start = end
    return found, logs


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums per user of whitened columns 1, time and mean: all that a fit needs of them.

    Attributes:
        one, cross, time: 1·1, 1·time, time·time; `level`, `drift`: 1·mean, time·mean;
            `square`: mean·mean, of all users.
        logs: of the determinant of the noise, of all users.
    """

    one: Floats
    cross: Floats
    time: Floats
    level: Floats
    drift: Floats
    square: float
    logs: float


def sums_of(steps: Steps, time: Floats, mean: Floats, noise: Noise) -> Sums:
    """Per user, in the order of users."""
    found, logs = whitened(steps, np.stack([np.ones_like(time), time, mean]), noise)
    one, when, what = found
    held = np.zeros((5, steps.user.size))
    start = 0
    for end in steps.ends.tolist():
        part, here = slice(start, end), slice(0, end - start)
        held[0, here] += one[part] ** 2
        held[1, here] += one[part] * when[part]
        held[2, here] += when[part] ** 2
        held[3, here] += one[part] * what[part]
        held[4, here] += when[part] * what[part]
        start = end
    back = np.empty_like(held)
    back[:, steps.user] = held
    one, cross, when, level, drift = back
    return Sums(one, cross, when, level, drift, float(what @ what), float(logs.sum()))

"""A line per user, drawn towards the line of all: intercepts, slopes, and how much both differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.stats.personal_trends.whitening import Noise, Steps, Sums, steps_of, sums_of

if TYPE_CHECKING:
    from assay.stats.personal_trends.user_weeks import UserWeeks

    Floats = NDArray[np.float64]

PERIOD: Final = 4.0
"""Weeks of the unit of time: slopes are changes per four weeks."""
FEWEST_USERS: Final = 5
FEWEST_WEEKS: Final = 3
FEWEST_PAIRS: Final = 10
"""Ratings beyond the first of a user and week, from which on their own noise can be told."""
FEWEST_LONG: Final = 10
"""Users of three weeks or more, from which on it can be told what weeks share with the next."""
_HOPELESS: Final = 1e15
_NONE: Final = 1e-9
"""Variance of ratings, as a part of all, where it cannot be told from that of weeks."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How users' lines differ: variances of level and slope, and their covariance."""

    level: float
    slope: float
    both: float


@dataclass(frozen=True, slots=True)
class Held:
    """Of each user, what the fit needs, once the spread of users' lines is known.

    Attributes:
        matrix: users × 2 × 2, the information on level and slope of the mean line.
        vector: users × 2, the same times what was seen.
    """

    matrix: Floats
    vector: Floats
    logs: float
    square: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendFit:
    """A mixed model of satisfaction over time, by restricted maximum likelihood.

    Attributes:
        level, slope: of the mean line, at `centre` and per four weeks; `covariance` of both.
        spread, noise: what users, weeks and ratings differ by.
        centre: the week at which levels are meant.
        parameters, curvature: transformed variances at the optimum, and the second derivatives of
            minus twice the log-likelihood there, for how sure they are.
        free: which of the six parameters were fitted; `scale`: variance of all ratings.
        users: that were fitted, which may be fewer than there are.
    """

    level: float
    slope: float
    covariance: Floats
    spread: Spread
    noise: Noise
    centre: float
    parameters: Floats
    curvature: Floats
    free: NDArray[np.bool_]
    scale: float
    deviance: float
    users: int


def fit_trends(given: UserWeeks, *, start: Floats | None = None, curved: bool = True) -> TrendFit:
    """Fits users' lines; all numbers come from a few sums per user and week.

    satisfaction = level + slope · time + user's level + user's slope · time + week + rating, where
    a user's level and slope are normal with any correlation, what a week adds fades from week to
    week (first-order autocorrelation over the weeks that passed), and the noise of n ratings is
    over n. Ratings of a week are thus no independent voices.

    Args:
        given: ratings by user and week.
        start: parameters to begin at, of an earlier fit.
        curved: whether curvature is wanted.

    Raises:
        DataError: with fewer than five users or three weeks, no user with two weeks, or where no
            rating differs from another.

    References:
        Laird & Ware (1982), Random-effects models for longitudinal data, Biometrics 38.
        Diggle, Heagerty, Liang & Zeger (2002), Analysis of Longitudinal Data, 2nd ed., ch. 5.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  with its caller alone

    problem = Problem.of(given)
    first = problem.beginning() if start is None else start
    free = problem.free

    def loss(values: Floats) -> float:
        whole = first.copy()
        whole[free] = values
        return problem.deviance(whole)

    found = minimize(loss, first[free], method="L-BFGS-B", bounds=problem.bounds())
    at = first.copy()
    at[free] = found.x
    noise, spread = problem.told(at)
    level, slope, covariance = problem.line(at)
    return TrendFit(
        level=level,
        slope=slope,
        covariance=covariance,
        spread=spread,
        noise=noise,
        centre=problem.centre,
        parameters=at,
        curvature=curvature(loss, found.x) if curved else np.zeros((free.sum(), free.sum())),
        free=free,
        scale=problem.scale,
        deviance=float(found.fun),
        users=given.users,
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """What is fitted: entries in filtering order, and what ratings vary by within weeks."""

    steps: Steps
    time: Floats
    mean: Floats
    centre: float
    within: float
    pairs: float
    scale: float
    free: NDArray[np.bool_]

    @classmethod
    def of(cls, given: UserWeeks) -> Problem:
        """Checks that there is enough to fit."""
        count = given.weeks_of()
        weeks = np.unique(given.week).size
        if given.users < FEWEST_USERS or weeks < FEWEST_WEEKS:
            raise DataError(
                f"{given.users} users with ratings in {weeks} weeks, expected {FEWEST_USERS} users "
                f"and {FEWEST_WEEKS} weeks at least"
            )
        if not (count > 1).any():
            raise DataError("no user gave ratings in two weeks, so no change within one is seen")
        pairs = float((given.n - 1).sum())
        scale = float(
            (given.square.sum() + given.n @ (given.mean - _mean(given)) ** 2) / given.n.sum()
        )
        if scale <= _NONE:
            raise DataError("all ratings are the same, so none can be seen to change")
        centre = float((given.week @ given.n) / given.n.sum())
        free = np.ones(6, dtype=bool)
        free[0] = pairs >= FEWEST_PAIRS and given.square.sum() > _NONE * scale
        free[2] = bool((count > 2).sum() >= FEWEST_LONG)
        return cls(
            steps=steps_of(given),
            time=((given.week - centre) / PERIOD).astype(np.float64),
            mean=given.mean,
            centre=centre,
            within=float(given.square.sum()),
            pairs=pairs,
            scale=scale,
            free=free,
        )

    def beginning(self) -> Floats:
        """Half of the variance is of ratings, a quarter of users, little of slopes."""
        root = np.sqrt(self.scale)
        rating = np.log(0.5) / 2 if self.free[0] else np.log(_NONE) / 2
        lasting = 0.2 if self.free[2] else 0.0
        week = np.log(0.1) / 2 if self.free[0] else np.log(0.5) / 2
        return np.array([rating + np.log(root), week + np.log(root), lasting, 0.5, 0.0, 0.15])

    def bounds(self) -> list[tuple[float, float]]:
        """Of the free ones: log deviations, correlation, roots of the users' covariance."""
        top, root = np.log(self.scale) / 2 + 2, np.log(self.scale) / 2
        whole = [(root - 5, top), (root - 5, top), (0.0, 0.95), (0.0, 5.0), (-5.0, 5.0), (0.0, 5.0)]
        return [one for one, free in zip(whole, self.free, strict=True) if free]

    def told(self, at: Floats) -> tuple[Noise, Spread]:
        """Variances out of transformed parameters."""
        return told(at, self.scale)

    def sums(self, at: Floats) -> Sums:
        """Sums per user, given the noise."""
        return sums_of(self.steps, self.time, self.mean, self.told(at)[0])

    def deviance(self, at: Floats) -> float:
        """Minus twice the restricted log-likelihood, but for a constant."""
        noise, spread = self.told(at)
        held = held_of(self.sums(at), spread)
        whole, seen = held.matrix.sum(axis=0), held.vector.sum(axis=0)
        determinant = whole[0, 0] * whole[1, 1] - whole[0, 1] ** 2
        if not determinant > 0:
            return _HOPELESS
        fit = seen @ np.linalg.solve(whole, seen)
        own = self.pairs * np.log(noise.rating) + self.within / noise.rating if self.free[0] else 0
        return float(held.logs + np.log(determinant) + held.square - fit + own)

    def line(self, at: Floats) -> tuple[float, float, Floats]:
        """Level and slope of the mean line, and their covariance."""
        held = held_of(self.sums(at), self.told(at)[1])
        covariance = np.linalg.inv(held.matrix.sum(axis=0))
        level, slope = covariance @ held.vector.sum(axis=0)
        return float(level), float(slope), covariance


def told(at: Floats, scale: float) -> tuple[Noise, Spread]:
    """Variances out of transformed parameters; `scale`: the variance of all ratings."""
    noise = Noise(float(np.exp(2 * at[0])), float(np.exp(2 * at[1])), float(at[2]))
    a, b, c = at[3:] * np.sqrt(scale)
    return noise, Spread(float(a * a), float(b * b + c * c), float(a * b))


def _mean(given: UserWeeks) -> float:
    return float(given.n @ given.mean / given.n.sum())


def held_of(sums: Sums, spread: Spread) -> Held:
    """What users tell of the mean line once their own lines are taken for random (Woodbury)."""
    inverse, determinant = mixed(sums, spread)
    matrix = np.empty((sums.one.size, 2, 2))
    a, b, c, d = inverse  # of (1 + information · spread), row by row
    matrix[:, 0, 0] = a * sums.one + b * sums.cross
    matrix[:, 0, 1] = a * sums.cross + b * sums.time
    matrix[:, 1, 0] = matrix[:, 0, 1]
    matrix[:, 1, 1] = c * sums.cross + d * sums.time
    vector = np.stack([a * sums.level + b * sums.drift, c * sums.level + d * sums.drift], axis=1)
    lent = sums.level * (spread.level * vector[:, 0] + spread.both * vector[:, 1])
    lent += sums.drift * (spread.both * vector[:, 0] + spread.slope * vector[:, 1])
    logs = sums.logs + float(np.log(determinant).sum())
    return Held(matrix, vector, logs, sums.square - float(lent.sum()))


def mixed(sums: Sums, spread: Spread) -> tuple[tuple[Floats, Floats, Floats, Floats], Floats]:
    """The inverse of 1 + information · spread of each user, row by row, and its determinant."""
    a = 1 + sums.one * spread.level + sums.cross * spread.both
    b = sums.one * spread.both + sums.cross * spread.slope
    c = sums.cross * spread.level + sums.time * spread.both
    d = 1 + sums.cross * spread.both + sums.time * spread.slope
    determinant = a * d - b * c
    return (d / determinant, -b / determinant, -c / determinant, a / determinant), determinant


def curvature(loss, at: Floats) -> Floats:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Second derivatives by differences, one-sided steps never beyond zero's own size."""
    size, step = at.size, 1e-3 * np.maximum(1.0, np.abs(at))
    middle = loss(at)
    found = np.empty((size, size))
    single = []
    for i in range(size):
        up, down = at.copy(), at.copy()
        up[i] += step[i]
        down[i] -= step[i]
        single.append((loss(up), loss(down)))
        found[i, i] = (single[i][0] - 2 * middle + single[i][1]) / step[i] ** 2
    for i in range(size):
        for j in range(i):
            both, neither = at.copy(), at.copy()
            both[[i, j]] += step[[i, j]]
            neither[[i, j]] -= step[[i, j]]
            cross = loss(both) + loss(neither) + 2 * middle
            cross -= sum(single[i]) + sum(single[j])
            found[i, j] = found[j, i] = cross / (2 * step[i] * step[j])
    return found

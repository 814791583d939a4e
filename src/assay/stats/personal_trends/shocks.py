"""What moved everybody in a week: out of users' lines, and into the doubt of the mean line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.stats.personal_trends.fitting import PERIOD, mixed
from assay.stats.personal_trends.whitening import steps_of, sums_of, whitened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.personal_trends.fitting import TrendFit
    from assay.stats.personal_trends.user_weeks import UserWeeks

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

FEWEST: Final = 6
"""Weeks from which on it can be told how far they are off a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shocks:
    """Weeks that were off the mean line for everybody.

    Attributes:
        weeks: those with a rating; `level`: of everybody in each, `error` of it; `off`: by how much
            each was off the line, drawn towards 0.
        variance: of such shocks; None where there are too few weeks to tell.
        line: level and slope of the mean line, `covariance` of them with shocks counted.
        freedom: degrees of freedom of the slope.
    """

    weeks: Whole
    level: Floats
    error: Floats
    off: Floats
    variance: float | None
    line: tuple[float, float]
    covariance: Floats
    freedom: float

    def of(self, week: Whole) -> Floats:
        """The shock of each entry's week; 0 where a week is not known."""
        place = np.minimum(np.searchsorted(self.weeks, week), self.weeks.size - 1)
        return np.where(self.weeks[place] == week, self.off[place], 0.0)


def shocks_of(given: UserWeeks, fit: TrendFit) -> Shocks:
    """How far every week was off for all users at once, beyond what their own noise explains.

    Levels of weeks are fitted as they are, with all that users and their weeks share in their
    covariance; a line through them with shocks of restricted maximum likelihood gives the mean
    slope, so that a few bad weeks for everybody make it less sure, as they should.

    References:
        Searle, Casella & McCulloch (1992), Variance Components, ch. 6; Satterthwaite (1946).
    """
    weeks, information, seen = _levels(given, fit)
    covariance: Floats = np.linalg.inv(information).astype(np.float64)
    level = covariance @ seen
    design = np.column_stack([np.ones(weeks.size), (weeks - fit.centre) / PERIOD]).astype(
        np.float64
    )
    variance = _shock(level, covariance, design) if weeks.size >= FEWEST else 0.0
    whole = np.linalg.inv(covariance + variance * np.eye(weeks.size))
    line_covariance = np.linalg.inv(design.T @ whole @ design)
    line = line_covariance @ design.T @ whole @ level
    off = variance * whole @ (level - design @ line)
    freedom = np.inf
    if variance > 0:
        before = np.linalg.inv(design.T @ information @ design)
        added = max(line_covariance[1, 1] - before[1, 1], 0.0) / line_covariance[1, 1]
        freedom = (weeks.size - 2) / max(added**2, 1e-9)
    return Shocks(
        weeks=weeks,
        level=level,
        error=np.sqrt(np.diag(covariance)),
        off=off,
        variance=variance if weeks.size >= FEWEST else None,
        line=(float(line[0]), float(line[1])),
        covariance=line_covariance.astype(np.float64),
        freedom=float(min(freedom, 1e6)),
    )


def _levels(given: UserWeeks, fit: TrendFit) -> tuple[Whole, Floats, Floats]:
    """Weeks, the information on their levels, and that times what was seen."""
    steps = steps_of(given)
    weeks, column = np.unique(given.week, return_inverse=True)
    each = np.zeros((weeks.size, given.week.size))
    each[column, np.arange(column.size)] = 1.0
    time = ((given.week - fit.centre) / PERIOD).astype(np.float64)
    columns = np.concatenate([np.stack([np.ones_like(time), time, given.mean]), each])
    found, _ = whitened(steps, columns, fit.noise)
    sums = sums_of(steps, time, given.mean, fit.noise)
    users = steps.user.size
    one, when, what, marks = found[0], found[1], found[2], found[3:]
    shared = np.zeros((2, users, weeks.size))
    start = 0
    for end in steps.ends.tolist():
        here = steps.user[: end - start]
        shared[0, here] += (marks[:, start:end] * one[start:end]).T
        shared[1, here] += (marks[:, start:end] * when[start:end]).T
        start = end
    (a, b, c, d), _ = mixed(sums, fit.spread)
    level, slope, both = fit.spread.level, fit.spread.slope, fit.spread.both
    lent = np.stack(  # spread · (1 + information · spread)⁻¹, symmetric
        [level * a + both * c, level * b + both * d, both * b + slope * d]
    )
    first = lent[0][:, None] * shared[0] + lent[1][:, None] * shared[1]
    second = lent[1][:, None] * shared[0] + lent[2][:, None] * shared[1]
    information = marks @ marks.T - shared[0].T @ first - shared[1].T @ second
    seen = marks @ what - first.T @ sums.level - second.T @ sums.drift
    return weeks, information, seen


def _shock(level: Floats, covariance: Floats, design: Floats) -> float:
    """Variance of shocks by restricted maximum likelihood."""
    from scipy.optimize import minimize_scalar  # noqa: PLC0415  with its caller alone

    def loss(root: float) -> float:
        whole = covariance + root * root * np.eye(level.size)
        inverse = np.linalg.inv(whole)
        information = design.T @ inverse @ design
        off = level - design @ np.linalg.solve(information, design.T @ inverse @ level)
        logs = np.linalg.slogdet(whole)[1] + np.linalg.slogdet(information)[1]
        return float(logs + off @ inverse @ off)

    top = 3 * float(np.std(level)) + 1e-12
    found = minimize_scalar(loss, bounds=(0.0, top), method="bounded")
    return float(found.x**2) if found.fun < loss(0.0) - 1e-9 else 0.0

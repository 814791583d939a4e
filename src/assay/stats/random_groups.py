"""Totals, and what is computed from totals, with an error that knows people and periods.

Whole units are thrown into groups at random, periods follow each other; both are left out in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from assay.stats.level import Level

    Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Total:
    """A number made of totals, the variance of that estimate, and its degrees of freedom."""

    value: float
    variance: float
    degrees_of_freedom: float

    def __post_init__(self) -> None:
        if not (isfinite(self.value) and 0 <= self.variance < inf and self.degrees_of_freedom > 0):
            raise DataError(
                f"{self}, expected a finite value, variance ≥ 0, degrees of freedom > 0"
            )

    def interval(self, level: Level) -> tuple[float, float]:
        """Its ends by Student's quantile, or the level's own bound."""
        critical = level.critical
        if critical is None:
            critical = -float(stdtrit(self.degrees_of_freedom, level.alpha / 2))
        half = critical * sqrt(self.variance)
        return self.value - half, self.value + half

    def scaled(self, factor: float) -> Total:
        """The same in another unit."""
        return Total(self.value * factor, self.variance * factor**2, self.degrees_of_freedom)


def of_totals(
    sums: ArrayLike, statistic: Callable[[Real], float] | None = None, *, linear: bool = False
) -> Total:
    """A statistic of sums over groups and periods, with its variance.

    Groups hold whole units (users), so that differences between groups carry what is common to a
    unit, and how many units there are; periods carry what is common to all on a day or in a week.
    Each kind is left out one by one; what both count, the spread between single cells, is taken
    off once, and never more than leaves the larger of both.

    Args:
        sums: groups × periods, then any further axes, which the statistic is given summed.
        statistic: a number out of the totals; None takes the one total itself.
        linear: that the statistic of a sum is the sum of the statistics, which needs no leaving
            out. Holds where there is none.

    Raises:
        DataError: with fewer than two groups or periods.

    References:
        Wolter (2007), Introduction to variance estimation, 2nd ed., ch. 2 and 4 (random groups, the
        grouped jackknife); Cameron, Gelbach & Miller (2011), Robust inference with multiway
        clustering, JBES 29(2), pp. 238-249; Satterthwaite (1946), Biometrics Bulletin 2(6).
    """
    cells = np.asarray(sums, dtype=np.float64)
    if cells.ndim < 2 or min(cells.shape[:2]) < 2:
        raise DataError(f"sums of shape {cells.shape}, expected at least 2 groups and 2 periods")
    whole = cells.sum(axis=(0, 1))
    of = _first if statistic is None else statistic
    value = of(whole)
    if statistic is None or linear:
        one = np.apply_along_axis(of, -1, cells) if cells.ndim > 2 else cells
        parts = (one.sum(axis=1), one.sum(axis=0), one.ravel())
        by_group, by_period, by_cell = (_between(part) for part in parts)
    else:
        flat = cells.reshape(-1, *cells.shape[2:])
        taken = (cells.sum(axis=1), cells.sum(axis=0), flat)
        by_group, by_period, by_cell = (_left_out(whole, part, of) for part in taken)
    groups, periods = cells.shape[:2]
    most = max(by_group, by_period)
    variance = max(by_group + by_period - by_cell, most)
    bottom = by_group**2 / (groups - 1) + by_period**2 / (periods - 1)
    freedom = min(max((by_group + by_period) ** 2 / bottom, 1.0), groups + periods) if bottom else 1
    return Total(value, variance, float(freedom))


def _first(totals: Real) -> float:
    return float(np.ravel(totals)[0])


def _between(sums: Real) -> float:
    """Variance of the sum of so many independent sums."""
    n = sums.size
    return float(n * sums.var(ddof=1))


def _left_out(whole: Real, parts: Real, of: Callable[[Real], float]) -> float:
    """The grouped jackknife: what is left is blown up to the whole."""
    n = len(parts)
    found = np.array([of((whole - part) * (n / (n - 1))) for part in parts])
    return float((n - 1) / n * ((found - found.mean()) ** 2).sum())

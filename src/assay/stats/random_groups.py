"""Totals, and what is computed from totals, with an error that knows people and periods.

Whole units are thrown into groups at random, periods follow each other; both are left out in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, isfinite, sqrt
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

    def positive_interval(self, level: Level) -> tuple[float, float]:
        """Its ends as a ratio, for a total of amounts of which none is below zero.

        Such totals are skewed, and a small one comes with a small error of its own: the interval
        of the logarithm, by the delta method, misses as often on either side.
        """
        if not self.value > 0:
            return self.interval(level)
        low, high = Total(0.0, self.variance / self.value**2, self.degrees_of_freedom).interval(
            level
        )
        return self.value * exp(low), self.value * exp(high)

    def scaled(self, factor: float) -> Total:
        """The same in another unit."""
        return Total(self.value * factor, self.variance * factor**2, self.degrees_of_freedom)


def of_totals(sums: ArrayLike, statistic: Callable[[Real], Real] | None = None) -> Total:
    """A statistic of sums over groups and periods, with its variance.

    Groups hold whole units (users), so that differences between groups carry what is common to a
    unit, and how many units there are; periods carry what is common to all on a day or in a week.
    Both count what is left of single cells once groups and periods are taken out of them, which
    is therefore taken off once, and never more than leaves the larger of both.

    Args:
        sums: groups × periods, or groups × periods × what is summed.
        statistic: a number out of the totals, which stand in the last axis: of an array of totals
            it gives an array of numbers. None takes the one total itself.

    Raises:
        DataError: with fewer than two groups or periods.

    References:
        Wolter (2007), Introduction to variance estimation, 2nd ed., ch. 2 and 4 (random groups, the
        grouped jackknife); Searle, Casella & McCulloch (1992), Variance components, ch. 4 (two
        crossed random effects); Cameron, Gelbach & Miller (2011), Robust inference with multiway
        clustering, JBES 29(2), pp. 238-249; Satterthwaite (1946), Biometrics Bulletin 2(6).
    """
    cells = np.asarray(sums, dtype=np.float64)
    if cells.ndim < 2 or min(cells.shape[:2]) < 2:
        raise DataError(f"sums of shape {cells.shape}, expected at least 2 groups and 2 periods")
    if cells.ndim == 2:
        cells = cells[..., None]
    groups, periods, _ = cells.shape
    by = (cells.sum(axis=1), cells.sum(axis=0), cells.reshape(groups * periods, -1))
    if statistic is None:
        one, value = cells[..., 0], float(cells[..., 0].sum())
        by_group, by_period = _between(one.sum(axis=1)), _between(one.sum(axis=0))
        by_cell = _rest(one)
    else:
        whole = cells.sum(axis=(0, 1))
        value = float(statistic(whole))
        left = [statistic((whole - part) * (len(part) / (len(part) - 1))) for part in by]
        by_group, by_period = _spread(left[0]), _spread(left[1])
        by_cell = _rest(left[2].reshape(groups, periods) * (1 - 1 / left[2].size))
    return _crossed(value, (by_group, groups - 1), (by_period, periods - 1), by_cell)


def of_totals_of_company(sums: ArrayLike, left_out: ArrayLike) -> Total:
    """A total whose parts depend on who else is there, with its variance.

    What one unit adds is more than its own part where it changes what others add (whoever keeps a
    cache warm). So the total has to be computed anew without each group; periods are taken not to
    change each other.

    Args:
        sums: groups × periods.
        left_out: the total without each of some groups, which may be larger ones than those of the
            sums.

    Raises:
        DataError: with fewer than two groups or periods, or totals without them.
    """
    cells, without = (np.asarray(given, dtype=np.float64) for given in (sums, left_out))
    if cells.ndim != 2 or min(cells.shape) < 2 or without.size < 2:
        raise DataError(
            f"sums of shape {cells.shape} and {without.size} totals without a group, expected at "
            "least 2 groups and 2 periods"
        )
    n = without.size
    by_group = _spread(without * (n / (n - 1)))
    by_period = _between(cells.sum(axis=0))
    periods = (by_period, cells.shape[1] - 1)
    return _crossed(float(cells.sum()), (by_group, n - 1), periods, _rest(cells))


def _crossed(
    value: float, groups: tuple[float, int], periods: tuple[float, int], by_cell: float
) -> Total:
    """Variances of groups and of periods together, what both count taken off once."""
    (by_group, freedom), (by_period, other) = groups, periods
    variance = max(by_group + by_period - by_cell, by_group, by_period)
    bottom = by_group**2 / freedom + by_period**2 / other
    found = min(max(variance**2 / bottom, 1.0), freedom + other) if bottom else 1.0
    return Total(value, variance, float(found))


def _between(sums: Real) -> float:
    """Variance of the sum of so many independent sums."""
    n = sums.size
    return float(n * sums.var(ddof=1))


def _rest(cells: Real) -> float:
    """Variance of the sum by what neither groups nor periods explain."""
    groups, periods = cells.shape
    rest = cells - cells.mean(axis=1, keepdims=True) - cells.mean(axis=0) + cells.mean()
    return float((rest**2).sum() * groups * periods / ((groups - 1) * (periods - 1)))


def _spread(found: Real) -> float:
    """The grouped jackknife's variance, of the statistic without each part."""
    n = found.size
    return float((n - 1) / n * ((found - found.mean()) ** 2).sum())

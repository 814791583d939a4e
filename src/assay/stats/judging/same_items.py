"""Two sides on the same items: how often they come out alike, and how much more than by chance."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from assay.stats.judging.agreement import FEWEST, Agreement
from assay.stats.level import Level
from assay.stats.unequal_ends import score_rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.stats.comparisons.paired_rates import PairedCounts

Array = NDArray[np.float64]


def share_alike(counts: PairedCounts, *, level: float = 0.95) -> tuple[float, float, float]:
    """Share of items with the same outcome on both sides, with Wilson's interval.

    References:
        Wilson (1927), JASA 22.
    """
    share = (counts.both + counts.neither) / counts.n
    return score_rate(share, n=counts.n, critical=Level(1 - level).bound)


def kappa_of(counts: PairedCounts, *, level: float = 0.95) -> Agreement:
    """Cohen's kappa: agreement beyond that of two sides with these rates that know nothing.

    Where nearly all items come out the same way it is low whatever the agreement; Gwet's is not.

    References:
        Cohen (1960), Educational and Psychological Measurement 20.
    """
    return _agreement(counts, level, _kappa_chance)


def gwet_of(counts: PairedCounts, *, level: float = 0.95) -> Agreement:
    """Gwet's AC1: agreement beyond that of chance, which has most room where rates are even.

    References:
        Gwet (2008), British Journal of Mathematical and Statistical Psychology 61, eq. 4-6.
    """
    return _agreement(counts, level, _gwet_chance)


def _kappa_chance(shares: Array) -> Array:
    one, other = shares[0] + shares[1], shares[0] + shares[2]
    return np.asarray(one * other + (1 - one) * (1 - other))


def _gwet_chance(shares: Array) -> Array:
    rate = shares[0] + (shares[1] + shares[2]) / 2
    return np.asarray(2 * rate * (1 - rate))


def _agreement(counts: PairedCounts, level: float, chance: Callable[[Array], Array]) -> Agreement:
    cells = np.array([counts.both, counts.treated, counts.control, counts.neither], float)
    n = cells.sum()

    def apart(table: Array) -> Array:
        shares = table / table.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((shares[1] + shares[2]) / (1 - chance(shares)))

    found = float(apart(cells[:, None])[0])
    value = 1 - found if np.isfinite(found) else None
    low = high = None
    if value is not None and found > 0 and n >= FEWEST:
        some = np.flatnonzero(cells)
        without = apart(cells[:, None] - np.eye(4)[:, some])
        if (without > 0).all() and np.isfinite(without).all():
            logs = np.log(without)
            mean = float(cells[some] @ logs) / n
            error = sqrt((n - 1) / n * float(cells[some] @ (logs - mean) ** 2))
            reach = -float(stdtrit(n - 1, (1 - level) / 2)) * error
            low, high = 1 - exp(log(found) + reach), 1 - exp(log(found) - reach)
    return Agreement(
        value=value, low=low, high=high, items=round(n), ratings=2 * round(n), clusters=round(n)
    )

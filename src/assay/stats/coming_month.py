"""What the coming days add up to if things stay as they were: a total with its interval."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

from scipy.special import stdtrit

from assay.core.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.stats.unequal_ends import Ends

WEEK: Final = 7
FEWEST_WEEKS: Final = 4
"""Whole weeks from which on weeks, not days, tell how totals vary."""


def coming_total(days: NDArray[np.float64], *, horizon: float, alpha: float) -> Ends:
    """The total of the coming days at the level of those seen, as it will turn out.

    The interval holds the total itself, not only its expectation: it adds the variance of the
    coming days to that of the estimated level. Whole weeks counted back from the last day are the
    units where there are four or more, so that weekdays and what lasts some days are reckoned
    with; else days are. A trend is not: give days of the level that is to be carried on.

    Args:
        days: totals of consecutive days, not negative.
        horizon: days ahead; need not be whole.
        alpha: one minus the interval's confidence.

    Raises:
        DataError: with fewer than seven days.

    References:
        Hahn & Meeker (1991), Statistical intervals, sec. 4.8 (prediction of the mean of m future
        values of a normal sample).
    """
    if len(days) < WEEK:
        raise DataError(f"{len(days)} days, expected at least {WEEK}")
    size = WEEK if len(days) >= FEWEST_WEEKS * WEEK else 1
    whole = len(days) // size
    blocks = days[len(days) - whole * size :].reshape(whole, size).sum(axis=1)
    ahead = horizon / size
    value = ahead * float(blocks.mean())
    spread = float(blocks.std(ddof=1)) * sqrt(ahead + ahead * ahead / whole)
    half = -float(stdtrit(whole - 1, alpha / 2)) * spread
    return value, max(value - half, 0.0), value + half

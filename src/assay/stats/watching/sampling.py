"""How surely each day's value is known, by what its days before it let tell of how units spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError
from assay.stats.given import numbers
from assay.stats.watching.following import window_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FAR: Final = 3.0
"""Times the even error from which a day's own is believed: one unit of it is unlike all others."""


def even_errors(errors: ArrayLike, n: ArrayLike, *, period: int = 7) -> NDArray[np.float64]:
    """Standard errors of means and shares, of one spread of units over the root of their number.

    A day's own error is a guess that goes with its value: no failure of 24 has none, so that such a
    day would stand out from a rate of 5 % and pull the level to itself. The spread is that which
    the units of the last weeks show together, this day's among them and no later one's.

    Args:
        errors: of each day by itself; NaN where unknown.
        n: units behind each day.
        period: of the season; as many days count as `watch` expects from.

    Returns:
        An error for each day that has units, once any spread was seen; else NaN.

    Raises:
        DataError: where there is not one number for each error, or one is negative or infinite.
    """
    own, units = numbers(errors, name="errors"), numbers(n, name="n")
    if own.ndim != 1 or own.shape != units.shape:
        raise DataError(f"{units.shape} numbers of units for {own.shape} errors, expected one each")
    if (own < 0).any() or np.isinf(own).any() or not (units >= 0).all() or np.isinf(units).any():
        raise DataError("errors or numbers of units are negative or infinite, expected 0 or more")
    length = window_of(period)
    # One unit has no error that could be told: what stands there says nothing of the spread.
    told = np.isfinite(own) & (units > 1)
    squares = _sums(np.where(told, own**2 * units * (units - 1), 0.0), length)
    spare = _sums(np.where(told, units - 1, 0.0), length)
    spread = np.sqrt(np.maximum(squares, 0.0) / np.maximum(spare, 1.0))
    known = (units > 0) & (spread > 0)
    even = np.where(known, spread / np.sqrt(np.maximum(units, 1.0)), np.nan)
    return np.where(np.nan_to_num(own) > FAR * even, own, even)


def _sums(amounts: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Over each day and those before it, so many in all."""
    total = np.concatenate([[0.0], np.cumsum(amounts)])
    last = np.arange(1, total.size)
    return np.asarray(total[last] - total[np.maximum(last - length, 0)])

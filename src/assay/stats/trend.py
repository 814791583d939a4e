"""Whether a series of effects drifts: a weighted line, its error robust to unequal spread."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Slope:
    """Change of y per unit of x, its standard error, and two-sided p-value of no change."""

    value: float
    standard_error: float
    degrees_of_freedom: int
    p_value: float

    def interval(self, alpha: float) -> tuple[float, float]:
        """The interval of confidence 1 − alpha."""
        half = -float(stdtrit(self.degrees_of_freedom, alpha / 2)) * self.standard_error
        return self.value - half, self.value + half


def weighted_slope(x: Sequence[float], y: Sequence[float], weights: Sequence[float]) -> Slope:
    """The slope of the weighted least-squares line, with a heteroscedasticity-robust error (HC3).

    Args:
        x: places.
        y: values at them.
        weights: positive; how much each value counts, taken as known.

    Raises:
        DataError: with fewer than four points, places that are all the same, or weights that are
            not positive.

    References:
        MacKinnon & White (1985), Some heteroskedasticity-consistent covariance matrix estimators
        with improved finite sample properties, J. Econometrics 29(3); Long & Ervin (2000), Using
        heteroscedasticity consistent standard errors in the linear regression model, Am. Stat. 54.
    """
    places, values = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    weight = np.asarray(weights, dtype=float)
    n = places.size
    if not (n == values.size == weight.size and n >= 4):
        raise DataError(f"{n} points, expected four or more, each with a value and a weight")
    if not bool(((weight > 0) & (weight < inf) & np.isfinite(values)).all()):
        raise DataError("weights or values out of range, expected positive and finite ones")
    share = weight / weight.sum()
    centred = places - share @ places
    spread = float(share @ centred**2)
    if not spread > 0:
        raise DataError("all points are at one place, expected a range of them")
    slope = float(share @ (centred * values)) / spread
    left = values - share @ values - slope * centred
    leverage = share * (1 + centred**2 / spread)
    scores = share * centred * left / (1 - np.minimum(leverage, 1 - 1e-12))
    error = sqrt(float(scores @ scores)) / spread
    freedom = n - 2
    p = 1.0 if not error else min(1.0, 2 * float(stdtr(freedom, -abs(slope) / error)))
    if not error and slope:
        p = 0.0
    return Slope(slope, error, freedom, p)

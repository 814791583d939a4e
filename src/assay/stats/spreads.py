"""What one unit adds to the variance of a quantile, and of a mean whose tails are cut."""

from __future__ import annotations

from math import exp, pi, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import bdtr, ndtri

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_FEWEST: Final = 20
_COVERAGE: Final = 0.95


def quantile_spread(values: ArrayLike, q: float) -> tuple[float, float]:
    """A quantile, and the standard deviation that a unit adds to it, without estimating a density.

    The 95 % interval between two order statistics, whose ranks the binomial gives, is as wide as a
    normal one would be: its width over the normal quantiles is the standard error at this n, and
    times √n what one unit adds. `Mean(base, sd, normal=True)` plans with it.

    Args:
        values: one per unit.
        q: inside (0, 1).

    Raises:
        DataError: with so few values that no two of them enclose the quantile.

    References:
        Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47;
        Price & Bonett (2001), Estimating the variance of the sample median, J. Statist. Comput.
        Simul. 68 (with the exact coverage of the ranks that were taken).
    """
    sorted_values = _sorted(values, q)
    n = len(sorted_values)
    half = -float(ndtri((1 - _COVERAGE) / 2)) * sqrt(n * q * (1 - q))
    low, high = round(n * q - half), round(n * q + half)
    if not 1 <= low < high <= n:
        raise DataError(
            f"the {q:g} quantile of {n} values, expected values enough on both sides of it",
            remedy="gather more, or plan a quantile nearer to the middle",
        )
    outside = float(bdtr(low - 1, n, q) + 1 - bdtr(high - 1, n, q))
    width = sorted_values[high - 1] - sorted_values[low - 1]
    error = width / (-2 * float(ndtri(outside / 2)))
    if not error > 0:
        raise DataError(
            f"values about the {q:g} quantile are all the same, expected some that differ",
            remedy="plan the rate of values beyond a threshold instead",
        )
    return float(np.quantile(sorted_values, q)), float(error) * sqrt(n)


def quantile_spread_by_density(values: ArrayLike, q: float) -> tuple[float, float]:
    """The same by `√(q (1 − q)) / f`, with the density f at the quantile from a Gaussian kernel.

    Smoother than order statistics where the density is smooth; off where it jumps.

    References:
        Silverman (1986), Density estimation, eq. 3.31 (bandwidth); Serfling (1980), Approximation
        theorems of mathematical statistics, sec. 2.3.3.
    """
    sorted_values = _sorted(values, q)
    n = len(sorted_values)
    middle = float(np.quantile(sorted_values, q))
    between = float(np.quantile(sorted_values, 0.75) - np.quantile(sorted_values, 0.25)) / 1.349
    spread = min(float(sorted_values.std(ddof=1)), between or float("inf"))
    if not spread > 0:
        raise DataError("the values do not vary, expected some that differ")
    width = 0.9 * spread * n**-0.2
    z = (sorted_values - middle) / width
    density = float(np.exp(-z * z / 2).sum()) / (n * width * sqrt(2 * pi))
    if not density > exp(-700):
        raise DataError(f"no values near the {q:g} quantile, expected some")
    return middle, sqrt(q * (1 - q)) / density


def winsorised_spread(values: ArrayLike, *, upper: float) -> tuple[float, float]:
    """Mean and standard deviation of a unit's value once those above a quantile are set to it.

    Args:
        values: one per unit.
        upper: the quantile at which values are cut, .99 for example.
    """
    sorted_values = _sorted(values, upper)
    cut = np.minimum(sorted_values, float(np.quantile(sorted_values, upper)))
    return float(cut.mean()), float(cut.std(ddof=1))


def _sorted(values: ArrayLike, q: float) -> np.ndarray:
    found = np.sort(np.asarray(values, dtype=float))
    if not 0 < q < 1:
        raise DataError(f"quantile {q}, expected inside (0, 1)")
    if not (len(found) >= _FEWEST and np.isfinite(found).all()):
        raise DataError(f"{len(found)} values, expected at least {_FEWEST}, all finite")
    return found

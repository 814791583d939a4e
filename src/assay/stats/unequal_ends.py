"""Intervals whose two sides differ in length: means of skewed values, and ratios made of them."""

from __future__ import annotations

from math import cbrt, inf, isfinite, sqrt
from typing import Final

from scipy.special import stdtrit

from assay.core.errors import DataError

_STRAIGHT: Final = 1e-6
"""Skewness of a mean below which the correction is nothing but rounding."""

Ends = tuple[float, float, float]
"""An estimate, its lower and its upper end."""


def skewed_mean(  # noqa: PLR0913  a studentised mean and its shape
    value: float, error: float, *, skewness: float, n: float, freedom: float, alpha: float
) -> Ends:
    """The mean of skewed values with ends that lie farther out on the side of the long tail.

    Student's quantiles, put through the inverse of Hall's cubic transformation, which is monotone
    and removes the skewness of a studentised mean to first order.

    Args:
        value: the mean.
        error: its standard error.
        skewness: of the units' values (third central moment over the cube of the sd).
        n: units.
        freedom: degrees of freedom of the error.
        alpha: one minus the interval's confidence.

    References:
        Hall (1992), On the removal of skewness by transformation, JRSS B 54(1), eq. 2.4 and 2.5.
    """
    critical = -float(stdtrit(freedom, alpha / 2))
    lean = skewness / sqrt(n)
    if abs(lean) < _STRAIGHT:
        return value, value - critical * error, value + critical * error

    def back(y: float) -> float:
        return 3 / lean * (cbrt(1 + lean * (y - lean / 6)) - 1)

    low, high = value - error * back(critical), value - error * back(-critical)
    return value, min(low, value), max(high, value)


def score_rate(rate: float, *, n: float, critical: float) -> Ends:
    """A rate with Wilson's score ends; n may be an effective number of trials.

    References:
        Wilson (1927), Probable inference, JASA 22.
    """
    if not (0 <= rate <= 1 and n > 0):
        raise DataError(f"rate {rate} of {n} trials, expected 0 to 1 and more than none")
    square = critical * critical
    middle = rate + square / (2 * n)
    half = critical * sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    low, high = ((middle + sign * half) / (1 + square / n) for sign in (-1, 1))
    low = 0.0 if rate == 0 else max(low, 0.0)
    high = 1.0 if rate == 1 else min(high, 1.0)
    return rate, low, high


def ratio_of_ends(top: Ends, bottom: Ends, *, correlation: float = 0.0) -> tuple[float, float]:
    """The ends of a ratio from those of its parts; the upper one is infinite where bottom may be 0.

    The values R that the contrast `top − R · bottom` does not exclude, its variance recovered on
    each side from the parts' own ends (MOVER). With symmetric ends this is Fieller's interval; it
    keeps what the parts' intervals know of skewness and of rates near zero.

    Args:
        top: not negative.
        bottom: not negative.
        correlation: of the two estimates.

    References:
        Donner & Zou (2012), Closed-form confidence intervals for functions of the normal mean and
        standard deviation, Stat. Methods Med. Res. 21(4), sec. 2; Newcombe (2016), MOVER-R
        confidence intervals for ratios and products of two independently estimated quantities,
        Stat. Methods Med. Res. 25(5).
    """
    value, low, high = top
    below, least, most = bottom
    if not (0 <= low <= value <= high < inf and 0 <= least <= below <= most < inf and most > 0):
        raise DataError(f"{top} / {bottom}, expected low ≤ value ≤ high, none of them negative")
    if not (isfinite(correlation) and -1 <= correlation <= 1):
        raise DataError(f"correlation {correlation}, expected from −1 to 1")
    up, down = value - low, most - below
    middle = value * below - correlation * up * down
    constant = value * value - up * up
    spread = sqrt(max(middle * middle - (below * below - down * down) * constant, 0.0))
    lower = constant / (middle + spread) if middle + spread > 0 else 0.0
    up, down = high - value, below - least
    leading = below * below - down * down
    if not leading > 0:
        return lower, inf
    middle = value * below - correlation * up * down
    spread = sqrt(max(middle * middle - leading * (value * value - up * up), 0.0))
    return lower, (middle + spread) / leading


def product_of_ends(one: Ends, other: Ends) -> Ends:
    """The product of two independent estimates, with ends recovered from those of both.

    Args:
        one: not negative, as an amount of money is.
        other: of either sign.

    References:
        Zou & Donner (2008), Construction of confidence limits about effect measures, Statistics in
        Medicine 27(10), eq. 2, on the linear terms of a product.
    """
    value, low, high = one
    by, least, most = other
    if not (0 <= low <= value <= high < inf and -inf < least <= by <= most < inf):
        raise DataError(f"{one} × {other}, expected low ≤ value ≤ high, the first not negative")
    down, up = by * (value - low), by * (high - value)
    if by < 0:
        down, up = up, down
    product = value * by
    lower = product - sqrt(down * down + (value * (by - least)) ** 2)
    return product, lower, product + sqrt(up * up + (value * (most - by)) ** 2)

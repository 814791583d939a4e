"""The interval of a lift, which excludes zero exactly when the difference does."""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, inf, nextafter, sqrt
from typing import Final

from assay.core.errors import DataError

_SMALLEST: Final = nextafter(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class RatioInterval:
    """A ratio and the set of ratios that the data do not reject.

    Attributes:
        value: None where the denominator is zero.
        low, high: None where the set has no ends.
        g: critical² × variance of the denominator / denominator²; from 1 on, the denominator
            cannot be told from zero and the set is unbounded. None where it is zero itself.
    """

    value: float | None
    low: float | None
    high: float | None
    g: float | None

    @property
    def unbounded(self) -> bool:
        """Whether no finite interval has the stated confidence."""
        return self.low is None


def fieller(  # noqa: PLR0913  a ratio of two correlated estimates has this many parts
    numerator: float,
    denominator: float,
    *,
    half_width: float,
    variance: float,
    covariance: float,
    critical_value: float,
) -> RatioInterval:
    """Fieller's interval of `numerator / |denominator|`.

    All ρ with |numerator − ρ·|denominator|| ≤ critical · (standard error of that contrast). At
    ρ = 0 this is the test of the numerator alone, so the interval excludes zero exactly when
    |numerator| > half_width. That comparison is made once, in floating point, and the ends are
    held to it: both verdicts agree for all inputs, not for nearly all.

    The ends solve `A ρ² − 2 B ρ + C = 0` with the constant term written as the product
    `(|numerator| − half_width)(|numerator| + half_width)`, which loses no digits where the
    interval just touches zero; the smaller root is had by division, not by subtraction.

    Args:
        numerator: estimate, a difference for example.
        denominator: estimate; only its size counts, a sign is not.
        half_width: critical value × standard error of the numerator.
        variance: of the denominator's estimate.
        covariance: of numerator and (signed) denominator; `−variance` for a difference from the
            denominator itself when the two arms are independent.
        critical_value: quantile that multiplies standard errors.

    Raises:
        DataError: where a number is not finite, or a spread is negative.

    References:
        Fieller (1954), Some problems in interval estimation, JRSS B 16(2), pp. 175-185;
        Franz (2007), Ratios: a short guide to confidence limits and proper use, arXiv:0710.2024.
    """
    spreads = (half_width, variance, critical_value)
    if not all(0 <= spread < inf for spread in spreads):
        raise DataError(f"spreads {spreads}, expected finite and not negative")
    if not all(-inf < x < inf for x in (numerator, denominator, covariance)):
        raise DataError(f"{numerator} / {denominator} ({covariance}), expected finite numbers")
    size = abs(denominator)
    if size == 0 or not numerator / size < inf or not numerator / size > -inf:
        return RatioInterval(None, None, None, None)
    value = numerator / size
    spread = critical_value * sqrt(variance) / size
    g = spread * spread
    if not g < 1:
        return RatioInterval(value, None, None, g if g < inf else None)
    low, high = _roots(
        value,
        half_width / size,
        critical_value * (critical_value / size) * (covariance / size) * copysign(1.0, denominator),
        1 - g,
    )
    if not (low > -inf and high < inf):
        return RatioInterval(value, None, None, g)
    low, high = _hold_to(numerator, half_width, low, high)
    return RatioInterval(value, min(low, value), max(high, value), g)


def _roots(value: float, half: float, shared: float, leading: float) -> tuple[float, float]:
    """Both roots of `leading · ρ² − 2 (value − shared) ρ + (|value| − half)(|value| + half)`."""
    scale = max(abs(value), half)
    if scale == 0:
        return 0.0, 0.0
    middle = value / scale - shared / scale
    gap, reach = (abs(value) - half) / scale, abs(value) / scale + half / scale
    root = sqrt(max(middle * middle - leading * gap * reach, 0.0))
    far = middle + root if middle >= 0 else middle - root
    if far == 0:
        return 0.0, 0.0
    near, distant = gap * (reach / far) * scale, far / leading * scale
    return min(near, distant), max(near, distant)


def _hold_to(numerator: float, half_width: float, low: float, high: float) -> tuple[float, float]:
    """The ends on that side of zero on which the numerator's own ends lie."""
    if numerator - half_width > 0:
        return max(low, _SMALLEST), max(high, _SMALLEST)
    if numerator + half_width < 0:
        return min(low, -_SMALLEST), min(high, -_SMALLEST)
    return min(low, 0.0), max(high, 0.0)

"""Quantiles of two arms: intervals from order statistics, without any density."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr, ndtri

from assay.core.errors import DataError
from assay.stats.contrasts import Bounds
from assay.stats.fieller import RatioInterval
from assay.stats.means import Difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.level import Level

    Vector = NDArray[np.float64]

_STEPS: Final = 60
"""Halvings of a z-statistic between 0 and 40: 40 / 2**60 is below rounding."""
_FAR: Final = 40.0


@dataclass(frozen=True)
class ArmQuantile:
    """A quantile of one arm, and how sure it is.

    Attributes:
        values: of the units, sorted.
        at: which quantile, between 0 and 1.
        effect: by how much clustering multiplies the variance of the share of values below it.

    Raises:
        DataError: where there are no values, or the quantile lies not between 0 and 1.
    """

    values: Vector
    at: float
    effect: float = 1.0

    def __post_init__(self) -> None:
        if not (len(self.values) and 0 < self.at < 1 and self.effect > 0):
            raise DataError(
                f"quantile {self.at} of {len(self.values)} values, expected some, inside (0, 1)"
            )

    @property
    def n(self) -> int:
        """Values behind it."""
        return len(self.values)

    @cached_property
    def value(self) -> float:
        """The quantile, between order statistics as NumPy's default takes it."""
        place = self.at * (self.n - 1)
        return self._between(place)

    def widest(self) -> float:
        """The largest multiplier of standard errors at which both ends lie among the values."""
        room = min(self.at, 1 - self.at) * self.n
        return room / sqrt(self.n * self.at * (1 - self.at) * self.effect)

    def ends(self, critical: float) -> tuple[float, float]:
        """The interval that the share of values below the quantile does not contradict.

        Of all x, those for which the count of values below x differs from `n · at` by no more than
        `critical` of its standard errors: Woodruff's interval, the exact test inverted, its
        binomial taken as normal.

        References:
            Woodruff (1952), Confidence intervals for medians and other position measures, JASA
            47(260); with clusters: Deng, Knoblich & Lu (2018), KDD, sec. 4.
        """
        middle = self.n * self.at - 0.5
        reach = critical * sqrt(self.n * self.at * (1 - self.at) * self.effect)
        low, high = self._between(middle - reach), self._between(middle + reach)
        return min(low, self.value), max(high, self.value)

    def _between(self, place: float) -> float:
        place = min(max(place, 0.0), self.n - 1.0)
        below = int(place)
        above = min(below + 1, self.n - 1)
        one, other = float(self.values[below]), float(self.values[above])
        return one + (other - one) * (place - below)


@dataclass(frozen=True)
class QuantileContrast:
    """Two arms' quantiles, each with its own, uneven, interval.

    The difference's ends recover from each arm's interval the variance on that side on which it
    matters; the ratio's come from the same equation, solved for the ratio at which the difference
    would vanish. So both exclude zero in the same cases.

    References:
        Zou & Donner (2008), Construction of confidence limits about effect measures: a general
        approach, Statistics in Medicine 27(10); Donner & Zou (2012), Closed-form confidence
        intervals for functions of the normal mean and standard deviation, Stat. Methods Med. Res.
        21(4), sec. 2.2 (ratio).
    """

    treated: ArmQuantile
    control: ArmQuantile

    @property
    def value(self) -> float:
        """Difference of the quantiles."""
        return self.treated.value - self.control.value

    @property
    def p_value(self) -> float:
        """Two-sided, of equal quantiles: the level at which the interval just reaches zero."""
        return min(1.0, 2 * float(ndtr(-self.z)))

    @cached_property
    def z(self) -> float:
        """The multiplier at which the interval of the difference just reaches zero."""
        if self.value == 0:
            return 0.0
        low, high = 0.0, _FAR
        for _ in range(_STEPS):
            middle = (low + high) / 2
            if self._excludes_zero(middle):
                low = middle
            else:
                high = middle
        return low

    def at(self, level: Level) -> Bounds:
        """The intervals of that level."""
        low, high = self._difference(level.bound)
        half = (high - low) / 2
        critical = level.bound
        found = Difference(
            value=self.value,
            low=low,
            high=high,
            half_width=half,
            standard_error=half / critical,
            degrees_of_freedom=None,
            critical_value=critical,
            p_value=self.p_value,
        )
        return Bounds(found, self._lift(critical, low, high))

    def _excludes_zero(self, critical: float) -> bool:
        low, high = self._difference(critical)
        return low > 0 or high < 0

    def _difference(self, critical: float) -> tuple[float, float]:
        one, other = self.treated.value, self.control.value
        (low, high), (below, above) = self.treated.ends(critical), self.control.ends(critical)
        value = one - other
        return value - np.hypot(one - low, above - other), value + np.hypot(
            high - one, other - below
        )

    def _lift(self, critical: float, low: float, high: float) -> RatioInterval:
        """All ρ at which treated − (1 + ρ)·control could be zero, for a control above zero."""
        one, other = self.treated.value, self.control.value
        sign = -1.0 if other < 0 else 1.0
        (t_low, t_high), (c_low, c_high) = self.treated.ends(critical), self.control.ends(critical)
        if sign < 0:
            one, other, t_low, t_high, c_low, c_high = (
                -one,
                -other,
                -t_high,
                -t_low,
                -c_high,
                -c_low,
            )
        if other == 0:
            return RatioInterval(None, None, None, None)
        value = sign * (one - other) / other
        g = ((other - c_low) / other) ** 2
        upward = ((c_high - other) / other) ** 2
        if not max(g, upward) < 1:
            return RatioInterval(value, None, None, max(g, upward))
        reaches = (c_high - other, other - c_low)
        first = _ratio_end(one, other, one - t_low, reaches, -1)
        last = _ratio_end(one, other, t_high - one, reaches[::-1], 1)
        ends = sorted((sign * (first - 1), sign * (last - 1)))
        return RatioInterval(value, *_held(ends[0], ends[1], low, high), max(g, upward))


def _ratio_end(
    one: float, other: float, reach: float, reaches: tuple[float, float], side: int
) -> float:
    """The root R of (one − R·other)² = reach² + R²·below² on one side of one / other.

    `below` is the control's reach on the side that matters there: the other one for a negative R.
    """
    for below in reaches:
        leading = other * other - below * below
        constant = one * one - reach * reach
        root = sqrt(max(one * one * other * other - leading * constant, 0.0))
        found = (one * other + side * root) / leading
        if found >= 0:
            break
    return found


def _held(low: float, high: float, gap_low: float, gap_high: float) -> tuple[float, float]:
    """Ends on the side of zero on which those of the difference lie."""
    smallest = np.nextafter(0.0, 1.0)
    if gap_low > 0:
        return max(low, smallest), max(high, smallest)
    if gap_high < 0:
        return min(low, -smallest), min(high, -smallest)
    return min(low, 0.0), max(high, 0.0)


def clustering(values: Vector, clusters: Vector, at: float) -> float:
    """By how much clusters multiply the variance of the share of values below a quantile.

    The share is a ratio of sums over clusters; its delta-method variance stands over the binomial.

    References:
        Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics, KDD, sec. 4.
    """
    _, codes = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(codes).astype(float)
    if len(sizes) < 2:
        raise DataError("all values are of one cluster, expected several")
    below = np.bincount(codes, weights=(values <= np.quantile(values, at)).astype(float))
    residual = below - below.sum() / sizes.sum() * sizes
    variance = len(sizes) / (len(sizes) - 1) * float(residual @ residual) / len(values) ** 2
    return max(variance / (at * (1 - at) / len(values)), 1e-12)


def needed(at: float, critical: float = -float(ndtri(0.025))) -> int:
    """Values at which an interval of that multiplier has both ends among them."""
    tail = min(at, 1 - at)
    return int(np.ceil(critical * critical * (1 - tail) / tail)) + 1

"""Two rates compared where successes (or failures) are few: score intervals, skewness-corrected."""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, copysign, cos, inf, pi, sqrt
from typing import TYPE_CHECKING, Final

from scipy.special import ndtr, ndtri

from assay.core.errors import DataError
from assay.stats.contrasts import Bounds
from assay.stats.fieller import RatioInterval
from assay.stats.inversion import edge, on_side
from assay.stats.means import Difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.stats.level import Level

_SURE: Final = 40.0
"""Standard errors that stand for a null under which the data are impossible."""
_NOTHING: Final = 1e-14
"""Variance, or gap, that rounding leaves of none."""
_FINE: Final = 1e-9
"""Tolerance of an interval's ends, in standard errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateContrast:
    """Successes out of trials in two arms, by the asymptotic score with a correction for skewness.

    Difference and ratio are judged by the same statistic: the gap over its standard error under the
    null, both rates estimated under that null. At no difference both are one test, so the intervals
    of difference and lift exclude zero together. The skewness of the statistic under the null is
    taken out to first order, which makes both tails right; the plain score's are not where arms
    are unequal or successes few.

    Exact enumeration over all tables (rates .001 to .1, arms of 20 to 18,000 units, lifts −20 % to
    +100 %) finds errors of at most .0524 for 95 % intervals, and below .031 only where fewer than
    three successes are expected in an arm: see `tests/stats/comparisons/test_rates.py`.

    Attributes:
        successes, trials: of the treated arm.
        successes_control, trials_control: of the control.

    References:
        Miettinen & Nurminen (1985), Comparative analysis of two rates, Statistics in Medicine 4;
        Gart & Nam (1988), Approximate interval estimation of the ratio of binomial parameters: a
        review and corrections for skewness, Biometrics 44; Laud (2017), Equal-tailed confidence
        intervals for comparison of rates, Pharmaceutical Statistics 16.
    """

    successes: int
    trials: int
    successes_control: int
    trials_control: int

    def __post_init__(self) -> None:
        if not (0 <= self.successes <= self.trials and self.trials >= 1):
            raise DataError(f"successes={self.successes}, expected 0..{self.trials} (trials)")
        if not (0 <= self.successes_control <= self.trials_control and self.trials_control >= 1):
            raise DataError(
                f"successes={self.successes_control}, expected 0..{self.trials_control} (trials)"
            )
        if not 0 < self.successes + self.successes_control < self.trials + self.trials_control:
            raise DataError("the same outcome in all trials, expected some of either kind")

    @property
    def value(self) -> float:
        """Estimated treated − control."""
        here, there = self._rates()
        return here - there

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference."""
        return min(1.0, 2 * float(ndtr(-abs(self.ratio_score(1.0)))))

    @property
    def z(self) -> float:
        """The corrected score of no difference."""
        return abs(self.ratio_score(1.0))

    def at(self, level: Level) -> Bounds:
        """The intervals of that level."""
        bound = -float(ndtri(level.alpha / 2)) if level.critical is None else level.critical
        excluded = self.z > bound
        value, error = self.value, self._error()
        low, high = (
            _end(
                self.difference_score, value, sign * bound, step=-sign * bound * error, ends=(-1, 1)
            )
            for sign in (1, -1)
        )
        low, high = on_side(
            -1.0 if low is None else low,
            1.0 if high is None else high,
            value=value,
            excluded=excluded,
        )
        gap = Difference(
            value=value,
            low=low,
            high=high,
            half_width=(high - low) / 2,
            standard_error=error,
            degrees_of_freedom=None,
            critical_value=bound,
            p_value=self.p_value,
        )
        return Bounds(gap, self._lift(bound, excluded=excluded))

    def difference_score(self, difference: float) -> float:
        """Corrected score of a true difference: a standard normal's quantile, falling in it."""
        here, there = self._under_difference(difference)
        gap = self.value - difference
        return self._score(gap, here, there, 1.0)

    def ratio_score(self, ratio: float) -> float:
        """Corrected score of a true ratio of the rates, falling in it."""
        here, there = self._under_ratio(ratio)
        mine, other = self._rates()
        return self._score(mine - ratio * other, here, there, ratio)

    def _rates(self) -> tuple[float, float]:
        return self.successes / self.trials, self.successes_control / self.trials_control

    def _error(self) -> float:
        """Standard error of the difference under no difference: it never is zero."""
        units = self.trials + self.trials_control
        share = (self.successes + self.successes_control) / units
        return sqrt(share * (1 - share) * (1 / self.trials + 1 / self.trials_control))

    def _score(self, gap: float, here: float, there: float, factor: float) -> float:
        """The gap in standard errors, its skewness under the null taken out."""
        n, m = self.trials, self.trials_control
        one = here * (1 - here) / n
        other = factor * factor * there * (1 - there) / m
        variance = (one + other) * ((n + m) / (n + m - 1))
        if not variance > _NOTHING:
            return 0.0 if abs(gap) <= _NOTHING else copysign(_SURE, gap)
        z = gap / sqrt(variance)
        third = one * (1 - 2 * here) / n - factor * other * (1 - 2 * there) / m
        lean = third / (6 * variance * sqrt(variance))
        moved = z + lean
        found = 2 * moved / (1 + sqrt(max(1 + 4 * lean * moved, 0.0)))
        return min(max(found, -_SURE), _SURE)

    def _under_ratio(self, ratio: float) -> tuple[float, float]:
        """Both rates, most likely given their ratio."""
        n, m = self.trials, self.trials_control
        ones = self.successes + self.successes_control
        total = ratio * (n + self.successes_control) + self.successes + m
        root = sqrt(max(total * total - 4 * (n + m) * ratio * ones, 0.0))
        there = min(2 * ones / (total + root), 1.0)
        return min(ratio * there, 1.0), there

    def _under_difference(self, difference: float) -> tuple[float, float]:
        """Both rates, most likely given their difference: a cubic's middle root."""
        n, m = self.trials, self.trials_control
        ones, units = self.successes + self.successes_control, n + m
        if difference == 0:
            return ones / units, ones / units
        second = (n + 2 * m) * difference - units - ones
        first = (m * difference - units - 2 * self.successes_control) * difference + ones
        last = self.successes_control * difference * (1 - difference)
        shift = second / (3 * units)
        q = shift**3 - second * first / (6 * units * units) + last / (2 * units)
        p = copysign(sqrt(max(shift * shift - first / (3 * units), 0.0)), q)
        angle = (pi + acos(min(max(q / p**3, -1.0), 1.0))) / 3 if p else 0.0
        there = min(max(2 * p * cos(angle) - shift, 0.0), 1.0)
        here = min(max(there + difference, 0.0), 1.0)
        return here, there

    def _lift(self, bound: float, *, excluded: bool) -> RatioInterval:
        mine, other = self._rates()
        if other == 0:
            return RatioInterval(None, None, None, None)
        ratio, step = mine / other, bound * self._error() / other
        low, high = (
            _end(self.ratio_score, ratio, sign * bound, step=-sign * step, ends=(0.0, inf))
            for sign in (1, -1)
        )
        if low is None or high is None:
            return RatioInterval(ratio - 1, None, None, None)
        low, high = on_side(low - 1, high - 1, value=ratio - 1, excluded=excluded)
        return RatioInterval(ratio - 1, low, high, None)


def _end(
    score: Callable[[float], float],
    start: float,
    bound: float,
    *,
    step: float,
    ends: tuple[float, float],
) -> float | None:
    """Where the score of a true value reaches the bound."""

    def margin(at: float) -> float:
        return bound - score(at) if bound > 0 else score(at) - bound

    limit = ends[0] if step < 0 else ends[1]
    if start == limit:
        return limit
    return edge(margin, start, step=step, limit=limit, tolerance=abs(step) * _FINE)

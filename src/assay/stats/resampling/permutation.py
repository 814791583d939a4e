"""Two means compared by re-assigning units to arms: for skewed values and unequal arms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import floor, inf, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr, ndtri

from assay.core.errors import DataError
from assay.stats.contrasts import Bounds
from assay.stats.fieller import RatioInterval
from assay.stats.inversion import crossing, edge, on_side
from assay.stats.means import Difference
from assay.stats.resampling.reassignment import Arm, Null, Sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from assay.stats.level import Level

    Array = NDArray[np.float64]

DRAWS: Final = 2_000
"""Re-assignments: the error of a p-value near .05 is .007, of an interval's end 3 % of its half."""
MORE_DRAWS: Final = 10_000
"""Re-assignments where the first p-value is below `MORE_BELOW`: small levels may be asked for."""
MORE_BELOW: Final = 0.02
_MOST: Final = 250_000_000
"""Draws times units of both arms: larger arms get fewer, which their flatter tails can do with."""
COUNTED: Final = 10
"""Draws beyond which a tail is counted; what lies farther out is continued as a normal tail."""
_SAME: Final = 1e-9
"""Relative difference of statistics that rounding alone can make."""
_FINE: Final = 5e-4
"""Tolerance of an interval's ends, in standard errors: a hundredth of what the draws leave open."""
_FARTHEST: Final = 20.0
"""Largest factor that a difference is taken to amount to; shapes of tails change no more beyond."""


@dataclass(frozen=True)
class PermutationContrast:
    """Two means by the studentised permutation test, inverted over the difference and the lift.

    A lift L is tested by scaling the control's values with 1 + L; then units change arms. A
    difference is tested likewise, by the lift that it amounts to (`scaling`), or by shifting the
    treated values, where a value can be negative. Where the null is true of every unit the test is
    exact at any size; where only the means agree it is right for large arms, since the statistic is
    divided by its own standard error in every re-assignment. At no difference all are one test, so
    the intervals exclude zero together.

    Both tails are judged by themselves at half of alpha: with unequal arms they differ. The draws
    follow from the values alone, so the same data give the same answer in any order of rows.

    Attributes:
        treated, control: the arms, each of at least two units.
        shared_variance: variance that the control's estimate shares with the treated one (that of
            a covariate's pooled mean times its slope): it cancels in the difference, not in a lift.
        scaling: whether values are amounts, never negative, so that effects are factors.
        draws: re-assignments; None for as many as the answer needs (`DRAWS`, `MORE_DRAWS`).

    References:
        Janssen (1997), Studentized permutation tests for non-i.i.d. hypotheses, Statistics &
        Probability Letters 36; Chung & Romano (2013), Exact and asymptotically robust permutation
        tests, Annals of Statistics 41(2); Phipson & Smyth (2010), Permutation p-values should
        never be zero, SAGMB 9(1) (counting the observed assignment among the draws).
    """

    treated: Arm
    control: Arm
    shared_variance: float = 0.0
    scaling: bool = False
    draws: int | None = None

    def __post_init__(self) -> None:
        if not (self.treated.n >= 2 and self.control.n >= 2):
            raise DataError(f"{self.treated.n} and {self.control.n} units, expected two or more")
        if not self.treated.variance + self.control.variance > 0:
            raise DataError("no variation within the arms, expected some in at least one")

    @cached_property
    def _sums(self) -> Sums:
        """The draws, made when first asked for; more of them where a small p-value needs them."""
        units = self.treated.n + self.control.n
        few, many = (max(1_000, min(k, _MOST // units)) for k in (DRAWS, MORE_DRAWS))
        found = Sums.of(self.treated, self.control, self.draws or few)
        if self.draws is None:
            null = self._of_lift(0.0)
            observed, drawn = found.observed(null), found.redrawn(null)
            if min(_tail(observed, drawn), _tail(-observed, -drawn)) < MORE_BELOW / 2:
                return Sums.of(self.treated, self.control, many)
        return found

    @cached_property
    def _unchanged(self) -> tuple[float, Array]:
        """Statistics of no difference: observed, and drawn in rising order."""
        null = self._of_lift(0.0)
        return self._sums.observed(null), np.sort(self._sums.redrawn(null))

    @property
    def value(self) -> float:
        """Estimated treated − control."""
        return self.treated.centre - self.control.centre

    @cached_property
    def p_value(self) -> float:
        """Two-sided, of no difference: twice the smaller of both tails."""
        observed, drawn = self._unchanged
        return min(1.0, 2 * min(_tail(observed, drawn), _tail(-observed, -drawn)))

    @property
    def z(self) -> float:
        """The standard normal's quantile that the p-value stands for."""
        return max(0.0, -float(ndtri(self.p_value / 2)))

    @property
    def standard_error(self) -> float:
        """Of the difference, as Welch's."""
        return sqrt(self.treated.variance + self.control.variance)

    def at(self, level: Level) -> Bounds:
        """The intervals of that level, by the permutations' own quantiles at its alpha.

        Raises:
            DataError: where so few units can be re-assigned that no difference is rejected.
        """
        excluded = self.p_value < level.alpha
        error = self.standard_error
        ends = [self._end(self._of_gap, self.value, sign * error, -inf, level) for sign in (-1, 1)]
        low, high = ends
        if low is None or high is None:
            raise DataError(
                f"no finite interval at alpha={level.alpha:g} from re-assignments of"
                f" {self.treated.n} and {self.control.n} units"
            )
        low, high = on_side(low, high, value=self.value, excluded=excluded)
        gap = Difference(
            value=self.value,
            low=low,
            high=high,
            half_width=(high - low) / 2,
            standard_error=error,
            degrees_of_freedom=None,
            critical_value=(high - low) / 2 / error,
            p_value=self.p_value,
        )
        return Bounds(gap, self._lift(level, excluded=excluded))

    def p_of_lift(self, lift: float) -> tuple[float, float]:
        """One-sided p-values of a true lift: against larger ones, and against smaller ones."""
        return self._tails(self._of_lift(lift))

    def p_of_difference(self, difference: float) -> tuple[float, float]:
        """One-sided p-values of a true difference: against larger ones, and against smaller."""
        return self._tails(self._of_gap(difference))

    def _tails(self, null: Null) -> tuple[float, float]:
        observed, drawn = self._sums.observed(null), self._sums.redrawn(null)
        return _tail(observed, drawn), _tail(-observed, -drawn)

    def _of_gap(self, difference: float) -> Null:
        """That the true difference is this."""
        one, other = self.treated, self.control
        whole = one.whole + other.whole
        before = (one.whole * (one.centre - difference) + other.whole * other.centre) / whole
        factor = 1.0
        if self.scaling:
            factor = (before + difference) / before if before > 0 else _FARTHEST
            factor = min(max(factor, 1 / _FARTHEST), _FARTHEST)
        gaps = one.centre - before - difference, factor * (other.centre - before)
        return Null((1.0, factor), gaps, weight=1 / factor)

    def _of_lift(self, lift: float) -> Null:
        """That the true lift is this."""
        one, other = self.treated, self.control
        ratio = 1 + lift if other.centre > 0 else 1 - lift
        scaled = ratio * other.centre
        common = (one.whole * one.centre + other.whole * scaled) / (one.whole + other.whole)
        return Null(
            (1.0, ratio),
            (one.centre - common, scaled - common),
            shared=(1 - ratio) ** 2 * self.shared_variance,
        )

    def _end(
        self,
        supposed: Callable[[float], Null],
        start: float,
        step: float,
        lowest: float,
        level: Level,
    ) -> float | None:
        """Where the test begins to reject, from the estimate on, a standard error being the step.

        The observed statistic changes much with what is supposed and costs nothing, the critical
        value changes little and takes all draws: the end is where one crosses the other.
        """
        sign, share = (1.0 if step < 0 else -1.0), level.alpha / 2
        limit = lowest if step < 0 else inf

        def observed(at: float) -> float:
            return sign * self._sums.observed(supposed(at))

        def critical(at: float) -> float:
            return _critical(sign * self._sums.redrawn(supposed(at)), share) * (1 + _SAME)

        first = _critical(sign * self._unchanged[1], share)
        found = crossing(observed, critical, start, step=step, first=first, near=_FINE)
        excluded, ahead = self.p_value < level.alpha, start * step < 0
        if found is not None and (found - limit) * step < 0:
            past = found * step > 0
            if not ahead or past != excluded:
                return found
        return edge(
            lambda at: critical(at) - observed(at),
            0.0 if ahead and not excluded else start,
            step=step,
            limit=limit,
            tolerance=abs(step) * _FINE,
            near=_FINE,
        )

    def _lift(self, level: Level, *, excluded: bool) -> RatioInterval:
        before = self.control.centre
        if before == 0:
            return RatioInterval(None, None, None, None)
        value = self.value / abs(before)
        if not self._apart(level):
            return RatioInterval(value, None, None, None)
        step, least = self.standard_error / abs(before), -1.0 if self.scaling else -inf
        start = max(value, least)
        below: float | None = least
        if start > least:
            below = self._end(self._of_lift, start, -step, least, level)
        above = self._end(self._of_lift, start, step, least, level)
        if below is None or above is None:
            return RatioInterval(value, None, None, None)
        low, high = on_side(below, above, value=value, excluded=excluded)
        return RatioInterval(value, min(low, value), max(high, value), None)

    def _apart(self, level: Level) -> bool:
        """Whether the control can be told from zero, without which no lift is too large."""
        if not self.control.variance > 0:
            return True
        one, other = self.treated.whole, self.control.whole
        common = other * self.control.centre / (one + other)
        gaps = -common, self.control.centre - common
        null = Null((0.0, 1.0), gaps)
        observed, drawn = self._sums.observed(null), self._sums.redrawn(null)
        sign = 1.0 if observed > 0 else -1.0
        return _critical(sign * drawn, level.alpha / 2) * (1 + _SAME) < sign * observed


def _tail(observed: float, drawn: Array) -> float:
    """Probability of a statistic at least as large, the observed one counted among the draws."""
    beyond = int((drawn >= observed * (1 - _SAME * np.sign(observed))).sum())
    if beyond >= COUNTED:
        return (beyond + 1) / (len(drawn) + 1)
    last, at = _last_counted(drawn)
    return min(float(ndtr(-at * observed / last)), COUNTED / (len(drawn) + 1))


def _critical(drawn: Array, share: float) -> float:
    """The statistic beyond which a tail has at most this share; `_tail` turned round."""
    rank = floor(share * (len(drawn) + 1))
    if rank >= COUNTED:
        return _largest(drawn, rank)
    last, at = _last_counted(drawn)
    return -float(ndtri(share)) * last / at


def _last_counted(drawn: Array) -> tuple[float, float]:
    """The `COUNTED`-th largest statistic, and the normal quantile of its probability."""
    return max(_largest(drawn, COUNTED), 1e-12), -float(ndtri(COUNTED / (len(drawn) + 1)))


def _largest(drawn: Array, rank: int) -> float:
    """The one of that rank, counted from the largest."""
    place = len(drawn) - rank
    return float(np.partition(drawn, place)[place])

"""Two means compared by re-assigning units to arms: for skewed values and unequal arms."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import floor, inf, sqrt
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np
from scipy.special import ndtr, ndtri

from assay.core.errors import DataError
from assay.stats.contrasts import Bounds
from assay.stats.fieller import RatioInterval
from assay.stats.inversion import edge, on_side
from assay.stats.means import Difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from assay.stats.level import Level

    Array = NDArray[np.float64]

DRAWS: Final = 2_000
"""Re-assignments: the error of a p-value near .05 is .005, of an interval's end 3 % of its half."""
MORE_DRAWS: Final = 10_000
"""Re-assignments where the first p-value is below `MORE_BELOW`, as small levels will be asked of."""
MORE_BELOW: Final = 0.02
COUNTED: Final = 10
"""Draws beyond which a tail is counted; what lies farther out is continued as a normal tail."""
_SAME: Final = 1e-9
"""Relative difference of statistics that rounding alone can make."""
_FINE: Final = 1e-5
"""Tolerance of an interval's ends, in standard errors."""
_FARTHEST: Final = 20.0
"""Largest factor that a difference is taken to amount to; shapes of tails change no more beyond."""
_KEPT: Final = 8
"""Sets of draws kept in memory, for arms of the same sizes."""
_AT_ONCE: Final = 4_000_000
"""Units gathered at once, and most of a set of draws that is kept: bounds the memory."""
_MOST: Final = 8_000_000
"""Units in all draws together: larger arms get fewer, which their flatter tails can do with."""


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm's estimate and its units.

    Attributes:
        centre: its mean, or ratio of sums.
        spread: units' values less the centre (times their size), which sum to zero.
        size: units' denominators, where the centre is a ratio of sums; None where all are one.
    """

    centre: float
    spread: Array
    size: Array | None = None

    @classmethod
    def of(cls, values: Array, size: Array | None = None) -> Arm:
        """From units' values, and their denominators.

        Raises:
            DataError: where the denominators sum to zero.
        """
        whole = float(len(values) if size is None else size.sum())
        if not whole:
            raise DataError("denominators sum to zero, expected some in every arm")
        centre = float(values.sum()) / whole
        spread = values - (centre if size is None else centre * size)
        return cls(centre, spread - spread.mean(), size)

    @property
    def n(self) -> int:
        """Units."""
        return len(self.spread)

    @property
    def whole(self) -> float:
        """What the values' sum was divided by."""
        return float(self.n if self.size is None else self.size.sum())

    @property
    def variance(self) -> float:
        """Of the estimate, n − 1 below; a ratio's by the delta method."""
        return float(self.spread @ self.spread) * self.n / ((self.n - 1) * self.whole**2)


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
    _sums: _Sums = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (self.treated.n >= 2 and self.control.n >= 2):
            raise DataError(f"{self.treated.n} and {self.control.n} units, expected two or more")
        if not self.treated.variance + self.control.variance > 0:
            raise DataError("no variation within the arms, expected some in at least one")
        size = min(self.treated.n, self.control.n)
        few, many = (max(1_000, min(k, _MOST // size)) for k in (DRAWS, MORE_DRAWS))
        self._draw(self.draws or few)
        if self.draws is None and min(self.p_of_lift(0.0)) < MORE_BELOW / 2:
            self._draw(many)

    def _draw(self, draws: int) -> None:
        object.__setattr__(self, "_sums", _Sums.of(self.treated, self.control, draws))

    @property
    def value(self) -> float:
        """Estimated treated − control."""
        return self.treated.centre - self.control.centre

    @cached_property
    def p_value(self) -> float:
        """Two-sided, of no difference: twice the smaller of both tails."""
        return min(1.0, 2 * min(self.p_of_lift(0.0)))

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
        observed, drawn = self._of_ratio(1 + lift if self.control.centre > 0 else 1 - lift)
        return _tail(observed, drawn), _tail(-observed, -drawn)

    def p_of_difference(self, difference: float) -> tuple[float, float]:
        """One-sided p-values of a true difference: against larger ones, and against smaller."""
        observed, drawn = self._of_gap(difference)
        return _tail(observed, drawn), _tail(-observed, -drawn)

    def _of_gap(self, difference: float) -> tuple[float, Array]:
        """Statistics of a true difference, observed and drawn."""
        one, other = self.treated, self.control
        whole = one.whole + other.whole
        before = (one.whole * (one.centre - difference) + other.whole * other.centre) / whole
        factor = 1.0
        if self.scaling:
            factor = (before + difference) / before if before > 0 else _FARTHEST
            factor = min(max(factor, 1 / _FARTHEST), _FARTHEST)
        gaps = one.centre - before - difference, factor * (other.centre - before)
        return self._sums.statistics((1.0, factor), gaps, weight=1 / factor)

    def _of_ratio(self, ratio: float) -> tuple[float, Array]:
        """Statistics of a true ratio of both means, observed and drawn."""
        one, other = self.treated, self.control
        scaled = ratio * other.centre
        common = (one.whole * one.centre + other.whole * scaled) / (one.whole + other.whole)
        return self._sums.statistics(
            (1.0, ratio),
            (one.centre - common, scaled - common),
            shared=(1 - ratio) ** 2 * self.shared_variance,
        )

    def _end(
        self,
        statistics: Callable[[float], tuple[float, Array]],
        start: float,
        step: float,
        lowest: float,
        level: Level,
    ) -> float | None:
        sign = 1.0 if step < 0 else -1.0

        def margin(at: float) -> float:
            observed, drawn = statistics(at)
            return _critical(sign * drawn, level.alpha / 2) * (1 + _SAME) - sign * observed

        limit = lowest if step < 0 else inf
        return edge(margin, start, step=2 * step, limit=limit, tolerance=abs(step) * _FINE)

    def _lift(self, level: Level, *, excluded: bool) -> RatioInterval:
        before = self.control.centre
        if before == 0:
            return RatioInterval(None, None, None, None)
        value = self.value / abs(before)
        if not self._apart(level):
            return RatioInterval(value, None, None, None)
        ratio, step = self.treated.centre / before, self.standard_error / abs(before)
        lowest = 0.0 if self.scaling else -inf
        start = max(ratio, lowest)
        below = lowest if start == lowest else None
        if below is None:
            below = self._end(self._of_ratio, start, -step, lowest, level)
        above = self._end(self._of_ratio, start, step, lowest, level)
        if below is None or above is None:
            return RatioInterval(value, None, None, None)
        turned = 1.0 if before > 0 else -1.0
        low, high = sorted((turned * (below - 1), turned * (above - 1)))
        low, high = on_side(low, high, value=value, excluded=excluded)
        return RatioInterval(value, min(low, value), max(high, value), None)

    def _apart(self, level: Level) -> bool:
        """Whether the control can be told from zero, without which no lift is too large."""
        if not self.control.variance > 0:
            return True
        one, other = self.treated.whole, self.control.whole
        common = other * self.control.centre / (one + other)
        gaps = -common, self.control.centre - common
        observed, drawn = self._sums.statistics((0.0, 1.0), gaps)
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
    """The statistic beyond which a tail's probability is at most the share; `_tail` turned round."""
    rank = floor(share * (len(drawn) + 1))
    if rank >= COUNTED:
        return float(-np.partition(-drawn, rank - 1)[rank - 1])
    last, at = _last_counted(drawn)
    return -float(ndtri(share)) * last / at


def _last_counted(drawn: Array) -> tuple[float, float]:
    """The `COUNTED`-th largest statistic, and the normal quantile of its probability."""
    last = float(-np.partition(-drawn, COUNTED - 1)[COUNTED - 1])
    return max(last, 1e-12), -float(ndtri(COUNTED / (len(drawn) + 1)))


@dataclass(frozen=True, slots=True)
class _Part:
    """One arm's share in every draw, and as a whole.

    Attributes:
        n: its units.
        whole, drawn: sums of spread, size, spread², spread · size, size²: over the arm, and of
            those of its units that each draw puts into the smaller arm.
    """

    n: int
    whole: Array
    drawn: Array

    def sums(self, scale: float, gap: float) -> tuple[Array, Array]:
        """Sums of `scale · spread + gap · size` and of its squares, in every draw."""
        x, d, xx, xd, dd = self.drawn
        return scale * x + gap * d, scale * (scale * xx + (2 * gap) * xd) + (gap * gap) * dd

    def totals(self, scale: float, gap: float) -> tuple[float, float]:
        """The same over the whole arm."""
        x, d, xx, xd, dd = self.whole.tolist()
        return scale * x + gap * d, scale * (scale * xx + (2 * gap) * xd) + (gap * gap) * dd


@dataclass(frozen=True, slots=True)
class _Sums:
    """What every draw puts into the smaller arm: numbers from which any null is tested.

    Attributes:
        few, many: the smaller arm and the larger.
        turned: whether the smaller arm is the control.
        unit: the measure of all spreads, so that squares neither vanish nor overflow.
        size: mean denominator.
    """

    few: _Part
    many: _Part
    turned: bool
    unit: float
    size: float

    @classmethod
    def of(cls, treated: Arm, control: Arm, draws: int) -> _Sums:
        """Draw, and add up."""
        turned = control.n < treated.n
        few, many = (control, treated) if turned else (treated, control)
        n, m = few.n, many.n
        size = (few.whole + many.whole) / (n + m)
        unit = sqrt(float(few.spread @ few.spread) + float(many.spread @ many.spread))
        tables = [_table(arm, unit, size) for arm in (few, many)]
        whole = np.concatenate(tables, axis=1)
        place = np.random.default_rng(crc32(whole.tobytes())).permutation(n + m)
        draw = _drawn(n, n + m, draws)
        parts = []
        for mine, table in zip((place[:n], place[n:]), tables, strict=True):
            spread = np.zeros((len(table), n + m))
            spread[:, mine] = table
            parts.append(_Part(len(mine), _five(table.sum(axis=1)), _five(_added(spread, draw))))
        return cls(few=parts[0], many=parts[1], turned=turned, unit=unit, size=size)

    def statistics(
        self,
        scales: tuple[float, float],
        gaps: tuple[float, float],
        *,
        weight: float = 1.0,
        shared: float = 0.0,
    ) -> tuple[float, Array]:
        """Welch's statistic of the data and of every draw.

        Args:
            scales: multiply the spreads of the treated and the control, before units change arms.
            gaps: by how much either arm lies above what a null says of it.
            weight: what a value is worth in the control; what that does to the mean of all is made
                up for in the draws.
            shared: variance to add to the observed statistic's own.
        """
        gap = [g * self.size / self.unit for g in gaps]
        few, many = (1, 0) if self.turned else (0, 1)
        weights = (1.0, weight)
        into, out_of = weights[few], weights[many]
        n, m = self.few.n, self.many.n
        own, own_squares = self.few.totals(scales[few], gap[few])
        rest, rest_squares = self.many.totals(scales[many], gap[many])
        left = shared * (self.size / self.unit) ** 2
        observed = _welch(
            into * own / n - out_of * rest / m,
            into**2 * max(own_squares - own * own / n, 0.0) / ((n - 1) * n)
            + out_of**2 * max(rest_squares - rest * rest / m, 0.0) / ((m - 1) * m)
            + left,
        )
        stay, stay_squares = self.few.sums(scales[few], gap[few])
        come, come_squares = self.many.sums(scales[many], gap[many])
        sums, squares = stay + come, stay_squares + come_squares
        others, other_squares = own + rest - sums, own_squares + rest_squares - squares
        here, there = sums / n, others / m
        variance = np.maximum(squares - sums * here, 0.0) * (into * into / ((n - 1) * n))
        variance += np.maximum(other_squares - others * there, 0.0) * (
            out_of * out_of / ((m - 1) * m)
        )
        common = (into - out_of) * (own + rest) / (n + m)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (into * here - out_of * there - common) / np.sqrt(variance)
        drawn = np.where(variance > 0, found, 0.0)
        return (-observed, -drawn) if self.turned else (observed, drawn)


def _welch(gap: float, variance: float) -> float:
    return gap / sqrt(variance) if variance > 0 else float(np.sign(gap)) * inf


def _table(arm: Arm, unit: float, size: float) -> Array:
    """Per unit, what is to be added up: one, spread and its square; with sizes all five."""
    order = np.argsort(arm.spread, kind="stable")
    if arm.size is not None:
        order = np.lexsort((arm.size, arm.spread))
    x = arm.spread[order] / unit
    if arm.size is None:
        return np.stack((x, np.ones(arm.n), x * x))
    d = arm.size[order] / size
    return np.stack((x, d, x * x, x * d, d * d))


def _five(sums: Array) -> Array:
    """Sums of spread, size, spread², spread · size and size², where every size is one."""
    return sums if len(sums) == 5 else sums[[0, 1, 2, 0, 1]]


def _added(table: Array, draws: NDArray[np.int32]) -> Array:
    """Rows' sums over each draw's units: rows × draws."""
    step = max(1, _AT_ONCE // draws.shape[1])
    found = np.empty((len(table), len(draws)))
    for start in range(0, len(draws), step):
        part = draws[start : start + step]
        for i, row in enumerate(table):
            found[i, start : start + step] = row[part].sum(axis=1)
    return found


def _drawn(size: int, whole: int, draws: int) -> NDArray[np.int32]:
    """Subsets of a number of places, without replacement; data are put into the places at random."""
    if size * draws <= _AT_ONCE:
        return _kept(size, whole, draws)
    return _subsets(size, whole, draws)


def _subsets(size: int, whole: int, draws: int) -> NDArray[np.int32]:
    rng = np.random.default_rng([size, whole])
    rows = np.empty((draws, size), dtype=np.int32)
    for row in rows:
        row[:] = rng.choice(whole, size, replace=False, shuffle=False)
    return rows


_kept = lru_cache(maxsize=_KEPT)(_subsets)

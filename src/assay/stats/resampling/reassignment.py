"""Units put into arms anew, many times: the sums from which every null's statistics follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf, sqrt
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

from assay.core.errors import DataError
from assay.stats.resampling.subsets import subsets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_DIGITS: Final = 6
"""Of the values from which the draws follow: what sums in another order change is below."""
_NOTHING: Final = 1e-14
"""Variance, of the largest that there can be, that rounding leaves of none."""


@dataclass(frozen=True)
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
        if size is None:
            values = np.sort(values)
        else:
            order = np.lexsort((size, values))
            values, size = values[order], size[order]
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

    @cached_property
    def whole(self) -> float:
        """What the values' sum was divided by."""
        return float(self.n if self.size is None else self.size.sum())

    @cached_property
    def squares(self) -> float:
        """Sum of the squared spreads."""
        return float(np.square(self.spread).sum())

    @property
    def variance(self) -> float:
        """Of the estimate, n − 1 below; a ratio's by the delta method."""
        return self.squares * self.n / ((self.n - 1) * self.whole**2)


@dataclass(frozen=True, slots=True)
class Null:
    """What is supposed of two arms, before their units change arms.

    Attributes:
        scales: multiply the spreads of the treated and of the control.
        gaps: by how much either arm lies above what is supposed of it.
        weight: what a value is worth in the control; what that does to the mean of all is made up
            for in the draws.
        shared: variance to add to the observed statistic's own.
    """

    scales: tuple[float, float]
    gaps: tuple[float, float]
    weight: float = 1.0
    shared: float = 0.0


@dataclass(frozen=True, slots=True)
class Sums:
    """What every draw puts into the smaller arm: numbers from which any null is tested.

    Attributes:
        few, many: units of the smaller arm and of the larger.
        own, rest: sums of spread, size, spread², spread · size, size² over the smaller arm and over
            the larger.
        drawn: of what each draw puts into the smaller arm: the same sums (without the two that
            repeat others, where every size is one) over those who were there, and over those who
            come from the larger.
        turned: whether the smaller arm is the control.
        unit: the measure of all spreads, so that squares neither vanish nor overflow.
        size: mean denominator.
    """

    few: int
    many: int
    own: tuple[float, ...]
    rest: tuple[float, ...]
    drawn: Array
    turned: bool
    unit: float
    size: float

    @classmethod
    def of(cls, treated: Arm, control: Arm, draws: int) -> Sums:
        """Draw, and add up."""
        turned = control.n < treated.n
        few, many = (control, treated) if turned else (treated, control)
        n, m = few.n, many.n
        size = (few.whole + many.whole) / (n + m)
        unit = sqrt(few.squares + many.squares)
        tables = [_table(arm, unit, size) for arm in (few, many)]
        rounded = np.round(np.concatenate([table[:, :2] for table in tables]), _DIGITS) + 0.0
        place = np.random.default_rng(crc32(rounded.tobytes())).permutation(n + m)
        columns = tables[0].shape[1]
        placed = np.zeros((n + m, 2 * columns))
        placed[place[:n], :columns] = tables[0]
        placed[place[n:], columns:] = tables[1]
        own, rest = (_five(table.sum(axis=0).tolist()) for table in tables)
        drawn = subsets(n, n + m, draws).sums(placed)
        return cls(n, m, own, rest, drawn, turned=turned, unit=unit, size=size)

    def observed(self, null: Null) -> float:
        """Welch's statistic of the data."""
        n, m = self.few, self.many
        (own, squares), (rest, rest_squares) = self._totals(null)
        into, out_of = self._weights(null)
        variance = (
            into**2 * max(squares - own * own / n, 0.0) / ((n - 1) * n)
            + out_of**2 * max(rest_squares - rest * rest / m, 0.0) / ((m - 1) * m)
            + null.shared * (self.size / self.unit) ** 2
        )
        gap = into * own / n - out_of * rest / m
        found = gap / sqrt(variance) if variance > 0 else float(np.sign(gap)) * inf
        return -found if self.turned else found

    def redrawn(self, null: Null) -> Array:
        """Welch's statistic of every draw.

        Given the null, sums and sums of squares are linear in what was added up, and the variance
        is a polynomial in both.
        """
        n, m = self.few, self.many
        (own, squares), (rest, rest_squares) = self._totals(null)
        into, out_of = self._weights(null)
        both, all_squares = own + rest, squares + rest_squares
        here, there = into * into / ((n - 1) * n), out_of * out_of / ((m - 1) * m)
        sums, variance = self._coefficients(null) @ self.drawn
        variance *= here - there
        part = sums * (-here / n - there / m)
        part += 2 * both * there / m
        part *= sums
        variance += part
        variance += there * (all_squares - both * both / m)
        sums *= into / n + out_of / m
        sums -= out_of * both / m + (into - out_of) * both / (n + m)
        least = _NOTHING * (here + there) * all_squares
        nothing = variance <= least
        if nothing.any():
            variance[nothing], sums[nothing] = 1.0, 0.0
        found: Array = sums / np.sqrt(variance)
        return -found if self.turned else found

    def _sided(self, null: Null) -> tuple[tuple[float, float], tuple[float, float]]:
        """Scale and gap of the smaller arm, and of the larger."""
        unit = self.size / self.unit
        (one, other), (gap, other_gap) = null.scales, null.gaps
        found = (one, gap * unit), (other, other_gap * unit)
        return found[::-1] if self.turned else found

    def _weights(self, null: Null) -> tuple[float, float]:
        return (null.weight, 1.0) if self.turned else (1.0, null.weight)

    def _totals(self, null: Null) -> tuple[tuple[float, float], tuple[float, float]]:
        """Both arms' sums of `scale · spread + gap · size`, and of its squares."""
        few, many = self._sided(null)
        return _total(self.own, *few), _total(self.rest, *many)

    def _coefficients(self, null: Null) -> Array:
        """What makes those two of what was added up in a draw."""
        sums: list[float] = []
        squares: list[float] = []
        for scale, gap in self._sided(null):
            cross = 2 * scale * gap
            if len(self.drawn) == 2 * len(self.own):
                sums += (scale, gap, 0.0, 0.0, 0.0)
                squares += (0.0, 0.0, scale * scale, cross, gap * gap)
            else:
                sums += (scale, gap, 0.0)
                squares += (cross, gap * gap, scale * scale)
        return np.array((sums, squares))


def _total(sums: tuple[float, ...], scale: float, gap: float) -> tuple[float, float]:
    x, d, xx, xd, dd = sums
    return scale * x + gap * d, scale * (scale * xx + 2 * gap * xd) + gap * gap * dd


def _table(arm: Arm, unit: float, size: float) -> Array:
    """Per unit, what is to be added up: spread, one, spread²; with sizes all five."""
    x = arm.spread / unit
    if arm.size is None:
        return np.column_stack((x, np.ones(arm.n), x * x))
    d = arm.size / size
    return np.column_stack((x, d, x * x, x * d, d * d))


def _five(sums: list[float]) -> tuple[float, ...]:
    """Sums of spread, size, spread², spread · size and size², where every size is one."""
    return tuple(sums) if len(sums) == 5 else (*sums, *sums[:2])

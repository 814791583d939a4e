"""Units put into arms anew, many times: the sums from which every null's statistics follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf, sqrt
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_KEPT: Final = 8
"""Sets of draws kept in memory, for arms of the same sizes."""
_AT_ONCE: Final = 4_000_000
"""Units gathered at once, and most of a set of draws that is kept: bounds the memory."""
_DIGITS: Final = 6
"""Of the values from which the draws follow: what sums in another order change is below."""


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
        order = np.argsort(values) if size is None else np.lexsort((size, values))
        values, size = values[order], None if size is None else size[order]
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
class Sums:
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
    def of(cls, treated: Arm, control: Arm, draws: int) -> Sums:
        """Draw, and add up."""
        turned = control.n < treated.n
        few, many = (control, treated) if turned else (treated, control)
        n, m = few.n, many.n
        size = (few.whole + many.whole) / (n + m)
        unit = sqrt(float(few.spread @ few.spread) + float(many.spread @ many.spread))
        tables = [_table(arm, unit, size) for arm in (few, many)]
        rounded = np.round(np.concatenate(tables, axis=1), _DIGITS) + 0.0
        place = np.random.default_rng(crc32(rounded.tobytes())).permutation(n + m)
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
    """Per unit, what is to be added up: spread, one, spread²; with sizes all five."""
    x = arm.spread / unit
    if arm.size is None:
        return np.stack((x, np.ones(arm.n), x * x))
    d = arm.size / size
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
    """Subsets of places, without replacement; data are put into the places at random."""
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

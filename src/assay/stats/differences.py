"""What a change did beyond what happened anyway: differences of ratios, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST: Final = 8
"""Units of a group from which on its spread says something."""


@dataclass(frozen=True, slots=True)
class Ratios:
    """One measure of the units of a group, one number per unit in each array.

    A ratio is the sum of numerators over the sum of denominators, never a mean of ratios. A unit
    that did nothing in a period counts 0 in both.

    Attributes:
        after, after_of: numerators and denominators since the change.
        before, before_of: those before it.
    """

    after: Floats
    after_of: Floats
    before: Floats
    before_of: Floats

    @property
    def n(self) -> int:
        """Units."""
        return self.after.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What the change did to each measure, per unit of its denominator.

    Attributes:
        values: one per measure.
        covariance: of their errors, measures × measures.
        df: degrees of freedom (Satterthwaite) of each.
        adjusted: share of the difference before that was taken off, one per measure: 1 is the
            difference of differences, 0 the plain difference.
        treated, comparison: ratios (before, after) per measure; comparison is None without one.
    """

    values: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    df: tuple[float, ...]
    adjusted: tuple[float, ...]
    treated: tuple[tuple[float | None, float], ...]
    comparison: tuple[tuple[float | None, float], ...] | None

    def standard_error(self, measure: int = 0) -> float:
        """Of one effect."""
        return sqrt(self.covariance[measure][measure])

    def interval(self, level: float, measure: int = 0) -> tuple[float, float]:
        """Student's interval of one effect."""
        from scipy.special import stdtrit  # noqa: PLC0415  with its caller alone

        reach = float(stdtrit(self.df[measure], (1 + level) / 2) * self.standard_error(measure))
        return self.values[measure] - reach, self.values[measure] + reach


def effects(
    treated: Sequence[Ratios], comparison: Sequence[Ratios] | None = None, *, random: bool = False
) -> Effects:
    """The effect of a change on ratios of sums, whose errors are those of whole units.

    With a comparison group that was not drawn at random, the change of the treated minus that of
    the others: right where both would have moved alike. With one drawn at random, the difference
    after the change, less the part of the difference before that predicts it (as CUPED does).
    Without a comparison group, the change of the treated alone: whatever else happened is in it.

    Each unit's influence is linearised (delta method), so that a unit's own times before and after
    may resemble each other.

    Args:
        treated: a measure each, of the same units in the same order.
        comparison: the same of those whom the change did not reach.
        random: whether chance alone decided who is treated.

    Raises:
        DataError: where a group has fewer than eight units, a sum of denominators is not positive,
            or a number is not finite.

    References:
        Angrist & Pischke (2009), Mostly Harmless Econometrics, chapter 5.2.
        Deng, Xu, Kohavi & Walker (2013), Improving the sensitivity of online controlled
        experiments by utilizing pre-experiment data, WSDM.
    """
    groups = [("treated", treated)] + ([("comparison", comparison)] if comparison else [])
    for name, group in groups:
        _check(name, group)
    parts = [[_influence(one) for one in group] for _, group in groups]
    values, slopes, told = [], [], []
    residuals: list[list[Floats]] = [[] for _ in groups]
    for measure in range(len(treated)):
        mine = [part[measure] for part in parts]
        slope = _slope([(one.late, one.early) for one in mine]) if random and comparison else 1.0
        if any(one.before is None for one in mine):
            if not comparison:
                raise DataError("nothing was measured before the change, and nobody compares")
            slope = 0.0
        value = 0.0
        for sign, one, kept in zip((1, -1), mine, residuals, strict=False):
            value += sign * (one.after - slope * (one.before or 0.0))
            kept.append(one.late - slope * one.early)
        values.append(value)
        slopes.append(slope)
        told.append([(one.before, one.after) for one in mine])
    spread = [_covariance(kept) for kept in residuals]
    whole = np.sum(spread, axis=0)
    df = [
        whole[i, i] ** 2
        / sum(
            one[i, i] ** 2 / (group[0].n - 1)
            for one, (_, group) in zip(spread, groups, strict=True)
        )
        if whole[i, i] > 0
        else float(sum(group[0].n - 1 for _, group in groups))
        for i in range(len(values))
    ]
    return Effects(
        values=tuple(values),
        covariance=tuple(tuple(float(v) for v in row) for row in whole),
        df=tuple(float(v) for v in df),
        adjusted=tuple(slopes),
        treated=tuple(one[0] for one in told),
        comparison=tuple(one[1] for one in told) if comparison else None,
    )


@dataclass(frozen=True, slots=True)
class _Influence:
    after: float
    before: float | None
    late: Floats
    early: Floats


def _influence(one: Ratios) -> _Influence:
    after, late = _linear(one.after, one.after_of)
    if not one.before_of.sum() > 0:
        return _Influence(after, None, late, np.zeros_like(late))
    before, early = _linear(one.before, one.before_of)
    return _Influence(after, before, late, early)


def _linear(numerator: Floats, denominator: Floats) -> tuple[float, Floats]:
    ratio = float(numerator.sum() / denominator.sum())
    found: Floats = (numerator - ratio * denominator) / denominator.mean()
    return ratio, found


def _slope(pairs: Sequence[tuple[Floats, Floats]]) -> float:
    """The part of the earlier deviation that predicts the later one, within groups."""
    product = sum(float((late - late.mean()) @ (early - early.mean())) for late, early in pairs)
    square = sum(float((early - early.mean()) @ (early - early.mean())) for _, early in pairs)
    return product / square if square > 0 else 0.0


def _covariance(kept: Sequence[Floats]) -> Floats:
    rows = np.stack(kept)
    rows -= rows.mean(axis=1, keepdims=True)
    n = rows.shape[1]
    found: Floats = rows @ rows.T / (n * (n - 1))
    return found


def _check(name: str, group: Sequence[Ratios]) -> None:
    for one in group:
        if one.n < FEWEST:
            raise DataError(f"{name} group: {one.n} units, expected {FEWEST} or more")
        arrays = (one.after, one.after_of, one.before, one.before_of)
        if not all(np.isfinite(values).all() for values in arrays):
            raise DataError(f"{name} group: a value is not finite")
        if not one.after_of.sum() > 0:
            raise DataError(f"{name} group: nothing was measured after the change")

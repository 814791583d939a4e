"""Ratios of sums over random groups of units, with intervals that skewed units do not fool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from assay.core.errors import DataError

if TYPE_CHECKING:
    Floats = NDArray[np.float64]

FEWEST: Final = 20
"""Groups from which a ratio has an interval: below, it covers too seldom where units are skewed."""


@dataclass(frozen=True, slots=True, eq=False)
class Ratios:
    """Ratios of many tables at once; what cannot be had is NaN.

    Attributes:
        value: sum over sum.
        low, high: ends; NaN where there are too few groups, or one group holds all of a sum.
        groups: that hold anything at all.
        df: degrees of freedom of the interval; few where few units decide.
    """

    value: Floats
    low: Floats
    high: Floats
    groups: NDArray[np.int64]
    df: Floats


def ratios_of_sums(
    top: Floats,
    bottom: Floats,
    *,
    held: NDArray[np.bool_] | None = None,
    level: float = 0.95,
    fewest: int = FEWEST,
) -> Ratios:
    """Each row's `sum(top) / sum(bottom)` with an interval from leaving out one group at a time.

    Units are independent, rows of one unit are not; so whole units are put into groups at random
    (or each is a group), and the spread of the ratio is the jackknife's over groups. The interval
    is taken on the scale of logarithms, as money is skewed, by a quantile of t whose degrees of
    freedom fall with the kurtosis of the groups' shares in the spread: where two customers decide,
    there are two rather than a thousand.

    In simulations of 2,000 data sets, 95 % intervals covered in .94 to .96 of them for users whose
    activity is gamma- or Pareto-distributed (100 users and more) and in .93 to .95 for log-normal
    ones (standard deviation 1.2 of the logarithm). It is .87 to .91 where, beside that, the price
    of what users ask differs by a standard deviation of 1.5: data that lack the dearest users
    cannot know of them.

    Args:
        top: numerators, one row per ratio, one column per group of units; not negative.
        bottom: denominators, alike.
        held: groups that hold anything; those that do not are no groups. None: all.
        level: of the intervals.
        fewest: groups, below which there is no interval.

    References:
        Wolter (2007), Introduction to Variance Estimation, 2nd ed., ch. 2 (random groups), 4.2
        (jackknife); Satterthwaite (1946), Biometrics Bulletin 2(6), pp. 110-114, with the variance
        of a variance from its fourth moment.
    """
    _check(top, bottom)
    there = np.ones(top.shape, dtype=np.bool_) if held is None else held
    groups = there.sum(axis=1)
    tops, bottoms = top.sum(axis=1, keepdims=True), bottom.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = tops / bottoms
        left = np.where(there, (tops - top) / (bottoms - bottom), 0.0)
        middle = left.sum(axis=1, keepdims=True) / groups[:, None]
        off = np.where(there, left - middle, 0.0)
        squares = (off**2).sum(axis=1)
        error = np.sqrt((groups - 1) / groups * squares)
        kurtosis = groups * (off**4).sum(axis=1) / squares**2
        df = np.clip(2 * groups / np.maximum(kurtosis - 1, 1e-9), 1.0, np.maximum(groups - 1, 1))
        df = np.where(squares > 0, df, np.maximum(groups - 1.0, 1.0))
        ratio = value[:, 0]
        reach = np.exp(-stdtrit(df, (1 - level) / 2) * error / ratio)
        known = (groups >= fewest) & (ratio > 0) & np.isfinite(reach)
    return Ratios(
        value=np.where(np.isfinite(ratio), ratio, np.nan),
        low=np.where(known, ratio / reach, np.nan),
        high=np.where(known, ratio * reach, np.nan),
        groups=groups.astype(np.int64),
        df=np.where(known, df, np.nan),
    )


def _check(top: Floats, bottom: Floats) -> None:
    if top.shape != bottom.shape or top.ndim != 2:
        raise DataError(f"sums of shapes {top.shape} and {bottom.shape}, expected two alike tables")
    for name, sums in (("numerators", top), ("denominators", bottom)):
        if sums.size and not 0 <= sums.min() <= sums.max() < np.inf:
            raise DataError(f"{name} from {sums.min()} to {sums.max()}, expected finite, from 0 on")

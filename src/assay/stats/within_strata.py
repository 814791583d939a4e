"""A difference of two sides among rows of the same kind, where rows of one person are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StratifiedDifference:
    """Mean of the one side less that of the other, strata held fixed.

    Attributes:
        value: mean over strata of the difference, weighted by what both sides have in common there
            (n₀ n₁ / (n₀ + n₁)); `base` and `other` are the sides' means by the same weights.
        error: standard error, rows of one cluster being alike.
        clusters: with a row in a stratum that both sides have; `of_base`, `of_other`: on each side.
        strata: that both sides have.
        shared: share of rows that are in such strata.
    """

    value: float
    base: float
    other: float
    error: float
    clusters: int
    of_base: int
    of_other: int
    rows: int
    strata: int
    shared: float

    def interval(self, alpha: float) -> tuple[float, float]:
        """Student's, with one degree of freedom less than there are clusters."""
        reach = -float(stdtrit(self.clusters - 1, alpha / 2)) * self.error
        return self.value - reach, self.value + reach

    @property
    def p(self) -> float:
        """Of no difference; 1 where nothing varies and nothing differs."""
        if not self.error > 0:
            return 1.0 if self.value == 0 else 0.0
        return float(2 * stdtr(self.clusters - 1, -abs(self.value) / self.error))


def within_strata(
    sums: ArrayLike,
    counts: ArrayLike,
    side: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
) -> StratifiedDifference:
    """The difference from sums of groups of rows; a group is of one cluster, stratum and side.

    It is the coefficient of the side in a regression on the side and one constant per stratum, with
    errors that allow for rows of one cluster being alike (CR1 without the factor for coefficients).
    Rows in strata that only one side has tell nothing, and are left out.

    Args:
        sums: of the values in each group.
        counts: values in each group; groups without one tell nothing.
        side: 1 for the side whose mean comes first, 0 for the other.
        strata: whole numbers, of each group.
        clusters: whole numbers, of each group; a cluster may be in many strata and on both sides.

    Raises:
        DataError: where no stratum has both sides, or all of it comes from one cluster.

    References:
        Liang & Zeger (1986), Biometrika 73; Cameron & Miller (2015), Journal of Human Resources
        50, section II.
    """
    y, n = (np.asarray(x, float) for x in (sums, counts))
    d = np.asarray(side, float)
    place = np.unique(np.asarray(strata), return_inverse=True)[1]
    whole = np.bincount(place, n).astype(np.float64)
    ones = np.bincount(place, n * d, minlength=len(whole)).astype(np.float64)
    both = (ones > 0) & (ones < whole)
    kept = both[place] & (n > 0)
    if not kept.any():
        raise DataError("no stratum has rows of both sides", remedy="take coarser strata")
    total = float(n.sum())
    y, n, d, place = y[kept], n[kept], d[kept], place[kept]
    cluster = np.unique(np.asarray(clusters)[kept], return_inverse=True)[1]
    many = int(cluster.max()) + 1
    if many < 2:
        raise DataError("all rows of strata with both sides come from one cluster")
    level = np.divide(np.bincount(place, y, len(whole)), whole, where=whole > 0, out=whole * 0.0)
    part = np.divide(ones, whole, where=whole > 0, out=whole * 0.0)
    off = d - part[place]
    weight = float((n * off**2).sum())
    value = float((off * (y - n * level[place])).sum()) / weight
    score = off * (y - n * level[place] - value * n * off)
    squares = float((np.bincount(cluster, score) ** 2).sum())
    return StratifiedDifference(
        value=value,
        base=_mean(y, n, 1 - d, place, ones, whole),
        other=_mean(y, n, d, place, ones, whole),
        error=float(np.sqrt(squares * many / (many - 1))) / weight,
        clusters=many,
        of_base=int(np.unique(cluster[d == 0]).size),
        of_other=int(np.unique(cluster[d == 1]).size),
        rows=int(n.sum()),
        strata=int(both.sum()),
        shared=float(n.sum()) / total,
    )


def _mean(  # noqa: PLR0913, PLR0917  private: groups of one side, and what strata weigh
    y: Array, n: Array, taken: Array, place: NDArray[np.intp], ones: Array, whole: Array
) -> float:
    """Of one side, strata weighted by what both sides have in common."""
    used = np.unique(place)
    sums = np.bincount(place, y * taken, len(whole))[used]
    counts = np.bincount(place, n * taken, len(whole))[used]
    common = ones[used] * (whole - ones)[used] / whole[used]
    return float((common * sums / counts).sum() / common.sum())

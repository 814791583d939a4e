"""One column against many over the rows that each pair shares: means, and costs per success."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import bdtr, stdtr

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

_FLAT: Final = 1e-24
"""Variance over the squared size of what varies, from which down it is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the base shares with each of the others; one entry per other.

    Attributes:
        items: rows in which both have a value; `clusters`: groups of rows that hold any of them.
    """

    items: Places
    clusters: Places


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedMeans(Shared):
    """Means over shared rows; the difference is other − base, its variance between clusters.

    Attributes:
        of_base, with_base: variance of the base's mean, its covariance with the difference.
        p: of no difference, two-sided by Student's t; NaN with fewer than two clusters.
    """

    other: Floats
    base: Floats
    variance: Floats
    of_base: Floats
    with_base: Floats
    p: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedRatios(Shared):
    """Cost per success of the base and of each other, over shared rows.

    With mean costs C, c and success rates S, s of other and base, the ratios C/S and c/s are equal
    exactly where `gap = C·s − c·S` is zero, which needs no division: that is what is tested. Their
    ratio less one is `gap / (c·S)`, their difference `gap / (S·s)`.

    Attributes:
        other_cost, other_rate, base_cost, base_rate: means over shared rows.
        other_wins, base_wins: shared rows with any success.
        gap, variance: and its variance between clusters.
        of_base, with_base: variance of `c·S`, its covariance with the gap.
        of_rates, with_rates: the same of `S·s`.
        p: of equal costs per success, two-sided by Student's t.
    """

    other_cost: Floats
    other_rate: Floats
    base_cost: Floats
    base_rate: Floats
    other_wins: Places
    base_wins: Places
    gap: Floats
    variance: Floats
    of_base: Floats
    with_base: Floats
    of_rates: Floats
    with_rates: Floats
    p: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedCells(Shared):
    """Rows by what became of them in each other and in the base, and McNemar's mid-p."""

    both: Places
    other: Places
    base: Places
    neither: Places
    p: Floats


def paired_means(base: Floats, others: Floats, starts: Places) -> PairedMeans:
    """A column of values against each of the others (columns); NaN where there is no value.

    Args:
        base: value per row.
        others: rows by columns.
        starts: rows at which clusters begin; one per row where rows stand for themselves.
    """
    mine = base[:, None]
    mask, n, clusters = _shared(mine, others, starts)
    here, there = _mean(others, mask, n), _mean(mine, mask, n)
    of_other = np.where(mask, others - here, 0.0)
    of_base = np.where(mask, mine - there, 0.0)
    gap, level = _sums(of_other - of_base, starts), _sums(of_base, starts)
    size = np.maximum(np.abs(here), np.abs(there))
    variance = _above(_product(gap, gap, n, clusters), size)
    return PairedMeans(
        items=n,
        clusters=clusters,
        other=here,
        base=there,
        variance=variance,
        of_base=_product(level, level, n, clusters),
        with_base=_product(gap, level, n, clusters),
        p=_p_values(here - there, variance, clusters, size),
    )


def paired_ratios(
    base: tuple[Floats, Floats], others: tuple[Floats, Floats], starts: Places
) -> PairedRatios:
    """Cost per success of a column against each of the others; NaN where a row was not tried.

    Args:
        base: cost and success per row.
        others: the same, rows by columns.
        starts: as in `paired_means`.
    """
    cost, win = base[0][:, None], base[1][:, None]
    costs, wins = others
    mask, n, clusters = _shared(cost + win, costs + wins, starts)
    c, s, big_c, big_s = (_mean(values, mask, n) for values in (cost, win, costs, wins))
    d_cost, d_win, d_costs, d_wins = (
        np.where(mask, values - mean, 0.0)
        for values, mean in ((cost, c), (win, s), (costs, big_c), (wins, big_s))
    )
    left, right = d_costs * s + big_c * d_win, d_cost * big_s + c * d_wins
    gap, level = _sums(left - right, starts), _sums(right, starts)
    rates = _sums(d_wins * s + big_s * d_win, starts)
    value, size = big_c * s - c * big_s, np.maximum(big_c * s, c * big_s)
    variance = _above(_product(gap, gap, n, clusters), size)
    return PairedRatios(
        items=n,
        clusters=clusters,
        other_cost=big_c,
        other_rate=big_s,
        base_cost=c,
        base_rate=s,
        other_wins=(mask & (wins > 0)).sum(axis=0),
        base_wins=(mask & (win > 0)).sum(axis=0),
        gap=value,
        variance=variance,
        of_base=_product(level, level, n, clusters),
        with_base=_product(gap, level, n, clusters),
        of_rates=_product(rates, rates, n, clusters),
        with_rates=_product(gap, rates, n, clusters),
        p=_p_values(value, variance, clusters, size),
    )


def paired_cells(base: Floats, others: Floats) -> PairedCells:
    """A column of zeros and ones against each of the others; rows stand for themselves.

    Raises:
        DataError: where a value is neither 0, nor 1, nor missing.

    References:
        Fagerland, Lydersen & Laake (2013), BMC Medical Research Methodology 13:91, eq. 6.
    """
    mine = base[:, None]
    n = (~np.isnan(mine) & ~np.isnan(others)).sum(axis=0)
    both = ((mine == 1) & (others == 1)).sum(axis=0)
    more = ((mine == 0) & (others == 1)).sum(axis=0)
    less = ((mine == 1) & (others == 0)).sum(axis=0)
    neither = ((mine == 0) & (others == 0)).sum(axis=0)
    if not np.array_equal(both + more + less + neither, n):
        raise DataError("successes other than 0 and 1, expected zeros and ones")
    few, m = np.minimum(more, less), more + less
    upto = bdtr(few.astype(float), m, 0.5)
    below = np.where(few > 0, bdtr(np.maximum(few - 1, 0).astype(float), m, 0.5), 0.0)
    p = np.where(more == less, 1.0, np.minimum(below + upto, 1.0))
    return PairedCells(
        items=n,
        clusters=n,
        both=both,
        other=more,
        base=less,
        neither=neither,
        p=np.where(n > 0, p, np.nan),
    )


def _shared(
    one: Floats, others: Floats, starts: Places
) -> tuple[NDArray[np.bool_], Places, Places]:
    mask = ~np.isnan(one) & ~np.isnan(others)
    return mask, mask.sum(axis=0), (_sums(mask.astype(float), starts) > 0).sum(axis=0)


def _sums(rows: Floats, starts: Places) -> Floats:
    if len(starts) == len(rows):
        return rows
    found: Floats = np.add.reduceat(rows, starts, axis=0)
    return found


def _mean(values: Floats, mask: NDArray[np.bool_], n: Places) -> Floats:
    total = np.where(mask, values, 0.0).sum(axis=0)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def _product(one: Floats, other: Floats, n: Places, clusters: Places) -> Floats:
    """Covariance of two means from the sums of their centred rows over clusters."""
    spare = clusters / np.maximum(clusters - 1, 1)
    found = spare * (one * other).sum(axis=0) / np.maximum(n, 1) ** 2
    return np.where(clusters > 1, found, np.nan)


def _above(variance: Floats, size: Floats) -> Floats:
    """The variance; zero where it is nothing but rounding."""
    return np.where(variance > _FLAT * size * size, variance, 0.0)


def _p_values(value: Floats, variance: Floats, clusters: Places, size: Floats) -> Floats:
    """Student's; where nothing varies the sign test's, since all clusters agree."""
    freedom = np.maximum(clusters - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(freedom, -np.abs(value) / np.sqrt(variance))
    agreed = np.where(np.abs(value) > 1e-12 * size, 0.5 ** (clusters - 1.0), 1.0)
    return np.where(clusters > 1, np.where(variance > 0, np.minimum(p, 1.0), agreed), np.nan)

"""Differences and ratios of one pair with their ends, at the level that its family asks for."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from assay.core.finding import Estimate
from assay.stats.comparisons.paired_rates import PairedCounts, PairedRateContrast
from assay.stats.contrasts import NormalContrast
from assay.stats.cost_per_success import cost_per_success
from assay.stats.fieller import fieller
from assay.stats.level import Level
from assay.stats.means import Gap
from assay.stats.unequal_ends import score_rate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.stats.comparisons.many_pairs import PairedCells, PairedMeans, PairedRatios
    from assay.stats.fieller import RatioInterval

    Floats = NDArray[np.float64]

Interval = tuple[Estimate, Estimate | None]
"""A difference, and the ratio that goes with it."""


def of_means(found: PairedMeans, k: int, *, alpha: float) -> Interval:
    """Student's interval of the difference, Fieller's of the ratio."""
    value, base = float(found.other[k] - found.base[k]), float(found.base[k])
    if not found.variance[k] > 0:
        exact = Estimate(value=value, low=value, high=value)
        share = value / base if base else None
        return exact, None if share is None else _shifted(share, share, share)
    gap = Gap(value, float(found.variance[k]), float(found.clusters[k] - 1))
    bounds = NormalContrast(
        gap=gap,
        control=base,
        control_variance=float(found.of_base[k]),
        covariance=float(found.with_base[k]),
    ).at(Level(alpha))
    difference = bounds.difference
    return Estimate(value=value, low=difference.low, high=difference.high), _ratio(bounds.lift)


def of_cells(found: PairedCells, k: int, *, alpha: float) -> Interval:
    """Tango's interval of the difference, Tang's of the ratio."""
    counts = PairedCounts(
        both=int(found.both[k]),
        treated=int(found.other[k]),
        control=int(found.base[k]),
        neither=int(found.neither[k]),
    )
    if not counts.discordant:  # Tango's ends have this closed form then
        end = score_rate(0.0, n=counts.n, critical=Level(alpha).bound)[2]
        one = _shifted(0.0, None, None) if counts.both else None
        return Estimate(value=0.0, low=-end, high=end), one
    bounds = PairedRateContrast(counts).at(Level(alpha))
    difference = bounds.difference
    return (
        Estimate(value=difference.value, low=difference.low, high=difference.high),
        _ratio(bounds.lift),
    )


def of_ratios(found: PairedRatios, k: int, *, alpha: float) -> Interval:
    """Both by Fieller from the one gap that is tested, so that they agree with its test.

    Ends are missing where the rates cannot be told from zero at that level.
    """
    gap, base = float(found.gap[k]), float(found.base_cost[k] * found.other_rate[k])
    rates = float(found.other_rate[k] * found.base_rate[k])
    if not found.variance[k] > 0:
        return _exact(gap / rates), _shifted(gap / base, gap / base, gap / base) if base else None
    at = Gap(gap, float(found.variance[k]), float(found.clusters[k] - 1)).at(Level(alpha))
    difference = fieller(
        gap,
        rates,
        half_width=at.half_width,
        variance=float(found.of_rates[k]),
        covariance=float(found.with_rates[k]),
        critical_value=at.critical_value,
    )
    lift = fieller(
        gap,
        base,
        half_width=at.half_width,
        variance=float(found.of_base[k]),
        covariance=float(found.with_base[k]),
        critical_value=at.critical_value,
    )
    return Estimate(value=gap / rates, low=difference.low, high=difference.high), _ratio(lift)


def least_ratio(
    unresolved: tuple[Floats, Floats], resolved: tuple[Floats, Floats], *, alpha: float
) -> float:
    """How many times as dear per success a side without any success is at least.

    The lower end of one over the upper end of the other, each erring in half of alpha.

    Args:
        unresolved: cost and success per shared row of the side where nothing succeeded.
        resolved: the same of the other side.
        alpha: two-sided; one of the sides is used.
    """
    ones = unresolved[0] * 0 + 1
    dear = cost_per_success(ones, *unresolved, alpha=alpha / 2)
    cheap = cost_per_success(ones, *resolved, alpha=alpha / 2)
    return dear.low / cheap.high if isfinite(cheap.high) and cheap.high > 0 else 0.0


def _exact(value: float) -> Estimate:
    return Estimate(value=value, low=value, high=value)


def _ratio(lift: RatioInterval) -> Estimate | None:
    return None if lift.value is None else _shifted(lift.value, lift.low, lift.high)


def _shifted(value: float, low: float | None, high: float | None) -> Estimate:
    """A lift as a ratio, which is never below zero."""
    return Estimate(
        value=1 + value,
        low=None if low is None else max(1 + low, 0.0),
        high=None if high is None else 1 + high,
    )

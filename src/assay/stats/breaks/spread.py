"""Where the spread of a series changed, once its breaks of level and slope are taken off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.stats.breaks.measure import Whereabouts, innovations, measure, whereabouts
from assay.stats.breaks.search import Search, best_partition

if TYPE_CHECKING:
    from assay.stats.breaks.measure import Measured
    from assay.stats.breaks.sums import Points

_SHORTEST: Final = 10
_LEAST: Final = 40
_CORRELATION: Final = 0.3
"""Of the sizes of neighbouring errors: where there is none it costs little, and spells of large
errors are then not called changes."""
_DEARER: Final = 2.0
"""Added to the price of a change of spread, in units of log n: errors of real series swell and ebb,
and few of these changes are anybody's concern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadBreak:
    """A change of the standard deviation: its place, both, and the interval of the ratio."""

    at: int
    where: Whereabouts
    before: float
    after: float
    ratio_low: float
    ratio_high: float


def spread_breaks(
    points: Points, measured: Measured, *, extra: float, level: float
) -> list[SpreadBreak]:
    """Changes of the spread of what segments, and the point before, leave unexplained.

    The roots of absolute errors are nearly normal, with a mean that goes with their spread, so that
    a change of spread is a jump of that mean; outliers weigh little in it. None was found in 840
    simulated series of even noise (60 to 365 points, correlation 0 and .6, normal and t of 3
    degrees); a doubling in the middle of 365 points is found in .42, of 120 points hardly ever, a
    trebling of 120 points in .25 (60 series each).

    References:
        Hawkins (1981), A CUSUM for a scale parameter, J. Quality Technology 13 (the root).
    """
    n = points.value.size
    if n < _LEAST:
        return []
    error = innovations(points, measured)
    root = np.sqrt(np.abs(error))
    scale = float(root.std())
    if not scale > 0:
        return []
    looked = replace(points, value=(root - root.mean()) / scale, weight=np.ones(n))
    search = Search(
        shortest=_SHORTEST,
        extra=extra + _DEARER * log(n),
        shapes=(False,),
        correlations=(_CORRELATION,),
    )
    partition = best_partition(looked, search)
    if not partition.places:
        return []
    found = measure(looked, partition, search)
    edges = (0, *found.found.places, n)
    said = []
    for j, at in enumerate(found.found.places):
        parts = error[edges[j] : at], error[at : edges[j + 2]]
        before, after = (sqrt(float(np.mean(part**2))) for part in parts)
        if not (before > 0 and after > 0):
            continue
        peaked = [max(2.0, float(np.mean(e**4) / np.mean(e**2) ** 2) - 1) for e in parts]
        error_of_log = sqrt(sum(p / e.size for p, e in zip(peaked, parts, strict=True)) / 4)
        away = exp(-float(ndtri((1 - level) / 2)) * error_of_log)
        unwhitened = sqrt(1 - measured.lines.rho**2)
        said.append(
            SpreadBreak(
                at=at,
                where=whereabouts(found, j),
                before=before / unwhitened,
                after=after / unwhitened,
                ratio_low=after / before / away,
                ratio_high=after / before * away,
            )
        )
    return said

"""Where the spread of a series changed, once its breaks of level and slope are taken off."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.stats.breaks.measure import Whereabouts, innovations, measure, whereabouts
from assay.stats.breaks.places import LONG
from assay.stats.breaks.search import FINEST, Search, best_partition, price_of
from assay.stats.breaks.sums import Points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.breaks.measure import Measured

    Floats = NDArray[np.float64]

_SHORTEST: Final = 10
_LEAST: Final = 40
_COARSE: Final = 600
"""Blocks into which a long series is divided, at most: means of their errors are compared."""
_CORRELATIONS: Final = (0.0, 0.3)
"""Of the sizes of neighbouring errors: short spells of large errors are then rarely changes."""
_PRICE: Final = 8.0
_PER_LOG: Final = 0.5
"""Of a change of spread, in units of twice the log likelihood, and what each log n adds to it."""


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
    a change of spread is a jump of that mean; outliers weigh little in it.

    Simulated (60, 120 and 365 points, correlation 0, .3 and .6, normal errors and t of 5 degrees,
    200 series each, one series at level .95): of even noise .015 to .055 are called changed, .031
    in the mean. A doubling in the middle is found in .31 to .42, .57 to .74 and .97 to .99, and a
    trebling, of normal errors, in .81 to .88, .94 to .98 and all, by length; 95 % intervals hold
    the date in .90 to .98 and the ratio in .95 to .98. Errors that swell and ebb by themselves are
    called changed oftener: those of an ARCH(1) of .3 in .06 of 120 points and .16 of 365; those of
    a GARCH of .1 and .85, whose spread does wander, in .25 and .75.

    References:
        Hawkins (1981), A CUSUM for a scale parameter, J. Quality Technology 13 (the root).
    """
    n = points.value.size
    if n < _LEAST:
        return []
    error = innovations(points, measured)
    root = np.sqrt(np.abs(error))
    scale = float(root.std())
    if not scale > 0 or float(np.abs(error).mean()) < FINEST:
        return []
    block = -(-n // _COARSE) if n > LONG else 1
    looked = _in_blocks((root - root.mean()) / scale, points, block)
    search = Search(
        shortest=_SHORTEST,
        extra=_extra(looked.value.size, extra),
        shapes=(False,),
        correlations=_CORRELATIONS,
    )
    partition = best_partition(looked, search)
    if not partition.places:
        return []
    found = measure(looked, partition, search)
    places = [block * place for place in found.found.places]
    edges = (0, *places, n)
    said = []
    for j, at in enumerate(places):
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
                where=_in_points(whereabouts(found, j), block),
                before=before / unwhitened,
                after=after / unwhitened,
                ratio_low=after / before / away,
                ratio_high=after / before * away,
            )
        )
    return said


def _in_blocks(root: Floats, points: Points, block: int) -> Points:
    """Means of so many points each; the last few of a series may be left out."""
    m = root.size // block
    mean = root[: m * block].reshape(m, block).mean(axis=1) if block > 1 else root
    return Points(
        value=mean,
        time=points.time[: m * block : block] / block,
        weight=np.ones(m),
        half=points.half,
    )


def _in_points(where: Whereabouts, block: int) -> Whereabouts:
    """How likely each point is, from blocks: a break may lie in either of those beside a place."""
    spaced = np.zeros((where.share.size - 1) * block + 1)
    spaced[::block] = where.share
    width = 2 * block - 1
    share = np.convolve(spaced, np.full(width, 1 / width))
    first = block * int(where.places[0]) - block + 1
    return Whereabouts(
        places=first + np.arange(share.size), share=share, confidence=where.confidence
    )


def _extra(n: int, extra: float) -> float:
    """What makes the usual price of one break that of a change of spread."""
    usual = price_of(1, n, sloped=False, extra=0.0)
    wanted = _PRICE + _PER_LOG * log(n) + extra
    return (wanted - usual) / (price_of(1, n, sloped=False, extra=1.0) - usual)

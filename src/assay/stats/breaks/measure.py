"""How large each break is, when it was, and how sure that is, given the partition.

Errors are those of generalised least squares under the correlation that the residuals show, so
they grow with it. Places have the posterior that a flat prior gives them between the neighbouring
breaks, with the error variance integrated out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from assay.stats.breaks.places import LONG
from assay.stats.breaks.search import Partition, around, price_of, settle
from assay.stats.breaks.sums import CONSTANT, Sums, held, products, running_sums

if TYPE_CHECKING:
    from assay.stats.breaks.search import Search
    from assay.stats.breaks.sums import Points

    Floats = NDArray[np.float64]

POWER: Final = 0.8
"""Share of changes of the smallest visible size that would be found."""
_HIGHEST: Final = 0.97
_STEEP: Final = 1e-9
_FINE, _COARSE, _TRIED = 0.01, 1000.0, 500
"""Jumps that are tried for the smallest that shows, in standard deviations of an innovation."""
_HARDLY: Final = 0.1
"""Places that together have less than this share of what an interval leaves out are no part of it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The fitted segments: `at` in the middle of time, slopes per step, and their covariances.

    Attributes:
        edges: places of the segments' ends.
        variance: of an innovation.
        freedom: degrees of freedom of that variance.
    """

    edges: tuple[int, ...]
    centre: float
    at: Floats
    slope: Floats
    covariance: Floats
    variance: float
    freedom: float
    rho: float

    def value(self, segment: int, time: float) -> tuple[float, float]:
        """The line of a segment at a time, and its variance."""
        off = np.array([1.0, time - self.centre])
        fitted = float(self.at[segment] + self.slope[segment] * off[1])
        return fitted, float(off @ self.covariance[segment] @ off)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number before and after a break, and the difference with its interval."""

    before: float
    after: float
    size: float
    low: float
    high: float

    @property
    def sureness(self) -> float:
        """The size in units of its interval's width."""
        width = self.high - self.low
        return abs(self.size) / width if width > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The breaks at their final places, under the correlation that the residuals show."""

    found: Partition
    lines: Lines
    sums: Sums
    shortest: int


def measure(points: Points, found: Partition, search: Search) -> Measured:
    """Each segment's constant or line, breaks moved to their best places."""
    n = points.value.size
    if n > LONG:
        lines = _drawn(points, found)
    else:
        sums = running_sums(points, found.rho, sloped=found.sloped)
        found = settle(sums, found, search)
        lines = _lines(sums, found, n)
    rho = _correlation(points, lines, parameters=(1 + found.sloped) * (len(found.places) + 1))
    sums = running_sums(points, rho, sloped=found.sloped)
    found = settle(sums, found, search)
    return Measured(
        found=found,
        lines=_lines(sums, found, n),
        sums=sums,
        shortest=search.shortest + found.sloped,
    )


def residuals(points: Points, lines: Lines) -> Floats:
    """What the segments leave of each point."""
    segment = np.repeat(np.arange(len(lines.edges) - 1), np.diff(lines.edges))
    return points.value - lines.at[segment] - lines.slope[segment] * (points.time - lines.centre)


def innovations(points: Points, measured: Measured) -> Floats:
    """What the segments and the point before leave of each point, in equal units."""
    left, sums = residuals(points, measured.lines), measured.sums
    behind = np.concatenate(([0.0], left[:-1]))
    found: Floats = (left - sums.kept * behind) * sums.root
    return found


def jump(lines: Lines, time: float, j: int, level: float) -> Estimate:
    """The change of the value at a break, both segments carried to it."""
    before, one = lines.value(j, time)
    after, other = lines.value(j + 1, time)
    return _difference(before, after, one + other, lines.freedom, level)


def bend(lines: Lines, j: int, level: float) -> Estimate:
    """The change of the slope at a break."""
    variance = float(lines.covariance[j, 1, 1] + lines.covariance[j + 1, 1, 1])
    return _difference(
        float(lines.slope[j]), float(lines.slope[j + 1]), variance, lines.freedom, level
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """How likely each place of a break is, and how likely there is one at all."""

    places: NDArray[np.intp]
    share: NDArray[np.float64]
    confidence: float

    def interval(self, level: float) -> tuple[int, int]:
        """The first and last of the likeliest places that together have this probability."""
        likely = np.flatnonzero(self.share > _HARDLY * (1 - level) / self.share.size)
        order = likely[np.argsort(-self.share[likely])]
        enough = 1 + int(np.searchsorted(np.cumsum(self.share[order]), level))
        kept = self.places[order[:enough]]
        return int(kept.min()), int(kept.max())


def whereabouts(measured: Measured, j: int) -> Whereabouts:
    """The posterior of the j-th break's place between its neighbours.

    No break is held against one at every place alike, with even odds beforehand and a prior on its
    size that is worth one observation.

    References:
        Kass & Wasserman (1995), A reference Bayesian test for nested hypotheses and its
        relationship to the Schwarz criterion, JASA 90 (the unit-information prior).
    """
    lines, sums, sloped = measured.lines, measured.sums, measured.found.sloped
    start, end = lines.edges[j], lines.edges[j + 2]
    places, cost = around(sums, (start, end), measured.shortest, sloped=sloped)
    whole = sums.cost(start, end, sloped=sloped)
    others = max(lines.variance * lines.freedom - float(cost.min()), 0.0)
    weight = -0.5 * lines.freedom * np.log(others + cost + _STEEP)
    against = -0.5 * lines.freedom * log(others + whole + _STEEP)
    top = float(weight.max())
    total = top + log(float(np.exp(weight - top).sum()))
    odds = total - log(places.size) - against - 0.5 * (1 + sloped) * log(end - start)
    return Whereabouts(
        places=places,
        share=np.exp(weight - total),
        confidence=float(1 / (1 + np.exp(-np.clip(odds, -500, 500)))),
    )


def smallest_jump(measured: Measured, search: Search) -> float:
    """The jump in the middle of the last segment that would be found four times in five.

    A break must beat every account without it: the jump taken for noise, for noise with a higher
    correlation, or for a trend. What each is expected to leave gives the jump that is found every
    other time; to it comes what the error of a size calls for.
    """
    lines, found = measured.lines, measured.found
    n, kept, k = lines.edges[-1], lines.rho, len(found.places)
    length = lines.edges[-1] - lines.edges[-2]
    rho = np.array(search.correlations)
    jumps = np.geomspace(_FINE, _COARSE, _TRIED)[:, None]
    noise = (1 + rho * rho - 2 * rho * kept) / (1 - kept * kept)
    best = np.full(_TRIED, inf)
    for sloped in {found.sloped, True} & set(search.shapes):
        # Of the square of a jump a line leaves a quarter of what a constant does.
        left = (1 - rho) ** 2 * length / (16 if sloped else 4)
        cost = n * np.log(noise + jumps**2 * left / n) - np.log(1 - rho * rho)
        price = price_of(k, n, sloped=sloped, extra=search.extra)
        best = np.minimum(best, cost.min(axis=1) + price)
    broken = price_of(k + 1, n, sloped=found.sloped, extra=search.extra) - log(1 - kept * kept)
    over = np.flatnonzero(best > broken)
    if not over.size or length < 2 * measured.shortest:
        return inf
    error = float(ndtri(POWER)) * (4 if found.sloped else 2) / ((1 - kept) * sqrt(length))
    return sqrt(lines.variance) * (float(jumps[over[0], 0]) + error)


def _difference(
    before: float, after: float, variance: float, freedom: float, level: float
) -> Estimate:
    half = -float(stdtrit(freedom, (1 - level) / 2)) * sqrt(max(variance, 0.0))
    size = after - before
    return Estimate(before=before, after=after, size=size, low=size - half, high=size + half)


def _lines(sums: Sums, found: Partition, n: int) -> Lines:
    """Constants or lines by least squares over whitened points."""
    ends = np.asarray((0, *found.places, n), dtype=np.intp)
    return _solved(sums.over(ends[:-1], ends[1:]), found, n, drop=sums.drop, rho=sums.rho)


def _drawn(points: Points, found: Partition) -> Lines:
    """The same over points as they are; near enough where there are many to a segment."""
    starts = np.asarray((0, *found.places), dtype=np.intp)
    rows = products(*points.plain, sloped=found.sloped)
    over = np.stack([np.add.reduceat(row, starts) for row in rows])
    return _solved(over, found, points.value.size, drop=0, rho=0.0)


def _solved(over: Floats, found: Partition, n: int, *, drop: int, rho: float) -> Lines:
    """Constants or lines of the segments from the sums over each."""
    cc, cy, yy = over[:CONSTANT]
    safe = np.maximum(cc, _STEEP)
    covariance = np.zeros((cc.size, 2, 2))
    slope = cl = ly = np.zeros(cc.size)
    covariance[:, 0, 0] = 1 / safe
    if found.sloped:
        cl, ll, ly = over[CONSTANT:]
        spread = np.maximum(ll - cl * cl / safe, _STEEP / n)
        slope = (ly - cl * cy / safe) / spread
        covariance[:, 1, 1] = 1 / spread
        covariance[:, 0, 1] = covariance[:, 1, 0] = -cl / safe / spread
        covariance[:, 0, 0] += (cl / safe) ** 2 / spread
    at = (cy - cl * slope) / safe
    left = np.maximum(yy - at * cy - slope * ly, 0.0)
    freedom = max(1.0, n - drop * (cc.size - 1) - (1 + found.sloped) * cc.size)
    variance = float(left.sum()) / freedom
    scale = np.array([1.0, 1.0 / n])
    return Lines(
        edges=(0, *found.places, n),
        centre=n / 2,
        at=at,
        slope=slope / n,
        covariance=covariance * variance * np.outer(scale, scale),
        variance=variance,
        freedom=freedom,
        rho=rho,
    )


def _correlation(points: Points, lines: Lines, *, parameters: int) -> float:
    """Correlation of neighbouring residuals, with what estimated parameters take from it put back.

    References:
        Kendall (1954), Note on bias in the estimation of autocorrelation, Biometrika 41.
    """
    left = held(residuals(points, lines), points.half)[0]
    next_to = np.diff(points.time) == 1
    next_to[np.asarray(lines.edges[1:-1], dtype=np.intp) - 1] = False
    size = float(left @ left)
    if not size:
        return 0.0
    raw = float((left[1:] * left[:-1])[next_to].sum()) / size
    return float(np.clip(raw + (parameters * (1 + raw) + 2 * raw) / left.size, 0.0, _HIGHEST))

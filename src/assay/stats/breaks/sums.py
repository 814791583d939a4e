"""Least squares over any stretch of a series with correlated noise, from running sums.

A point is taken as what its predecessor leaves unexplained: y_t − ρ y_(t−1), with the regressors
treated alike, so that independent errors are left. At the first point of a new segment the
predecessor lies on the other side of the break; that point is left out where ρ is above zero, so
that segments do not depend on each other and the best partition can be found exactly.

References:
    Chakar, Lebarbier, Lévy-Leduc & Robin (2017), A robust approach for estimating change-points in
    the mean of an AR(1) process, Bernoulli 23(2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import median_filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Places = NDArray[np.intp]

CLIP: Final = 2.5
"""Standard deviations from the running median at which a point is held."""
CONSTANT: Final = 3
"""Rows of sums that a constant needs; a line needs all."""
_FLAT: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """The points that have a value: `value` at `time` (steps since the first), with weights.

    Attributes:
        weight: inverse variances, of mean 1.
        half: half the width of the running median against which a point is held.
        plain: constant, line and value of each point.
    """

    value: Floats
    time: Floats
    weight: Floats
    half: int
    plain: tuple[Floats, Floats, Floats] = field(init=False)

    def __post_init__(self) -> None:
        n = self.value.size
        object.__setattr__(self, "plain", (np.ones(n), self.time / n - 0.5, self.value))


@dataclass(frozen=True, slots=True)
class Sums:
    """Running sums of squares and products of constant, line and value, over whitened points.

    The j-th of a row of `total` is the sum over the first j points. Rows: cc, cy, yy, and where
    lines are wanted cl, ll, ly.

    Attributes:
        drop: points left out at the beginning of a segment.
        plain: constant, line and value of each point before whitening.
        kept: what remains of a point's error at the next one; `root` divides errors by their size.
    """

    total: tuple[Floats, ...]
    drop: int
    rho: float
    plain: tuple[Floats, Floats, Floats]
    kept: Floats
    root: Floats

    def over(self, start: Places, end: Places) -> Floats:
        """The six sums over points start … end − 1, for each start and end side by side."""
        first = self._first(start)
        return np.stack([row[end] - row[first] for row in self.total])

    def cost(self, start: int, end: int, *, sloped: bool) -> float:
        """Sum of squared errors of the best constant, or the best line, over one stretch."""
        over = self.over(np.array([start]), np.array([end]))
        return float(_unexplained(over, sloped=sloped)[0])

    def at(self, places: Places) -> Edges:
        """The sums at these places only."""
        return Edges(
            ends=np.stack([row[places] for row in self.total]),
            starts=np.stack([row[self._first(places)] for row in self.total]),
            drop=self.drop,
            rho=self.rho,
        )

    def split(self, start: int, places: slice, end: int, *, sloped: bool) -> tuple[Floats, Floats]:
        """What a break leaves unexplained, by its place; and the squared error of its first point.

        That point is left out by its segment. It is foretold from the point before, by the segment
        on the left, and by its own. No place is an end of the stretch.
        """
        began = int(self._first(np.array([start]))[0])
        later = slice(places.start + self.drop, places.stop + self.drop)
        before = [row[places] - row[began] for row in self.total]
        after = [row[end] - row[later] for row in self.total]
        left = _unexplained(before, sloped=sloped) + _unexplained(after, sloped=sloped)
        if not self.drop:
            return left, np.zeros(left.size)
        earlier = slice(places.start - 1, places.stop - 1)
        here, behind = [row[places] for row in self.plain], [row[earlier] for row in self.plain]
        one, other = _coefficients(before, sloped=sloped), _coefficients(after, sloped=sloped)
        error = here[2] - other[0] * here[0] - other[1] * here[1]
        last = behind[2] - one[0] * behind[0] - one[1] * behind[1]
        first: Floats = ((error - self.kept[places] * last) * self.root[places]) ** 2
        return left, first

    def _first(self, start: Places) -> Places:
        """The first point that counts: where the series begins, none is left out."""
        last = self.total[0].size - 1
        return np.where(start > 0, np.minimum(start + self.drop, last), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Running sums where segments may end, and where they may start."""

    ends: Floats
    starts: Floats
    drop: int
    rho: float

    def costs(self, start: Places, end: Places, *, sloped: bool) -> Floats:
        """What the best constant or line leaves between these two of the places, side by side."""
        used = self.ends.shape[0] if sloped else CONSTANT
        rows = zip(self.ends[:used], self.starts[:used], strict=True)
        over = [ends[end] - starts[start] for ends, starts in rows]
        return _unexplained(over, sloped=sloped)


def _unexplained(sums: Sequence[Floats] | Floats, *, sloped: bool) -> Floats:
    """What the best constant or line leaves, from the six sums, or those that a constant needs."""
    cc, cy, yy = sums[:CONSTANT]
    safe = np.maximum(cc, _FLAT)
    left = yy - cy * cy / safe
    if sloped:
        cl, ll, ly = sums[CONSTANT:]
        spread = ll - cl * cl / safe
        bent = ly - cl * cy / safe
        left -= np.where(spread > _FLAT, bent * bent / np.maximum(spread, _FLAT), 0.0)
    found: Floats = np.maximum(left, 0.0)
    return found


def _coefficients(sums: Sequence[Floats], *, sloped: bool) -> tuple[Floats, Floats | float]:
    """Constant and slope by least squares."""
    cc, cy, _ = sums[:CONSTANT]
    safe = np.maximum(cc, _FLAT)
    if not sloped:
        return cy / safe, 0.0
    cl, ll, ly = sums[CONSTANT:]
    spread = ll - cl * cl / safe
    slope = np.where(spread > _FLAT, (ly - cl * cy / safe) / np.maximum(spread, _FLAT), 0.0)
    return (cy - cl * slope) / safe, slope


def running_sums(points: Points, rho: float, *, sloped: bool) -> Sums:
    """The sums of a series whose noise has this correlation; outlying points are held.

    Args:
        points: the series.
        rho: correlation of a point with the one before it.
        sloped: whether the rows that lines need are wanted.
    """
    kept, root, (a, b, c) = _whitened(points, rho)
    c = held(c, points.half)[0]
    total = tuple(
        np.concatenate(([0.0], np.cumsum(row)))
        for row in products(a * root, b * root, c * root, sloped=sloped)
    )
    return Sums(total, int(rho > 0), rho, points.plain, kept, root)


def sums_at(points: Points, rho: float, places: Places, middle: Floats, *, sloped: bool) -> Edges:
    """Much the same sums at few places, faster: points are held against one running median.

    Args:
        points: the series.
        rho: correlation of a point with the one before it.
        places: sorted; the first is 0 and the last the number of points.
        middle: the running median of the values.
        sloped: whether the rows that lines need are wanted.
    """
    n, drop = points.value.size, int(rho > 0)
    kept, root, (a, b, c) = _whitened(points, rho)
    c = held(c, points.half, middle=_less(middle, kept))[0]
    after = np.where(places > 0, np.minimum(places + drop, n), 0)
    edges = np.union1d(places, after)
    total = np.stack(
        [
            np.concatenate(([0.0], np.cumsum(np.add.reduceat(row, edges[:-1]))))
            for row in products(a * root, b * root, c * root, sloped=sloped)
        ]
    )
    ends, starts = (total[:, np.searchsorted(edges, at)] for at in (places, after))
    return Edges(ends=ends, starts=starts, drop=drop, rho=rho)


def _whitened(points: Points, rho: float) -> tuple[Floats, Floats, tuple[Floats, ...]]:
    """What is kept of a point at the next, the weights' roots, and what points leave unforetold."""
    kept, root = np.zeros(points.value.size), np.sqrt(points.weight)
    if not rho:
        return kept, root, points.plain
    gap = np.diff(points.time)
    kept[1:] = rho**gap if np.any(gap > 1) else rho
    root = root * np.sqrt((1 - rho * rho) / (1 - kept * kept))
    return kept, root, tuple(_less(row, kept) for row in points.plain)


def _less(row: Floats, kept: Floats) -> Floats:
    """Each value less what is kept of the one before."""
    left = row.copy()
    left[1:] -= kept[1:] * row[:-1]
    return left


def products(a: Floats, b: Floats, c: Floats, *, sloped: bool) -> Iterator[Floats]:
    """Of constant, line and value: what the rows of sums add up."""
    pairs = ((a, a), (a, c), (c, c), (a, b), (b, b), (b, c))
    return (one * other for one, other in pairs[: None if sloped else CONSTANT])


def running_median(value: Floats, half: int) -> Floats:
    """Of each value and `half` ones on either side."""
    found: Floats = median_filter(value, 2 * half + 1, mode="nearest")
    return found


def held(
    value: Floats, half: int, *, clip: float = CLIP, middle: Floats | None = None
) -> tuple[Floats, Flags]:
    """The values with outlying ones moved to `clip` deviations from the running median; which ones.

    A jump is no outlier: the running median jumps with it, if what follows lasts longer than half
    its width.
    """
    middle = running_median(value, half) if middle is None else middle
    off = value - middle
    distance = np.abs(off)
    sd = 1.4826 * float(np.median(distance)) or float(np.quantile(distance, 0.9)) / 1.6449
    return middle + np.clip(off, -clip * sd, clip * sd), distance > clip * sd

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
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
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
        plain: constant, line and value of each point, by rows.
    """

    value: Floats
    time: Floats
    weight: Floats
    half: int
    plain: Floats = field(init=False)

    def __post_init__(self) -> None:
        n = self.value.size
        rows = np.stack((np.ones(n), self.time / n - 0.5, self.value))
        object.__setattr__(self, "plain", rows)


@dataclass(frozen=True, slots=True)
class Sums:
    """Running sums of squares and products of constant, line and value, over whitened points.

    Column j of `total` is the sum over the first j points; its rows: cc, cy, yy, cl, ll, ly.

    Attributes:
        drop: points left out at the beginning of a segment.
        plain: constant, line and value of each point before whitening, by rows.
        kept: what remains of a point's error at the next one; `root` divides errors by their size.
    """

    total: Floats
    drop: int
    rho: float
    plain: Floats
    kept: Floats
    root: Floats

    def over(self, start: Places, end: Places) -> Floats:
        """The six sums over points start … end − 1, for each start and end side by side."""
        return self.total[:, end] - self.total[:, self._first(start)]

    def cost(self, start: int, end: int, *, sloped: bool) -> float:
        """Sum of squared errors of the best constant, or the best line, over one stretch."""
        over = self.over(np.array([start]), np.array([end]))
        return float(_unexplained(over, sloped=sloped)[0])

    def at(self, places: Places) -> Edges:
        """The sums at these places only."""
        return Edges(
            ends=self.total[:, places],
            starts=self.total[:, self._first(places)],
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
        before = self.total[:, places] - self.total[:, began, None]
        after = self.total[:, end, None] - self.total[:, later]
        left = _unexplained(before, sloped=sloped) + _unexplained(after, sloped=sloped)
        if not self.drop:
            return left, np.zeros(left.size)
        here, behind = self.plain[:, places], self.plain[:, places.start - 1 : places.stop - 1]
        one, other = _coefficients(before, sloped=sloped), _coefficients(after, sloped=sloped)
        error = here[2] - other[0] * here[0] - other[1] * here[1]
        last = behind[2] - one[0] * behind[0] - one[1] * behind[1]
        first: Floats = ((error - self.kept[places] * last) * self.root[places]) ** 2
        return left, first

    def _first(self, start: Places) -> Places:
        """The first point that counts: where the series begins, none is left out."""
        last = self.total.shape[1] - 1
        return np.where(start > 0, np.minimum(start + self.drop, last), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Running sums where segments may end, and where they may start."""

    ends: Floats
    starts: Floats
    drop: int
    rho: float

    def costs(self, *, sloped: bool) -> Floats:
        """What the best constant or line leaves, to every place (rows) from every other."""
        used = self.ends.shape[0] if sloped else CONSTANT
        over = self.ends[:used, :, None] - self.starts[:used, None, :]
        return _unexplained(over, sloped=sloped)


def _unexplained(sums: Floats, *, sloped: bool) -> Floats:
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


def _coefficients(sums: Floats, *, sloped: bool) -> Floats:
    """Constant and slope by least squares."""
    cc, cy, _, cl, ll, ly = sums
    safe = np.maximum(cc, _FLAT)
    slope = np.zeros_like(cc)
    if sloped:
        spread = ll - cl * cl / safe
        slope = np.where(spread > _FLAT, (ly - cl * cy / safe) / np.maximum(spread, _FLAT), 0.0)
    return np.stack(((cy - cl * slope) / safe, slope))


def running_sums(points: Points, rho: float) -> Sums:
    """The sums of a series whose noise has this correlation; outlying points are held."""
    n, plain, white = points.value.size, points.plain, list(points.plain)
    kept, root = np.zeros(n), np.sqrt(points.weight)
    if rho:
        gap = np.diff(points.time)
        kept[1:] = rho**gap if np.any(gap > 1) else rho
        white = [np.concatenate((row[:1], row[1:] - kept[1:] * row[:-1])) for row in plain]
        root = root * np.sqrt((1 - rho * rho) / (1 - kept * kept))
    a, b, c = white[0] * root, white[1] * root, held(white[2], points.half)[0] * root
    total = np.zeros((6, n + 1))
    for row, one, other in zip(total[:, 1:], (a, a, c, a, b, b), (a, c, c, b, b, c), strict=True):
        np.multiply(one, other, out=row)
        np.cumsum(row, out=row)
    return Sums(total, int(rho > 0), rho, plain, kept, root)


def held(value: Floats, half: int, *, clip: float = CLIP) -> tuple[Floats, int]:
    """The values with outlying ones moved to `clip` deviations from the running median; how many.

    A jump is no outlier: the running median jumps with it, if what follows lasts longer than half
    its width.
    """
    middle = median_filter(value, 2 * half + 1, mode="nearest")
    off = value - middle
    distance = np.abs(off)
    sd = 1.4826 * float(np.median(distance)) or float(np.quantile(distance, 0.9)) / 1.6449
    beyond = int(np.count_nonzero(distance > clip * sd))
    return middle + np.clip(off, -clip * sd, clip * sd), beyond

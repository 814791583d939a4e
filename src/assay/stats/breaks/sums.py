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

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import median_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

CLIP: Final = 2.5
"""Standard deviations from the running median at which a point is held."""
_FLAT: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """The points that have a value: `value` at `time` (steps since the first), with weights.

    Attributes:
        weight: inverse variances, of mean 1.
        half: half the width of the running median against which a point is held.
    """

    value: Floats
    time: Floats
    weight: Floats
    half: int


@dataclass(frozen=True, slots=True)
class Sums:
    """Running sums of squares and products of constant, line and value, over whitened points.

    Row j of `total` is the sum over the first j points; its columns: cc, cl, ll, cy, ly, yy.
    """

    total: Floats
    drop: int
    rho: float

    def over(self, start: Places, end: Places) -> Floats:
        """The six sums over points start … end − 1, for each start and end side by side."""
        return self.total[:, end] - self.total[:, self._first(start)]

    def cost(self, start: Places, end: Places, *, sloped: bool) -> Floats:
        """Sum of squared errors of the best constant, or the best line, over each stretch."""
        return _unexplained(self.over(start, end), sloped=sloped)

    def costs(self, places: Places, *, sloped: bool) -> Floats:
        """The same from every place (rows) to every other (columns)."""
        ends, starts = self.total[:, places], self.total[:, self._first(places)]
        return _unexplained(ends[:, None, :] - starts[:, :, None], sloped=sloped)

    def _first(self, start: Places) -> Places:
        """The first point that counts: where the series begins, none is left out."""
        last = self.total.shape[1] - 1
        return np.where(start > 0, np.minimum(start + self.drop, last), 0)


def _unexplained(sums: Floats, *, sloped: bool) -> Floats:
    """What the best constant or line leaves, from the six sums."""
    cc, cl, ll, cy, ly, yy = sums
    safe = np.maximum(cc, _FLAT)
    left = yy - cy * cy / safe
    if sloped:
        spread = ll - cl * cl / safe
        bent = ly - cl * cy / safe
        left -= np.where(spread > _FLAT, bent * bent / np.maximum(spread, _FLAT), 0.0)
    found: Floats = np.maximum(left, 0.0)
    return found


def running_sums(points: Points, rho: float) -> Sums:
    """The sums of a series whose noise has this correlation; outlying points are held."""
    y, n = points.value, points.value.size
    t = points.time / n - 0.5
    if rho:
        gap = np.diff(points.time)
        kept = rho**gap if np.any(gap > 1) else np.full(n - 1, rho)
        first = 1 / (1 - rho * rho)
        factor = np.concatenate(([first], (1 - kept * kept) * first))
        kept = np.concatenate(([0.0], kept))
        behind = np.concatenate(([0.0], y[:-1]))
        constant, value = 1 - kept, y - kept * behind
        line = t - kept * np.concatenate(([0.0], t[:-1]))
        root = np.sqrt(points.weight / factor)
    else:
        constant, line, value, root = np.ones(n), t, y, np.sqrt(points.weight)
    value = held(value, points.half)[0]
    a, b, c = constant * root, line * root, value * root
    total = np.zeros((6, n + 1))
    np.cumsum((a * a, a * b, b * b, a * c, b * c, c * c), axis=1, out=total[:, 1:])
    return Sums(total, int(rho > 0), rho)


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

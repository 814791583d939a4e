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

    Column j of `total` is the sum over the first j points; its rows: cc, cl, ll, cy, ly, yy.

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

    def cost(self, start: Places, end: Places, *, sloped: bool) -> Floats:
        """Sum of squared errors of the best constant, or the best line, over each stretch."""
        return _unexplained(self.over(start, end), sloped=sloped)

    def costs(self, places: Places, *, sloped: bool) -> Floats:
        """The same from every place (rows) to every other (columns)."""
        ends, starts = self.total[:, places], self.total[:, self._first(places)]
        return _unexplained(ends[:, None, :] - starts[:, :, None], sloped=sloped)

    def at_break(self, start: int, places: Places, end: int, *, sloped: bool) -> Floats:
        """The squared error of each place's first point, which its segment leaves out.

        It is foretold from the point before by the segment on the left, and its own segment.
        """
        if not self.drop:
            return np.zeros(places.size)
        left = _coefficients(self.over(np.full_like(places, start), places), sloped=sloped)
        right = _coefficients(self.over(places, np.full_like(places, end)), sloped=sloped)
        now, before = self.plain[:, places], self.plain[:, places - 1]
        error = now[2] - right[0] * now[0] - right[1] * now[1]
        last = before[2] - left[0] * before[0] - left[1] * before[1]
        squared: Floats = ((error - self.kept[places] * last) * self.root[places]) ** 2
        return squared

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


def _coefficients(sums: Floats, *, sloped: bool) -> Floats:
    """Constant and slope by least squares."""
    cc, cl, ll, cy, ly, _ = sums
    safe = np.maximum(cc, _FLAT)
    slope = np.zeros_like(cc)
    if sloped:
        spread = ll - cl * cl / safe
        slope = np.where(spread > _FLAT, (ly - cl * cy / safe) / np.maximum(spread, _FLAT), 0.0)
    return np.stack(((cy - cl * slope) / safe, slope))


def running_sums(points: Points, rho: float) -> Sums:
    """The sums of a series whose noise has this correlation; outlying points are held."""
    y, n = points.value, points.value.size
    plain = np.stack((np.ones(n), points.time / n - 0.5, y))
    kept, root = np.zeros(n), np.sqrt(points.weight)
    white = plain
    if rho:
        gap = np.diff(points.time)
        kept[1:] = rho**gap if np.any(gap > 1) else rho
        white = plain.copy()
        white[:, 1:] -= kept[1:] * plain[:, :-1]
        root = root * np.sqrt((1 - rho * rho) / (1 - kept * kept))
    a, b, c = white[0] * root, white[1] * root, held(white[2], points.half)[0] * root
    total = np.zeros((6, n + 1))
    np.cumsum((a * a, a * b, b * b, a * c, b * c, c * c), axis=1, out=total[:, 1:])
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

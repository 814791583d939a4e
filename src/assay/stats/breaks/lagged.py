"""Sums of a long series at few places, for any correlation, in one pass over its points.

What whitening makes of a product of two values is a mixture of the product itself, of that of their
predecessors, and of the two across: y_t² − ρ · 2 y_t y_(t−1) + ρ² y_(t−1)². The sums of these three
do not depend on the correlation, so that a series is read once for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.stats.breaks.sums import Edges, held

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.breaks.sums import Points

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

_PAIRS: Final = ((0, 0), (0, 2), (2, 2), (0, 1), (1, 1), (1, 2))
"""Of constant, line and value: the rows of sums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lagged:
    """Sums over the points before each of `edges`.

    Attributes:
        now, across, behind: of products of values, of values and predecessors, of predecessors.
        alone: of values without a predecessor one step before, which are taken for unrelated.
        end, start: where places, and the points after them, are among the edges.
    """

    now: Floats
    across: Floats
    behind: Floats
    alone: Floats
    end: Places
    start: Places

    def at(self, rho: float) -> Edges:
        """What `running_sums` has at these places, with points held before they are whitened."""
        total = self.now - rho * self.across + rho * rho * self.behind
        total += (1 - rho * rho) * self.alone
        ends = total[:, self.end]
        starts = total[:, self.start] if rho else ends
        return Edges(ends=ends, starts=starts, drop=int(rho > 0), rho=rho)


def lagged_sums(points: Points, places: Places) -> Lagged:
    """Read once: the series, held where it lies far from its running median.

    Args:
        points: the series.
        places: where segments may start or end, the first 0 and the last the number of points.
    """
    n = points.value.size
    after = np.where(places > 0, np.minimum(places + 1, n), 0)
    edges = np.union1d(places, after)
    value = (*points.plain[:2], held(points.value, points.half)[0])
    follows = np.concatenate(([False], np.diff(points.time) == 1))
    weight, apart = np.where(follows, points.weight, 0.0), np.where(follows, 0.0, points.weight)
    before = tuple(np.concatenate((one[:1], one[:-1])) for one in value)
    scaled, scaled_before = (tuple(one * weight for one in rows) for rows in (value, before))

    def over(rows: list[Floats]) -> Floats:
        total = np.zeros((len(rows), edges.size))
        for row, sums in zip(rows, total, strict=True):
            np.cumsum(np.add.reduceat(row, edges[:-1]), out=sums[1:])
        return total

    return Lagged(
        now=over([scaled[i] * value[j] for i, j in _PAIRS]),
        across=over([scaled[i] * before[j] + scaled_before[i] * value[j] for i, j in _PAIRS]),
        behind=over([scaled_before[i] * before[j] for i, j in _PAIRS]),
        alone=over([value[i] * value[j] * apart for i, j in _PAIRS]),
        end=np.searchsorted(edges, places),
        start=np.searchsorted(edges, after),
    )

"""Where a break could be: the places at which averages on either side differ most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import maximum_filter1d

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALL_BELOW: Final = 80
"""Series up to so many points have every place tried."""
MOST_PLACES: Final = 100
_PER_WIDTH: Final = 12
_FILL: Final = 17
_WIDER: Final = 1.8


def candidate_places(y: NDArray[np.float64], shortest: int) -> NDArray[np.intp]:
    """Places between points, sorted, at least `shortest` from both ends.

    All of them where the series is short. Else, over windows of growing width, the places at which
    the means of two windows side by side differ most (a jump), and at which the mean of a window
    lies farthest from those of its neighbours (a bend); with a few evenly spaced ones, so that long
    stretches are never without. A place taken is only where the search starts: positions are
    settled point by point afterwards.
    """
    n = y.size
    if n <= ALL_BELOW:
        return np.arange(shortest, n - shortest + 1)
    total = np.zeros(n + 1)
    np.cumsum(y - y.mean(), out=total[1:])
    places, heights = [], []
    width = float(shortest)
    while 2 * (w := int(width)) <= n:
        jumps = np.abs(total[2 * w :] - 2 * total[w:-w] + total[: -2 * w])
        half = max(1, w // 2)
        means = (total[w:] - total[:-w]) / w
        apart = w + half
        bends = np.abs(means[2 * apart :] - 2 * means[apart:-apart] + means[: -2 * apart]) * w
        for height, first in ((jumps, w), (bends, apart + half)):
            if height.size:
                at = _peaks(height, half)
                places.append(at + first)
                heights.append(height[at] / np.sqrt(w))
        width *= _WIDER
    chosen = _thinned(np.concatenate(places), np.concatenate(heights), max(2, n // 400))
    even = np.linspace(shortest, n - shortest, _FILL).astype(np.intp)
    return np.unique(np.concatenate((chosen, even)))


def _peaks(height: NDArray[np.float64], reach: int) -> NDArray[np.intp]:
    """The highest of the places that nothing within reach overtops."""
    found = np.flatnonzero(height >= maximum_filter1d(height, 2 * reach + 1))
    if found.size > _PER_WIDTH:
        found = found[np.argpartition(height[found], -_PER_WIDTH)[-_PER_WIDTH:]]
    return found


def _thinned(places: NDArray[np.intp], heights: NDArray[np.float64], cell: int) -> NDArray[np.intp]:
    """The highest places, one for each cell of so many points."""
    order = np.argsort(-heights, kind="stable")
    _, first = np.unique(places[order] // cell, return_index=True)
    return places[order[np.sort(first)[:MOST_PLACES]]]

"""Where a break could be: the places at which averages on either side differ most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import maximum_filter1d

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALL_BELOW: Final = 80
"""Series up to so many points have every place tried."""
LONG: Final = 2500
"""Series of more points are looked over with a coarser eye; breaks are settled as finely."""
MOST_PLACES: Final = 100
_PER_WIDTH: Final = 12
_FILL: Final = 17
_WIDER: Final = 1.8
_STRIDES: Final = 6
_LEAP: Final = 16
"""Places tried to the width of a window in a long series, and the most between two of them."""


def candidate_places(y: Floats, shortest: int, *, bends: bool = True) -> NDArray[np.intp]:
    """Places between points, sorted, at least `shortest` from both ends.

    All of them where the series is short. Else, over windows of growing width, the places at which
    the means of two windows side by side differ most (a jump), and at which the mean of a window
    lies farthest from those of its neighbours (a bend); with a few evenly spaced ones, so that long
    stretches are never without. A long series is searched for bends only if asked. A place taken is
    only where the search starts: positions are settled point by point afterwards.
    """
    n = y.size
    if n <= ALL_BELOW:
        return np.arange(shortest, n - shortest + 1)
    total = np.zeros(n + 1)
    np.cumsum(y - y.mean(), out=total[1:])
    places, heights = [], []
    width, wider = (shortest, _WIDER) if n <= LONG else (1.6 * shortest, _WIDER**1.5)
    while 2 * (w := int(width)) <= n:
        stride = 1 if n <= LONG else min(_LEAP, max(1, w // _STRIDES))
        half = max(1, w // 2)
        looked = [_jumps(total, w, stride)]
        if bends or n <= LONG:
            looked.append(_bends(total, w, half, stride))
        for height, first in looked:
            if height.size:
                at = _peaks(height, max(1, half // stride))
                places.append(at * stride + first)
                heights.append(height[at] / np.sqrt(w))
        width *= wider
    chosen = _thinned(np.concatenate(places), np.concatenate(heights), max(2, n // 400))
    even = np.linspace(shortest, n - shortest, _FILL).astype(np.intp)
    return np.unique(np.concatenate((chosen, even)))


def _jumps(total: Floats, w: int, stride: int) -> tuple[Floats, int]:
    """How far the sums of two windows side by side differ, and the first place so measured."""
    by = slice(None, None, stride)
    return np.abs(total[2 * w :][by] - 2 * total[w:-w][by] + total[: -2 * w][by]), w


def _bends(total: Floats, w: int, half: int, stride: int) -> tuple[Floats, int]:
    """How far the sum of a window lies from those of its neighbours, and the first place."""
    apart = w + half
    starts = max(0, total.size - w - 2 * apart)
    before, middle, after = (
        (total[at + w : at + w + starts : stride] - total[at : at + starts : stride]) / w
        for at in (0, apart, 2 * apart)
    )
    return np.abs(after - 2 * middle + before) * w, apart + half


def _peaks(height: Floats, reach: int) -> NDArray[np.intp]:
    """The highest of the places that nothing within reach overtops."""
    found = np.flatnonzero(height >= maximum_filter1d(height, 2 * reach + 1))
    if found.size > _PER_WIDTH:
        found = found[np.argpartition(height[found], -_PER_WIDTH)[-_PER_WIDTH:]]
    return found


def _thinned(places: NDArray[np.intp], heights: Floats, cell: int) -> NDArray[np.intp]:
    """The highest places, one for each cell of so many points."""
    order = np.argsort(-heights, kind="stable")
    _, first = np.unique(places[order] // cell, return_index=True)
    return places[order[np.sort(first)[:MOST_PLACES]]]

"""Mean and spread of the rows before each row, without single rows that would hide all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BLOCK: Final = 256
"""Rows that are clipped by the same bounds, at most; the first blocks are shorter."""
CLIP: Final = 30.0
"""Standard deviations beyond which a row enters what follows as if it were there."""
FEWEST: Final = 10
"""Rows from which anything is compared."""
_FLOOR: Final = 1e-3
"""Smallest spread, as a share of the largest value so far: rounding is no anomaly."""
_DIGITS: Final = 1e-9
"""Share of a constant by which rows may differ from it and be the same."""
_MEDIAN: Final = 0.6745
"""Median distance from the mean, in standard deviations of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Trailing:
    """Of the rows before each row: mean, standard deviation, and how many have data.

    Attributes:
        clean: each row itself as it counts for those after it.
        reach: the largest distance of those before it from the first row.
    """

    mean: Array
    sd: Array
    rows: Array
    clean: Array
    reach: Array


def trailing(values: Array, length: int) -> Trailing:
    """Moments of up to `length` rows before each; NaN rows count for nothing."""
    n = values.size
    known = ~np.isnan(values)
    start = float(values[known][0]) if known.any() else 0.0
    filled = np.where(known, values - start, 0.0)
    clean = filled.copy()
    sums, squares, counts = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1)
    counts[1:] = np.cumsum(known)
    begin = 0
    while begin < n:
        end = _end(begin, known)
        low = max(begin - length, 0)
        rows = counts[begin] - counts[low]
        block = clean[begin:end]
        if begin == 0:
            middle, bound = _robust(block[known[:end]])
        elif rows >= FEWEST:
            middle = (sums[begin] - sums[low]) / rows
            sd = max((squares[begin] - squares[low]) / rows - middle * middle, 0.0) ** 0.5
            bound = CLIP * max(sd, _FLOOR * float(np.abs(clean[low:begin]).max()))
        else:
            middle, bound = 0.0, 0.0
        if bound > 0:
            held = np.clip(block, middle - bound, middle + bound)
            clean[begin:end] = block = np.where(known[begin:end], held, 0.0)
        sums[begin + 1 : end + 1] = sums[begin] + np.cumsum(block)
        squares[begin + 1 : end + 1] = squares[begin] + np.cumsum(block * block)
        begin = end
    last = np.arange(n)
    first = np.maximum(last - length, 0)
    rows = counts[last] - counts[first]
    safe = np.maximum(rows, 1)
    mean = (sums[last] - sums[first]) / safe
    variance = np.maximum((squares[last] - squares[first]) / safe - mean * mean, 0.0)
    reach = np.concatenate([[0.0], np.maximum.accumulate(np.abs(clean))[:-1]])
    return Trailing(
        mean=mean + start,
        sd=np.sqrt(variance),
        rows=rows,
        clean=np.where(known, clean + start, np.nan),
        reach=reach,
    )


def _end(begin: int, known: NDArray[np.bool_]) -> int:
    """The end of a block: of rows that nothing is said of at first, then twice as far each time."""
    if begin:
        return min(begin + min(begin, BLOCK), known.size)
    first = np.flatnonzero(known)[:FEWEST]
    return int(first[-1]) + 1 if first.size == FEWEST else known.size


def _robust(rows: Array) -> tuple[float, float]:
    """Median and bound of the first rows, of which nothing is known but themselves."""
    if not rows.size:
        return 0.0, 0.0
    middle = float(np.median(rows))
    return middle, CLIP / _MEDIAN * float(np.median(np.abs(rows - middle)))


def standardised(values: Array, length: int, before: Trailing | None = None) -> Array:
    """Each row's distance from the mean of those before it, in their standard deviations.

    Where those before are all the same, a row that differs is 1 / `_FLOOR` away.
    """
    if not values.size:
        return values
    known = ~np.isnan(values)
    before = before or trailing(values, length)
    away = np.where(known, values - before.mean, 0.0)
    scale = np.maximum(before.sd, _FLOOR * before.reach)
    rounding = _DIGITS * np.abs(before.mean)
    scale = np.where(scale > 0, scale, _FLOOR * np.abs(away))
    said = known & (before.rows >= FEWEST) & (np.abs(away) > rounding)
    return np.where(said, away / np.where(scale > 0, scale, 1.0), 0.0)

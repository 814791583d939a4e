"""Mean and spread of the rows before each row, without single rows that would hide all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BLOCK: Final = 256
"""Rows that are clipped by the same bounds."""
CLIP: Final = 30.0
"""Standard deviations beyond which a row enters what follows as if it were there."""
FEWEST: Final = 10
"""Rows from which anything is compared."""
_FLOOR: Final = 1e-3
"""Smallest spread, as a share of the largest value so far: rounding is no anomaly."""


@dataclass(frozen=True, slots=True)
class Trailing:
    """Of the rows before each row: mean, standard deviation, and how many have data."""

    mean: Array
    sd: Array
    rows: Array


def trailing(values: Array, length: int) -> Trailing:
    """Moments of up to `length` rows before each; NaN rows count for nothing."""
    n = values.size
    known = ~np.isnan(values)
    start = float(values[known][0]) if known.any() else 0.0
    filled = np.where(known, values - start, 0.0)
    clean = filled.copy()
    sums, squares, counts = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1)
    counts[1:] = np.cumsum(known)
    for begin in range(0, n, BLOCK):
        end = min(begin + BLOCK, n)
        low = max(begin - length, 0)
        rows = counts[begin] - counts[low]
        block = clean[begin:end]
        if rows >= FEWEST:
            mean = (sums[begin] - sums[low]) / rows
            sd = max((squares[begin] - squares[low]) / rows - mean * mean, 0.0) ** 0.5
            bound = CLIP * max(sd, _FLOOR * float(np.abs(clean[low:begin]).max()))
            if bound > 0:
                block = np.where(known[begin:end], np.clip(block, mean - bound, mean + bound), 0.0)
                clean[begin:end] = block
        sums[begin + 1 : end + 1] = sums[begin] + np.cumsum(block)
        squares[begin + 1 : end + 1] = squares[begin] + np.cumsum(block * block)
    last = np.arange(n)
    first = np.maximum(last - length, 0)
    rows = counts[last] - counts[first]
    safe = np.maximum(rows, 1)
    mean = (sums[last] - sums[first]) / safe
    variance = np.maximum((squares[last] - squares[first]) / safe - mean * mean, 0.0)
    return Trailing(mean + start, np.sqrt(variance), rows)


def standardised(values: Array, length: int) -> Array:
    """Each row's distance from the mean of those before it, in their standard deviations."""
    known = ~np.isnan(values)
    before = trailing(values, length)
    start = float(values[known][0]) if known.any() else 0.0
    largest = np.maximum.accumulate(np.where(known, np.abs(values - start), 0.0))
    largest = np.concatenate([[0.0], largest[:-1]])
    scale = np.maximum(before.sd, _FLOOR * largest) + 1e-12
    found = (values - before.mean) / scale
    return np.where(known & (before.rows >= FEWEST), found, 0.0)

"""Days with use, kept as bits → how many they are and how even the gaps between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS: Final = 100_000
_LEAST: Final = 5
"""Days with use from which on the unevenness of gaps is told: four gaps."""


def counted_days(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many bits are set in each row.

    Args:
        words: shape (n, w); day d of the span is bit d mod 64 of word d // 64.
    """
    found: NDArray[np.int64] = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return found


def gap_variation(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Coefficient of variation of the gaps between days with use; NaN below five days with use.

    0 where use comes like clockwork, about 1 where each day has the same chance (gaps are then
    geometric: √(1 − p)), more where it comes in bursts. It is divided by what chance alone gives,
    √(1 − p) with p the share of days with use between the first and the last, so that those who
    come often can be compared with those who come seldom; where p = 1 it is 0.
    """
    found = np.full(len(words), np.nan)
    for begin in range(0, len(words), _ROWS):
        part = words[begin : begin + _ROWS]
        found[begin : begin + len(part)] = _variation(part)
    return found


def _variation(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    days = counted_days(words)
    swapped = np.ascontiguousarray(words.astype("<u8")).view(np.uint8)
    bits = np.unpackbits(swapped, axis=1, bitorder="little")
    row, day = np.nonzero(bits)
    same = row[1:] == row[:-1]
    gap = (day[1:] - day[:-1])[same].astype(np.float64)
    whose = row[1:][same]
    gaps = np.maximum(days - 1, 0)
    total = np.bincount(whose, gap, minlength=len(words))
    squares = np.bincount(whose, gap**2, minlength=len(words))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / gaps
        spread = np.sqrt(np.maximum(squares / gaps - mean**2, 0) * gaps / (gaps - 1))
        by_chance = np.sqrt(1 - 1 / mean)
        found: NDArray[np.float64] = np.where(mean > 1, spread / mean / by_chance, 0.0)
    found[days < _LEAST] = np.nan
    return found

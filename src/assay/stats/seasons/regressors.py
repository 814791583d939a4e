"""What a regular series is made of: columns for its trend, its seasons and single days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Floats = NDArray[np.float64]

MOST_KNOTS: Final = 8
"""Bends of the trend at most; at least four seasons and thirty steps lie between them."""
_WAVES: Final = 6
_FULL: Final = 12


@dataclass(frozen=True, slots=True)
class Regressors:
    """Columns side by side: steps by columns, and which of them belong together."""

    columns: NDArray[np.float64]
    trend: slice
    seasons: tuple[tuple[int, slice], ...]
    events: tuple[tuple[str, int], ...]


def regressors(
    steps: int, *, periods: Sequence[int], events: Mapping[str, Sequence[int]]
) -> Regressors:
    """A trend of straight pieces, waves of each period, and one column for each named event.

    A season of up to twelve steps is free in shape; a longer one is a sum of six waves.

    Raises:
        DataError: for a period that is no period, or an event that is not within the series.
    """
    time = np.arange(steps, dtype=np.float64)
    longest = max(periods, default=1)
    pieces = 1 + min(MOST_KNOTS, steps // max(30, 4 * longest))
    knots = np.linspace(0, steps, pieces + 1)[1:-1]
    line = (time - time.mean()) / max(1, steps)
    parts = [np.ones(steps), line, *(np.maximum(time - k, 0) / steps for k in knots)]
    trend = slice(0, len(parts))
    seasons = []
    for period in periods:
        if not (period == int(period) and 2 <= period <= steps // 2):
            raise DataError(
                f"period={period}, expected a whole number from 2 to {steps // 2}: each season "
                f"twice in {steps} steps, at least",
                remedy="leave it out, or take a longer series",
            )
        first = len(parts)
        parts += _waves(time, int(period))
        seasons.append((int(period), slice(first, len(parts))))
    named = []
    for name, days in events.items():
        column = np.zeros(steps)
        for day in days:
            if not 0 <= day < steps:
                raise DataError(f"event {name!r} at step {day}, expected 0..{steps - 1}")
            column[day] = 1.0
        if not column.any():
            raise DataError(f"event {name!r} has no steps, expected one or more")
        named.append((name, len(parts)))
        parts.append(column)
    return Regressors(np.stack(parts, axis=1), trend, tuple(seasons), tuple(named))


def _waves(time: Floats, period: int) -> list[Floats]:
    """Sines and cosines of the period and its fractions."""
    most = period // 2 if period <= _FULL else _WAVES
    waves = []
    for k in range(1, most + 1):
        angle = 2 * np.pi * k * time / period
        waves.append(np.cos(angle))
        if 2 * k < period:
            waves.append(np.sin(angle))
    return waves

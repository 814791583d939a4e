"""How much of a usual day each day is worth by the calendar alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError
from assay.stats.given import numbers
from assay.stats.seasons.periods import without_seasons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

PERIODS: Final = (7, 365)
"""Days of the seasons that are looked for: a week and a year."""


def calendar_weights(
    counts: ArrayLike, *, periods: Sequence[int] = PERIODS
) -> tuple[NDArray[np.float64], tuple[int, ...]]:
    """The season of daily counts as a factor per day, 1 on average, and the seasons found.

    A season counts only where a test finds it (three full cycles at least; one series in a hundred
    without any has one found). It is a factor where no day is empty, otherwise a share of the
    mean day is added or taken off; never below zero.

    Args:
        counts: of neighbouring days; NaN where nothing is known.
        periods: of seasons that are looked for, in days.

    Raises:
        DataError: for counts below zero, or infinite ones.
    """
    y = numbers(counts, name="counts")
    here = np.isfinite(y)
    if np.isinf(y).any() or (y[here] < 0).any():
        raise DataError("counts below zero or infinite, expected numbers from zero on")
    flat = np.ones(y.size)
    if not here.any() or not (mean := float(y[here].mean())) > 0:
        return flat, ()
    even = bool((y[here] > 0).all())
    scale = np.log(y) if even else y / mean
    free, found = without_seasons(scale, periods)
    if not found:
        return flat, ()
    season = _everywhere(scale - free, found)
    weights = np.exp(season) if even else np.maximum(1 + season, 0.0)
    return weights / weights.mean(), found


def _everywhere(season: NDArray[np.float64], found: tuple[int, ...]) -> NDArray[np.float64]:
    """The season also on days without a count: that of the days a cycle before or after."""
    filled = season.copy()
    for step in (*found, *(-period for period in found)):
        for start in np.flatnonzero(np.isnan(filled)):
            at = start + step
            while 0 <= at < filled.size and np.isnan(filled[at]):
                at += step
            if 0 <= at < filled.size:
                filled[start] = filled[at]
    return np.nan_to_num(filled)

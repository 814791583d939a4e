"""The line of a series between its breaks, with the interval that the noise leaves it."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.stats.breaks import Noise, Segment

    Floats = NDArray[np.float64]


def line_of(
    segments: Sequence[Segment], noise: Noise, size: int, *, level: float
) -> tuple[Floats, Floats, Floats]:
    """The fitted value of every step, and the ends of its interval.

    The error is that of a mean (or of a straight line) over the segment's points in noise of first
    order; that places of breaks are estimated too is not in it.

    Args:
        segments: as `find_breaks` tells them; together they hold every step.
        noise: of the same series.
        size: steps.
        level: of the interval.
    """
    value, half = np.full(size, np.nan), np.full(size, np.nan)
    sloped = any(segment.slope for segment in segments)
    shrink = (1 - noise.rho) / (1 + noise.rho)
    for segment in segments:
        steps = np.arange(segment.start, segment.end)
        off = steps - (segment.start + segment.end - 1) / 2
        value[steps] = segment.level + segment.slope * off
        spread = float(np.mean(off**2))
        tilt = off**2 / spread if sloped and spread > 0 else np.zeros(off.size)
        free = max(1.0, segment.points * shrink - 1 - sloped)
        multiplier = -float(stdtrit(free, (1 - level) / 2))
        error = noise.long_run_sd / sqrt(max(1, segment.points)) * np.sqrt(1 + tilt)
        half[steps] = multiplier * error
    return value, value - half, value + half

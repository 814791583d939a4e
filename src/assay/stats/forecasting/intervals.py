"""How wide an interval must be, by what past forecasts missed.

Errors of past forecasts are divided by their usual size at their step (a power of the step, so
that steps lend each other strength), pooled, and their quantile taken: split conformal prediction.
Errors of neighbouring origins overlap, so that of K × H of them only about as many are independent
as horizons fit into the tested stretch. Therefore the quantile is drawn towards that of a
distribution with tails slightly heavier than normal, and widened by half a share of one such
stretch.

References:
    Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), Distribution-free predictive inference
    for regression, JASA 113 (split conformal; locally weighted by the size of errors).
    Williams and Goodman (1971), A simple method for the construction of empirical confidence limits
    for economic forecasts, JASA 66.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAILS = 1.06
"""How much heavier than normal the quantile is expected to be, ahead of the data."""
BENT = 0.036
"""By how much less so at a lower level, per unit of the normal quantile's square: what is heavier
in the tails is lighter in the middle, as is Student's distribution of eight degrees of freedom."""
SQUARE = 3.8415
"""That square at 95 %."""
PRIOR = 4.0
"""Independent stretches that this expectation counts as."""
WIDENED = 0.5
"""Widening for what was not seen, in shares of a stretch, at 95 %. It goes with the square of the
normal quantile, plus one, as Student's quantiles do."""
RARE = 0.1
"""Quantile of past errors, over their mean, below which nearly all of them were nothing, as with
counts that are seldom more than zero. It says nothing of the rest, so that intervals reach at least
as far as the newest error.
"""
STEEPEST = 1.2
"""Highest power of the step that errors may grow with (a random walk: .5, a wrong slope: 1)."""


def widths(errors: NDArray[np.float64], stretches: float, level: float) -> NDArray[np.float64]:
    """Half widths per step, (methods, steps).

    Args:
        errors: of past forecasts, (methods, origins, steps), NaN where not known, in all methods
            alike; at least one is known.
        stretches: how many horizons fit into the tested part.
        level: nominal share inside.
    """
    known = np.isfinite(errors[0])
    size = np.abs(np.where(known, errors, 0.0))
    count = known.sum(axis=0)
    usual = _by_step(size.sum(axis=1) / np.maximum(count, 1), count)
    ratio = (size / np.maximum(usual, 1e-300)[:, None, :])[:, known]
    total = ratio.shape[1]
    rank = min(int(np.ceil(level * (total + 1))), total) - 1
    ratio.partition(rank, axis=1)
    normal = float(ndtri((1 + level) / 2))
    tails = max(TAILS + BENT * (normal * normal - SQUARE), 0.5)
    expected = tails * np.sqrt(np.pi / 2) * normal
    trust = stretches / (stretches + PRIOR)
    seen = np.maximum(ratio[:, rank], 1e-9)
    factor = np.exp(trust * np.log(seen) + (1 - trust) * np.log(expected))
    factor *= 1 + WIDENED * (1 + normal * normal) / (1 + SQUARE) / max(stretches, 1.0)
    found: NDArray[np.float64] = np.where(usual > 0, factor[:, None] * usual, 0.0)
    rare = ratio[:, rank] < RARE
    return np.where(rare[:, None], np.maximum(found, _newest(size, known)[:, None]), found)


def _newest(size: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The largest error of the newest origin with any."""
    last = int(np.flatnonzero(known.any(axis=1))[-1])
    return np.asarray(size[:, last].max(axis=1))


def _by_step(means: NDArray[np.float64], count: NDArray[np.int_]) -> NDArray[np.float64]:
    """Mean absolute errors, (methods, steps), smoothed to a · step^b with 0 ≤ b ≤ `STEEPEST`."""
    steps = np.log(np.arange(1, means.shape[1] + 1))
    positive = means > 0
    weight = np.where(positive, count, 0).astype(float)
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    logs = np.log(np.where(positive, means, 1.0))
    x = (weight * steps).sum(axis=1, keepdims=True) / total
    y = (weight * logs).sum(axis=1, keepdims=True) / total
    spread = (weight * (steps - x) ** 2).sum(axis=1, keepdims=True)
    slope = (weight * (steps - x) * (logs - y)).sum(axis=1, keepdims=True) / np.maximum(
        spread, 1e-12
    )
    slope = np.clip(np.where(spread > 0, slope, 0.5), 0, STEEPEST)
    found = np.exp(y + slope * (steps - x))
    return np.where(positive.any(axis=1, keepdims=True), found, 0.0)

"""Quantiles of errors of forecasts, by their size and lean in the past.

Errors at step h are divided by their usual size at that step (a power of the step, so that steps
lend each other strength) and pooled with those of similar steps. Of K origins that lie closer than
h only about as many errors are independent as stretches of h fit into the tested past: by that
number the quantiles that were seen are trusted over those of a distribution with heavier tails than
normal, a lean to one side over none, and ends are widened for what was not seen.

References:
    Williams and Goodman (1971), A simple method for the construction of empirical confidence limits
    for economic forecasts, JASA 66.
    Lee and Scholtes (2014), Empirical prediction intervals revisited, International Journal of
    Forecasting 30 (errors of each step by themselves; how few of them are independent).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri, stdtrit

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROBABILITIES: Final = np.array(
    (0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975)
)
MIDDLE: Final = int(PROBABILITIES.size // 2)
SIMILAR: Final = ((1, 2), (3, 5), (6, 10), (11, 18), (19, 32), (33, 56), (57, 10**6))
"""Steps whose quantiles are taken together; between their middles it is gone over smoothly."""
LENT: Final = 0.7
"""Steps from this share of the first of them, to the last of them over it, lend their errors."""
STEEP: Final = 3.8415
"""Square of the normal quantile at 95 %, at which `widened` is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """What is held of errors ahead of any.

    Attributes:
        tails: how much farther out their quantiles lie than those of Student's distribution, in
            units of the mean absolute error of a normal one.
        freedom: degrees of that distribution.
        prior: independent stretches that this counts as.
        level: independent stretches that no lean to one side counts as.
        widened: at 95 %, in shares of a stretch; at other levels it goes with one plus the square
            of the normal quantile, as Student's quantiles do.
        slopes: least and greatest power of the step that errors grow with.
    """

    tails: float
    freedom: float
    prior: float
    level: float
    widened: float
    slopes: tuple[float, float]


VALUES: Final = Nature(
    tails=0.76, freedom=5.0, prior=4.0, level=6.0, widened=0.3, slopes=(0.0, 1.2)
)
"""Of single values. These constants and the next were chosen on 1,750 series of the worlds of
`benchmarks/spend_forecasts.py`, with seeds that it does not use."""
SUMS: Final = Nature(tails=0.98, freedom=4.5, prior=8.0, level=0.5, widened=0.9, slopes=(0.5, 2.2))
"""Of sums over the steps so far."""
SPANS: Final = replace(SUMS, widened=1.6, slopes=(0.3, 1.2))
"""Of sums of a few steps that begin later. Levels drift: their errors grow with the steps before
them, however little of that a short past shows."""


def error_quantiles(
    errors: NDArray[np.float64], tested: float, nature: Nature, *, width: int = 1
) -> NDArray[np.float64]:
    """Quantiles at `PROBABILITIES` of what comes less what is forecast, (probabilities, steps).

    Args:
        errors: of past forecasts, (origins, steps), NaN where not known.
        tested: steps of the past that they lie in.
        nature: what is held of such errors ahead of any.
        width: steps that a number is the sum of, beginning with its own: such stretches are longer.
    """
    known = np.isfinite(errors)
    steps = errors.shape[1]
    usual = _usual(np.where(known, np.abs(errors), 0.0), known, nature.slopes)
    if not usual.any():
        return np.zeros((PROBABILITIES.size, steps))
    ratios = np.where(known, errors / usual, np.nan)
    normal = ndtri(PROBABILITIES)
    expected = nature.tails * np.sqrt(np.pi / 2) * stdtrit(nature.freedom, PROBABILITIES)
    wide = nature.widened * (1 + normal**2) / (1 + STEEP)
    every = ratios[known]
    centres, factors = [], []
    for first, end in SIMILAR:
        if first > steps:
            break
        last = min(end, steps)
        near = ratios[:, max(0, int(first * LENT) - 1) : int(np.ceil(last / LENT))]
        seen = near[np.isfinite(near)]
        stretches = max(tested / ((first + last) / 2 + width - 1), 1.0)
        factor = _factors(seen if seen.size else every, stretches, expected, nature)
        centres.append(np.log(first * last) / 2)
        factors.append(factor * (1 + wide / stretches))
    at = np.log(np.arange(1, steps + 1))
    smooth = [np.interp(at, centres, row) for row in np.array(factors).T]
    return np.array(smooth) * usual


def _factors(
    seen: NDArray[np.float64], stretches: float, expected: NDArray[np.float64], nature: Nature
) -> NDArray[np.float64]:
    """Quantiles in units of the usual error: of those seen, drawn towards the expected ones."""
    ordered, size = np.sort(seen), np.sort(np.abs(seen))
    place = (np.arange(seen.size) + 0.5) / seen.size
    lean = np.interp(PROBABILITIES, place, ordered)
    even = np.interp(np.abs(2 * PROBABILITIES - 1), place, size)
    even[MIDDLE] = 0.0
    trust = stretches / (stretches + nature.prior)
    logs = trust * np.log(np.maximum(even, 1e-9))
    logs += (1 - trust) * np.log(np.maximum(np.abs(expected), 1e-9))
    sign = np.sign(PROBABILITIES - 0.5)
    leaning = stretches / (stretches + nature.level)
    found: NDArray[np.float64] = sign * np.exp(logs) + leaning * (lean - sign * even)
    return found


def _usual(
    size: NDArray[np.float64], known: NDArray[np.bool_], slopes: tuple[float, float]
) -> NDArray[np.float64]:
    """Mean absolute errors by step, smoothed to a · step^b."""
    count = known.sum(axis=0)
    means = size.sum(axis=0) / np.maximum(count, 1)
    weight = np.where(means > 0, count, 0).astype(float)
    total = weight.sum()
    if not total > 0:
        return np.zeros(means.size)
    steps = np.log(np.arange(1, means.size + 1))
    logs = np.log(np.where(means > 0, means, 1.0))
    x, y = float(weight @ steps) / total, float(weight @ logs) / total
    spread = float(weight @ (steps - x) ** 2)
    slope = float(weight @ ((steps - x) * (logs - y))) / spread if spread > 0 else sum(slopes) / 2
    found: NDArray[np.float64] = np.exp(y + np.clip(slope, *slopes) * (steps - x))
    return found

"""Seasons of a series: patterns that repeat, as far as they stand out of the noise.

Classical: what is left after a centred moving average of one period, averaged by phase, recent
cycles counting more. A pattern of m numbers from few cycles is mostly noise where m is large or the
season weak, so it is shrunk towards none (James and Stein), as much as its own noise says. A longer
season is looked for in what the shorter leaves: it is a departure from it, shrunk by itself.

References:
    Miller and Williams (2003), Shrinkage estimators of time series seasonal factors and their
    effect on forecasting accuracy, International Journal of Forecasting 19.
    Bandara, Hyndman and Bergmeir (2021), MSTL: a seasonal-trend decomposition algorithm for time
    series with multiple seasonal patterns (the order: shortest first).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FADING = 0.9
"""Weight of a cycle beside the next newer one. On every third series of the M4 design half OWA
at .8, .9 and 1 is .736, .738, .726 (60 of Weekly) and .431, .432, .431 (69 of Hourly)."""


def season(
    values: NDArray[np.float64], known: int, periods: tuple[int, ...], length: int
) -> NDArray[np.float64]:
    """The seasons of `values[:known]`, additive, continued to `length`.

    A period that was not seen twice has no season.
    """
    total = np.zeros(length)
    rest = values[:known]
    for period in sorted(periods):
        if known <= 2 * period:
            continue
        pattern = _pattern(rest - centred_mean(rest, period), period)
        wave = np.resize(pattern, length)
        total += wave
        rest = rest - wave[:known]
    return total


def centred_mean(values: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    """The moving average over one period, NaN at the half period of either end.

    With an even period the two outermost values count half, as is customary.
    """
    n, half = values.size, period // 2
    sums = np.concatenate(([0.0], np.cumsum(values)))
    means = (sums[period:] - sums[:-period]) / period
    found = np.full(n, np.nan)
    found[half : n - half] = means if period % 2 else (means[:-1] + means[1:]) / 2
    return found


def _pattern(detrended: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    """One value per phase (place modulo period), shrunk, of sum zero."""
    half = period // 2
    seen = detrended[half : detrended.size - half]
    cycles = -(-seen.size // period)
    if cycles < 1 or seen.size < period:
        return np.zeros(period)
    missing = cycles * period - seen.size
    table = np.concatenate((np.zeros(missing), seen)).reshape(cycles, period)
    weight = np.repeat(FADING ** np.arange(cycles - 1, -1, -1.0)[:, None], period, axis=1)
    weight[0, :missing] = 0
    total = weight.sum(axis=0)
    mean = (weight * table).sum(axis=0) / total
    mean -= mean.mean()
    left = (table - mean)[weight > 0]
    freedom = max(seen.size - period, 1)
    noise = float(left @ left) / freedom * float(((weight**2).sum(axis=0) / total**2).mean())
    power = float(mean @ mean)
    kept = max(0.0, 1 - (period - 3) * noise / power) if power > 0 else 0.0
    found = np.empty(period)
    found[(np.arange(period) + detrended.size - half) % period] = kept * mean
    return found

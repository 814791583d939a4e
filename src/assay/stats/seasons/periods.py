"""Whether a regular series has a season of a given length, in noise of whatever correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import chdtrc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SURE: Final = 0.01
"""Share of series without a season in which one may be found, over all periods that are tried."""
_CYCLES: Final = 3
_NEAR: Final = 6
_CLIP: Final = 4.0
_DIGITS: Final = 1e-12
"""Share of a series' power that is rounding: a season without any noise has no neighbours."""


def seasonal_p_values(rows: Floats, period: int) -> Floats:
    """How often series without this season would look as seasonal as each row does.

    Compares the power at the season's frequency and its multiples with that of their neighbours on
    either side, so that smooth spectra (correlated noise, trends) do not matter. Steps and outliers
    are held down: what is looked at are differences of neighbours, clipped.

    Args:
        rows: series by points, without gaps.
        period: in points; at least three full cycles are needed, else all values are 1.

    References:
        Fisher (1925), Statistical Methods for Research Workers, sec. 21.1 (joint p-values).
        Priestley (1981), Spectral Analysis and Time Series, sec. 6.1.4 (ordinates are independent
        and exponential where the spectrum is flat).
    """
    length = (rows.shape[1] - 1) // period * period
    if not _enough(rows.shape[1], period):
        return np.ones(rows.shape[0])
    return _p_values(_power(rows, length), period, length // period)


def _enough(n: int, period: int) -> bool:
    return period >= 2 and n >= _CYCLES * period + 2


def _power(rows: Floats, length: int) -> Floats:
    """The periodogram of so many differences, the last ones."""
    steps = np.diff(rows, axis=1)[:, -length:]
    steps = steps - np.median(steps, axis=1, keepdims=True)
    sd = 1.4826 * np.median(np.abs(steps), axis=1, keepdims=True)
    if not sd.all():
        sd = np.where(sd > 0, sd, steps.std(axis=1, keepdims=True))
    steps = np.clip(steps, -_CLIP * sd, _CLIP * sd)
    wave = np.fft.rfft(steps - steps.mean(axis=1, keepdims=True), axis=1)
    power: Floats = wave.real**2 + wave.imag**2
    return power


def _p_values(power: Floats, period: int, cycles: int) -> Floats:
    """How surprising the power of a season is beside that of its neighbours."""
    width = min(_NEAR, max(1, (cycles - 1) // 2))
    at = cycles * np.arange(1, (period - 1) // 2 + 1) if period > 2 else np.array([cycles])
    total = np.zeros((power.shape[0], power.shape[1] + 1))
    np.cumsum(power, axis=1, out=total[:, 1:])
    low, high = np.maximum(at - width, 1), np.minimum(at + width + 1, power.shape[1])
    count = high - low - 1
    near = (total[:, high] - total[:, low] - power[:, at]) / count
    rounding = _DIGITS * total[:, -1:]
    ratio = power[:, at] / np.where(rounding > 0, np.maximum(near, rounding), np.inf)
    surprise = 2 * count * np.log1p(ratio / count)
    found: Floats = chdtrc(2 * at.size, surprise.sum(axis=1))
    return found


def without_seasons(y: Floats, periods: Sequence[int]) -> tuple[Floats, tuple[int, ...]]:
    """The series less every season that it is found to have, and their periods.

    A season is the median, by phase, of what is left when a running mean over one cycle is taken
    off, so that a jump of the level changes it little. Shorter periods come first; a longer one is
    tried on what they leave. Gaps stay gaps.
    """
    found: list[int] = []
    spectra: dict[int, Floats] = {}
    free = y
    for period in sorted(periods):
        if not _enough(y.size, period):
            continue
        length = (y.size - 1) // period * period
        if length not in spectra:
            spectra[length] = _power(_filled(free)[None], length)
        if _p_values(spectra[length], period, length // period)[0] < SURE / len(periods):
            spectra = {}
            found = [p for p in found if period % p] + [period]
            free = y
            for one in found:
                free = free - _pattern(_filled(free), one)[np.arange(y.size) % one]
    return free, tuple(found)


def _filled(y: Floats) -> Floats:
    """The series with lines drawn over its gaps."""
    here = np.flatnonzero(np.isfinite(y))
    return y if here.size == y.size else np.interp(np.arange(y.size), here, y[here])


def _pattern(y: Floats, period: int) -> Floats:
    """One cycle of the season, of mean zero, by phase of the position."""
    if period % 2:
        kernel = np.full(period, 1 / period)
    else:
        kernel = np.full(period + 1, 1 / period)
        kernel[[0, -1]] /= 2
    trend = np.convolve(y, kernel, "valid")
    first = kernel.size // 2
    off = y[first : first + trend.size] - trend
    cycle = np.array([np.median(off[(p - first) % period :: period]) for p in range(period)])
    centred: Floats = cycle - cycle.mean()
    return centred

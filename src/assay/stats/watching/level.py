"""Where a series stands now, and how surely that is beyond a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtr, stdtrit

from assay.core.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

MOVES: Final = np.array([0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0])
"""Variances of the level's daily move, in those of a day about its level; all are weighed."""
FEWEST: Final = 3
_CLIP: Final = 2.5
_TAIL: Final = 8.0
"""Degrees of freedom of a day about its level: one bad day does not move it far."""
_MAD: Final = 1.4826
_SHARE: Final = 0.5
"""Part of the variance of differences from day to day that is of a day about its level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceedance:
    """How surely the present level is above a threshold.

    Attributes:
        probability: that it is.
        level, low, high: present level with its 95 % interval.
        days: with data, that it rests on.
    """

    probability: float
    level: float
    low: float
    high: float
    days: int


def exceeds(
    values: ArrayLike,
    errors: ArrayLike | None,
    threshold: float,
    *,
    period: int = 7,
    relative: bool = False,
) -> Exceedance:
    """Probability that the present level of a series, not its last point, exceeds a threshold.

    The level wanders by a random walk whose pace is unknown: paces from none to as fast as the
    noise are weighed by how well each foretold the days so far. A day far from its expectation
    counts as one `_CLIP` standard deviations off. The season is taken out first.

    Args:
        values: one per day, evenly spaced; NaN where there are no data.
        errors: standard error of each, in its unit; None where unknown.
        threshold: in the unit of the values.
        period: length of the season; 1 for none.
        relative: follow ratios of positive values.

    Raises:
        DataError: with fewer than three values, an infinite one, or one that is not positive though
            ratios are followed.
        ParameterError: where the threshold is not finite, or not positive for ratios.

    References:
        Harvey (1989), Forecasting, structural time series models and the Kalman filter, sec. 2.3
        and 3.2 (local level); Masreliez & Martin (1977), Robust Bayesian estimation for the linear
        model and robustifying the Kalman filter, IEEE Trans. Automatic Control 22.
    """
    y = np.asarray(values, dtype=float).ravel()
    known = ~np.isnan(y)
    days = int(known.sum())
    if days < FEWEST:
        raise DataError(f"{days} of {y.size} days have data, expected {FEWEST} or more")
    if np.isinf(y).any():
        raise DataError("a value is infinite, expected numbers, or NaN for days without data")
    if not np.isfinite(threshold) or (relative and threshold <= 0):
        raise ParameterError(f"threshold={threshold}, expected a finite number of the values' kind")
    own = np.zeros_like(y) if errors is None else np.asarray(errors, dtype=float).ravel()
    if own.size != y.size:
        raise DataError(f"{own.size} errors of {y.size} values")
    own = np.where(np.isfinite(own), own, 0.0)
    limit = threshold
    if relative:
        if (y <= 0).any():
            raise DataError(f"a value of {np.nanmin(y):g}, expected positive ones for ratios")
        own, y, limit = own / np.where(known, y, 1.0), np.log(y), float(np.log(threshold))
    plain = y - _season(y, period)
    first = int(np.argmax(known))
    levels, variances, weights = _filtered(plain[first:], own[first:] ** 2)
    sds = np.sqrt(variances)
    freedom = days - 1.0
    probability = float(weights @ stdtr(freedom, (levels - limit) / sds))
    middle = float(weights @ levels)
    spread = float(np.sqrt(weights @ (variances + (levels - middle) ** 2)))
    half = float(stdtrit(freedom, 0.975)) * spread
    ends = np.array([middle, middle - half, middle + half])
    level, low, high = (np.exp(ends) if relative else ends).tolist()
    return Exceedance(probability=probability, level=level, low=low, high=high, days=days)


def _season(y: Array, period: int) -> Array:
    """Means of the phases about a moving mean of whole periods, drawn towards none."""
    n = y.size
    if period < 2 or (~np.isnan(y)).sum() < 3 * period:
        return np.zeros(n)
    known = ~np.isnan(y)
    middle = float(np.nanmedian(y))
    scale = _MAD * float(np.nanmedian(np.abs(y - middle)))
    clipped = np.where(known, np.clip(y, middle - 5 * scale, middle + 5 * scale), 0.0)
    width = np.ones(period)
    trend = np.convolve(clipped, width, "same") / np.maximum(
        np.convolve(known.astype(float), width, "same"), 1
    )
    away = np.where(known, clipped - trend, np.nan)
    bound = 3 * _MAD * float(np.nanmedian(np.abs(away)))
    kept = known & (np.abs(np.nan_to_num(away)) <= bound)
    phases = np.arange(n) % period
    number = np.bincount(phases[kept], minlength=period)
    sums = np.bincount(phases[kept], weights=away[kept], minlength=period)
    means = np.where(number > 0, sums / np.maximum(number, 1), 0.0)
    means -= means.mean()
    noise = float(((away[kept] - means[phases[kept]]) ** 2).sum()) / max(kept.sum() - period, 1)
    chance = max(period - 3, 1) * noise / max(float(number.mean()), 1.0)
    squares = float(means @ means)
    share = max(1 - chance / squares, 0.0) if squares > 0 else 0.0
    return np.asarray((share * means)[phases])


def _filtered(y: Array, sampling: Array) -> tuple[Array, Array, Array]:
    """Level and its variance after the last day, and the weight, by the level's pace."""
    steps = np.diff(y[~np.isnan(y)])
    robust = (_MAD * float(np.median(np.abs(steps)))) ** 2
    known = ~np.isnan(y)
    floor = 1e-18 * float(np.abs(y[known]).max()) ** 2 + 1e-300
    total = max(_SHARE * robust, _SHARE * float(np.mean(np.minimum(steps**2, 9 * robust))), floor)
    effect = max(total - float(sampling[known].mean()), 0.05 * total)
    # With a wandering level, part of the day-to-day variance is the wandering.
    effects = effect / (1 + MOVES / 2)
    moves = MOVES * (effects + float(sampling[known].mean()))
    level = np.full(MOVES.size, y[0])
    variance = effects + sampling[0]
    fit = np.zeros(MOVES.size)
    for day in range(1, y.size):
        variance = variance + moves
        if not known[day]:
            continue
        noise = effects + sampling[day]
        spread = np.sqrt(variance + noise)
        z = (y[day] - level) / spread
        fit += -np.log(spread) - (_TAIL + 1) / 2 * np.log1p(z * z / _TAIL)
        gain = variance / (variance + noise)
        level = level + gain * np.clip(z, -_CLIP, _CLIP) * spread
        variance = variance * (1 - gain)
    weights = np.exp(fit - fit.max())
    return level, variance, weights / weights.sum()

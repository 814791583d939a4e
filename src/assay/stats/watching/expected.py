"""What a day is expected to be, from the days before it: level, season, spread, their memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

CLIP: Final = 3.0
"""Standard deviations beyond which a day counts for nothing, or as if it were there (below)."""
_REJECTED: Final = 0.2
"""Share of such days up to which they are incidents; where they are more, the level has moved."""
_KEPT: Final = 0.9733
"""Variance of a standard normal within ± 3: 1 − 2 · 3 φ(3) / (1 − 2 Φ(−3))."""
_MEMORY: Final = 20.0
"""Days that the usual autocorrelation counts as, beside those seen; both were set, with `_SEASON`,
on simulations with autocorrelations of 0 to .7 (`benchmarks/online.py`)."""
_USUAL: Final = 0.3
_MOST: Final = 0.8
_SEASON: Final = 0.7
"""Share of a season's numbers that count as estimated, however little of it was kept."""
_FIRST: Final = 4
"""Steps of the iteration on the first day, each later day adding one."""


@dataclass(slots=True)
class Expected:
    """Level, season, variance and autocorrelation of many series, taken from a window of days.

    A day is `level + season[phase] + day effect + sampling error`. All four are followed by one
    step of Huber's iteration per day, from windows in which days of incidents are marked unusable.

    Attributes:
        level: a number per series.
        season: a column per phase; rows sum to zero. Shrunk by James and Stein's factor, so that
            a series without a season has none.
        effect: variance of the day effect, beyond the sampling error.
        error: mean variance of the sampling error in the window.
        memory: lag-one autocorrelation of days.
        days: usable ones in the window.
        kept: share of the season that its shrinking left: so many of its numbers were estimated.
    """

    level: Array
    season: Array
    effect: Array
    error: Array
    memory: Array
    days: Array
    kept: Array
    least: float

    @classmethod
    def unknown(cls, series: int, period: int, least: float) -> Expected:
        """Before any day was seen; `least` is the smallest standard deviation ever believed."""
        empty = np.zeros(series)
        return cls(
            level=np.full(series, np.nan),
            season=np.zeros((series, period)),
            effect=empty.copy(),
            error=empty.copy(),
            memory=np.full(series, _USUAL),
            days=empty.copy(),
            kept=empty.copy(),
            least=least,
        )

    @property
    def spread(self) -> Array:
        """Standard deviation of one day about its expectation."""
        return np.sqrt(self.effect + self.error)

    def long_run(self, error: Array) -> Array:
        """Variance per day of sums over many days with that sampling variance.

        Days that remember each other say less together: (1 + ρ) / (1 − ρ) of an autoregression. The
        part of the level and of the season, which are estimates, is added.
        """
        inflated = (1 + self.memory) / (1 - self.memory)
        unsure = 1 + (inflated + 1) / np.maximum(self.days, 1)
        return (self.effect + error) * inflated * unsure

    def follow(self, window: Array, errors: Array, usable: Flags, phase: int, which: Flags) -> None:
        """Take in a window of days for the series in `which`.

        Args:
            window: values, a row per series, the oldest first; whole periods.
            errors: sampling variances, in the same places.
            usable: which of them count.
            phase: of the first column.
            which: series to be followed; the others stay as they are.
        """
        fresh = which & np.isnan(self.level)
        if fresh.any():
            self._begin(window[fresh], usable[fresh], fresh)
            for _ in range(_FIRST):
                self._step(window[fresh], errors[fresh], usable[fresh], phase, fresh)
        rows = which & ~fresh
        if rows.any():
            self._step(window[rows], errors[rows], usable[rows], phase, rows)

    def _begin(self, window: Array, usable: Flags, rows: Flags) -> None:
        """From the median, and the median distance from it."""
        known = np.where(usable, window, np.nan)
        centre = np.nanmedian(known, axis=1)
        away = 1.4826 * np.nanmedian(np.abs(known - centre[:, None]), axis=1)
        self.level[rows] = centre
        self.season[rows] = 0.0
        self.effect[rows] = np.maximum(away, self.least) ** 2
        self.error[rows] = 0.0

    def _step(self, window: Array, errors: Array, usable: Flags, phase: int, rows: Flags) -> None:
        period = self.season.shape[1]
        phases = (phase + np.arange(window.shape[1])) % period
        level, season = self.level[rows], self.season[rows]
        spread = np.sqrt(self.effect[rows][:, None] + errors)
        bound = CLIP * np.maximum(spread, self.least)
        left = np.where(usable, window - level[:, None] - season[:, phases], 0.0)
        far = np.abs(left) > bound
        few = far.sum(axis=1) <= _REJECTED * usable.sum(axis=1)
        usable = usable & ~(far & few[:, None])
        left = np.where(usable, np.clip(left, -bound, bound), 0.0)
        weights = usable / np.maximum(spread, self.least) ** 2
        shares = weights / weights.sum(axis=1, keepdims=True)
        moved = (shares * left).sum(axis=1)
        left = np.where(usable, left - moved[:, None], 0.0)
        days = usable.sum(axis=1)
        freedom = np.maximum(days - (period - 1) * np.maximum(self.kept[rows], _SEASON) - 1, 1)
        total = (left * left).sum(axis=1) / freedom / _KEPT
        error = np.where(usable, errors, 0.0).sum(axis=1) / days
        self.level[rows] = level + moved
        if period > 1:
            means, kept = _season(left, usable, phases, season, total)
            self.season[rows], self.kept[rows] = means * kept[:, None], kept
        self.error[rows] = error
        self.effect[rows] = np.maximum(total - error, 0.0)
        short = self.effect[rows] + error < self.least**2
        self.effect[rows] = np.where(short, self.least**2 - error, self.effect[rows])
        self.memory[rows] = _autocorrelation(left, usable, days)
        self.days[rows] = days


def _season(
    left: Array, usable: Flags, phases: Array, season: Array, total: Array
) -> tuple[Array, Array]:
    """Means of the phases, and the share of them that chance alone could not have made.

    References:
        James & Stein (1961), Estimation with quadratic loss, Proc. 4th Berkeley Symposium 1.
    """
    series, period = season.shape
    order = np.argsort(phases[:period])
    shape = (series, -1, period)
    number = usable.reshape(shape).sum(axis=1)[:, order]
    sums = left.reshape(shape).sum(axis=1)[:, order]
    means = np.where(number > 0, sums / np.maximum(number, 1), 0.0) + season
    means -= means.mean(axis=1, keepdims=True)
    chance = total / np.maximum(number.mean(axis=1), 1)
    squares = (means * means).sum(axis=1)
    kept = 1 - max(period - 3, 1) * chance / np.maximum(squares, 1e-300)
    return means, np.clip(kept, 0.0, 1.0)


def _autocorrelation(left: Array, usable: Flags, days: Array) -> Array:
    """Of neighbouring days, drawn towards what is usual; never negative, which would be bold.

    References:
        Kendall (1954), Note on bias in the estimation of autocorrelation, Biometrika 41: with an
        estimated mean, that of n days is too low by (1 + 3 ρ) / n.
    """
    both = usable[:, 1:] & usable[:, :-1]
    products = np.where(both, left[:, 1:] * left[:, :-1], 0.0).sum(axis=1)
    squares = (left * left).sum(axis=1)
    plain = products / np.maximum(squares, 1e-300)
    seen = plain + (1 + 3 * np.maximum(plain, 0.0)) / np.maximum(days, 1)
    drawn = (days * seen + _MEMORY * _USUAL) / (days + _MEMORY)
    return np.asarray(np.clip(drawn, 0.0, _MOST))

"""How much more likely the last days are if something shifted: the statistic of Shiryaev, Roberts.

Each day multiplies the odds of "it shifted by δ on some day" against "nothing shifted" by the ratio
of its densities. A day is an incident by itself, with a small chance, under both: such a day says
little, however bad it is. Where the densities are right, the sum over all onsets grows by one a day
on average while nothing happens, so that it exceeds A at most once in A days.

References:
    Shiryaev (1963), On optimum methods in quickest detection problems, Theory of Probability and
    its Applications 8; Roberts (1966), A comparison of some control chart procedures,
    Technometrics 8; Pollak (1985), Optimal detection of a change in distribution, Annals of
    Statistics 13 (mean time between false alarms of at least A).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

INCIDENTS: Final = 0.03
"""Share of days that are incidents by themselves."""
TAIL: Final = 12.0
"""Degrees of freedom of a day's deviation: spreads are estimates, and tails may be fat."""
STEP: Final = 1.35
SIZES: Final = 11
"""Shifts that are asked about on each side: the smallest that matters, each next by that factor."""
MOST: Final = 2.5
"""Log odds that one day can bring: less than what makes up for the share of incidents, and so
little that no shift is seen before its third day."""

_OVERSHOOT: Final = 0.7
"""The odds pass their limit by a jump, so that a lower one keeps to the rate: a cautious share."""
_SINGLE: Final = log(_OVERSHOOT / 0.0025)
"""The limit of one series at a quarter of an alarm in 100 days, above which estimates cost more."""
_ESTIMATED: Final = 0.05


@dataclass(slots=True)
class Evidence:
    """Odds of a shift, by its size, for many series.

    Attributes:
        sizes: shifts asked about, both signs.
        odds: logarithm, a row per series and a column per size.
        days: log ratios of the last days, in a ring; for dating a shift.
        taken: days since the evidence began, per series.
        limit: logarithm of the odds that raise an alarm.
    """

    sizes: Array
    odds: Array
    days: Array
    taken: Array
    limit: float

    @classmethod
    def none(cls, series: int, smallest: float, limit: float, memory: int) -> Evidence:
        """Before the first day."""
        up = smallest * STEP ** np.arange(SIZES)
        sizes = np.concatenate([-up[::-1], up])
        return cls(
            sizes=sizes,
            odds=np.full((series, sizes.size), -np.inf),
            days=np.zeros((memory, series, sizes.size)),
            taken=np.zeros(series),
            limit=limit,
        )

    def take(self, day: int, deviation: Array, variance: Array) -> Array:
        """Take in a day's deviations (NaN: none) and say the odds over all sizes."""
        ratios = log_ratios(deviation, variance, self.sizes)
        ratios = np.clip(ratios, -MOST, MOST)
        self.days[day % self.days.shape[0]] = ratios
        seen = ~np.isnan(deviation)
        self.taken += seen | (self.taken > 0)
        self.odds[seen] = np.logaddexp(0.0, self.odds[seen]) + ratios[seen]
        return self.overall()

    def overall(self) -> Array:
        """Log odds of a shift of any size, all being believed alike."""
        top = self.odds.max(axis=1)
        safe = np.where(np.isfinite(top), top, 0.0)
        mean = np.exp(self.odds - safe[:, None]).mean(axis=1)
        return np.where(np.isfinite(top), safe + np.log(np.maximum(mean, 1e-300)), -np.inf)

    def sign(self, row: int) -> int:
        """Direction of the size with the highest odds."""
        return int(np.sign(self.sizes[int(np.argmax(self.odds[row]))]))

    def forget(self, row: int) -> None:
        """Begin anew with one series."""
        self.odds[row] = -np.inf
        self.taken[row] = 0
        self.days[:, row] = 0.0

    def onset(self, row: int, day: int, sign: int) -> Array:
        """Probabilities of the last days, the latest first, to be the first of a shift."""
        memory = min(self.days.shape[0], int(self.taken[row]))
        latest = self.days[(day - np.arange(memory)) % self.days.shape[0], row]
        sums = np.cumsum(latest, axis=0)[:, np.sign(self.sizes) == sign]
        by_day = np.exp(sums - sums.max()).sum(axis=1)
        return np.asarray(by_day / by_day.sum())


def limit_of(rate: float) -> float:
    """Log odds that raise an alarm, so that so many false ones come per series and day, at most.

    One over the rate, where level and spread are known. They are estimates, which tells far out:
    the quadratic term was set by simulation, the rates of which `benchmarks/online.py` prints for
    one to 1,000 series.
    """
    plain = log(_OVERSHOOT / rate)
    return plain + _ESTIMATED * max(plain - _SINGLE, 0.0) ** 2


def log_ratios(deviation: Array, variance: Array, sizes: Array) -> Array:
    """Log density of a deviation if shifted by each size, over that if not shifted.

    `sizes` is a row for all series, or a row per series.

    Each size stands for all those nearer to it than to its neighbours: half of that distance is
    added to the spread, which keeps the ratio one on average.
    """
    x = np.where(np.isnan(deviation), 0.0, deviation)[:, None]
    gap = np.abs(sizes) * (STEP - 1) / 4
    wide = np.sqrt(variance)[:, None]
    plain = _density(x / wide) / wide
    broad = np.sqrt(variance[:, None] + gap * gap)
    shifted = _density((x - sizes) / broad) / broad
    off = np.maximum(5 * wide, 0.3)
    incident = INCIDENTS / (pi * off * (1 + (x / off) ** 2))
    ratios = np.log((1 - INCIDENTS) * shifted + incident) - np.log(
        (1 - INCIDENTS) * plain + incident
    )
    return np.where(np.isnan(deviation)[:, None], 0.0, ratios)


_SCALE: Final = float(np.exp(-betaln(0.5, TAIL / 2))) / TAIL**0.5


def _density(x: Array) -> Array:
    """Student's, with `TAIL` degrees of freedom."""
    return np.asarray(_SCALE * np.exp(-(TAIL + 1) / 2 * np.log1p(x * x / TAIL)))

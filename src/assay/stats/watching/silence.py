"""Data that stopped: gaps longer than a series' own gaps explain."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import log
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.stats.watching.result import Silence

if TYPE_CHECKING:
    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

SHORTEST: Final = 2
"""Days without data before anything is said: the last one is often late."""


@dataclass(slots=True)
class Gaps:
    """How often data were missing, by phase of the season, and the gap that runs now.

    The chance of a gap is the product of its days' chances, each the share of missing days of that
    phase so far: a series that rests on weekends is not silent on Sunday.
    """

    missing: Array
    days: Array
    chance: Array
    length: NDArray[np.int64]
    begun: Flags
    silent: Flags
    rate: float
    silences: list[list[Silence]] = field(default_factory=list)

    @classmethod
    def none(cls, series: int, period: int, rate: float) -> Gaps:
        """Before the first day."""
        return cls(
            missing=np.zeros((series, period)),
            days=np.zeros((series, period)),
            chance=np.zeros(series),
            length=np.zeros(series, dtype=np.int64),
            begun=np.zeros(series, dtype=bool),
            silent=np.zeros(series, dtype=bool),
            rate=rate,
            silences=[[] for _ in range(series)],
        )

    def take(self, day: int, missing: Flags) -> None:
        """A day with or without data."""
        phase = day % self.missing.shape[1]
        gone = missing & self.begun
        share = (self.missing.sum(axis=1) + 0.5) / (self.days.sum(axis=1) + 1)
        own = (self.missing[:, phase] + share) / (self.days[:, phase] + 1)
        back = ~missing
        for row in np.flatnonzero(back & self.silent).tolist():
            self.silences[row][-1] = replace(self.silences[row][-1], ended=day)
        self.silent &= missing
        self.length = np.where(gone, self.length + 1, 0)
        self.chance = np.where(gone, self.chance + np.log(own), 0.0)
        long = gone & ~self.silent & (self.length >= SHORTEST) & (self.chance < log(self.rate))
        for row in np.flatnonzero(long).tolist():
            since = day - int(self.length[row]) + 1
            self.silences[row].append(Silence(since=since, noticed=day, ended=None))
        self.silent |= long
        counted = self.begun & ~self.silent
        self.missing[:, phase] += gone & counted
        self.days[:, phase] += counted
        self.begun |= back

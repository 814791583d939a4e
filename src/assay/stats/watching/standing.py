"""Incidents that are open: how large they are by now, and whether the series came back."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.stats.watching.evidence import log_ratios as ratios_of
from assay.stats.watching.expected import CLIP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Places = NDArray[np.int64]

BACK: Final = log(50.0)
"""Log odds of "it came back" that close an incident."""
BACK_DAY: Final = 0.55
"""Share of it that one day can bring."""


@dataclass(slots=True)
class Standing:
    """Incidents that are open, a place per series.

    Attributes:
        is_open: whether one is.
        since: its first day.
        shift: mean deviation of its days.
        days: that are behind it.
        back: log odds that the series came back, since its last day that spoke against it.
        back_since: first day of the recovery, if it is one.
        held, held_days: sum of what those days would add to the shift, and how many they are.
    """

    is_open: Flags
    since: Places
    shift: Array
    days: Array
    back: Array
    back_since: Places
    held: Array
    held_days: Array

    @classmethod
    def none(cls, series: int) -> Standing:
        """No incident anywhere."""
        return cls(
            is_open=np.zeros(series, dtype=bool),
            since=np.zeros(series, dtype=np.int64),
            shift=np.zeros(series),
            days=np.zeros(series),
            back=np.zeros(series),
            back_since=np.zeros(series, dtype=np.int64),
            held=np.zeros(series),
            held_days=np.zeros(series),
        )

    def begin(self, row: int, *, since: int, shift: float, days: int) -> None:
        """An incident was opened."""
        self.is_open[row] = True
        self.since[row], self.shift[row], self.days[row] = since, shift, days
        self.back[row], self.back_since[row] = 0.0, since
        self.held[row] = self.held_days[row] = 0.0

    def take(self, day: int, deviation: Array, variance: Array, spread: Array) -> None:
        """A day's deviations: do they speak for the shift or for no shift?"""
        seen = self.is_open & ~np.isnan(deviation)
        rows = np.flatnonzero(seen)
        if not rows.size:
            return
        x, shift = deviation[rows], self.shift[rows]
        ratio = -ratios_of(x, variance[rows], shift[:, None])[:, 0]
        before = self.back[rows]
        self.back_since[rows] = np.where(before <= 0, day, self.back_since[rows])
        after = np.maximum(before + np.clip(ratio, -3.0, BACK_DAY * BACK), 0.0)
        self.back[rows] = after
        bound = CLIP * spread[rows]
        held = self.held[rows] + np.clip(x - shift, -bound, bound)
        held_days = self.held_days[rows] + 1
        stays = after <= 0
        days = self.days[rows] + np.where(stays, held_days, 0.0)
        self.shift[rows] = shift + np.where(stays, held / np.maximum(days, 1), 0.0)
        self.days[rows] = days
        self.held[rows] = np.where(stays, 0.0, held)
        self.held_days[rows] = np.where(stays, 0.0, held_days)

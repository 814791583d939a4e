"""Days whose number of rows is out of line with the weeks before, weekday by weekday.

The logarithm of a day's rows is taken apart into the effect of its weekday, the level of the four
weeks before (a median, which a few odd days do not move), and a rest. The usual size of the rest is
read off its median, and split into what counting alone makes (one over the expected count) and what
days differ by beyond it. A day is out of line where its rest is larger than chance would make any
of the days' in a given share of clean reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betainc, ndtr, stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WEEK: Final = 7
BEFORE: Final = 28
"""Days whose median is the level that a day is expected to have."""
FEWEST_DAYS: Final = 49
"""Seven weeks: four that only lend their level, and three whose rest tells the usual spread."""
FALSE_ALARMS: Final = 0.05
"""Share of reports on days without any change that raise an alarm."""
NOMINAL: Final = 0.4
"""Part of the false alarms that the limits are made for: the level and the weekdays are estimated
too. Found by simulation on seed 1 (56 to 365 days, 5 to 1,000 rows a day); the tests use others."""
EFFICIENCY: Final = 0.37
"""A spread read off a median is as exact as a standard deviation of so many fewer days."""
QUARTILE: Final = 0.6744897501960817
HALF: Final = 0.5
"""Added to each count, so that a day without rows has a logarithm."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day's rows beside what was expected; None where the weeks before are too few."""

    day: date
    rows: int
    expected: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def out_of_line(self) -> bool:
        """Whether the count lies outside what chance makes."""
        if self.low is None or self.high is None:
            return False
        return not self.low <= self.rows <= self.high


@dataclass(frozen=True, slots=True)
class Volume:
    """All days, and how much they usually differ from expectation.

    Attributes:
        judged: days that have an expectation.
        spread: usual relative deviation of a day beyond what counting makes.
        reason: why no day is judged, None where some are.
    """

    days: tuple[Day, ...]
    judged: int
    spread: float | None
    reason: str | None = None


def judge_days(counts: Sequence[tuple[date, int]], *, false_alarms: float = FALSE_ALARMS) -> Volume:
    """What every day's rows were expected to be, from the four weeks before it.

    Args:
        counts: every calendar day once, in order; days without rows as 0.
        false_alarms: share of clean reports in which any day may be called out of line.
    """
    days = tuple(Day(day, rows) for day, rows in counts)
    if len(counts) < FEWEST_DAYS:
        return Volume(
            days, 0, None, f"an expectation takes {FEWEST_DAYS} days, and there are {len(counts)}"
        )
    n = np.array([rows for _, rows in counts], dtype=float)
    if (n > 0).mean() < HALF:
        return Volume(days, 0, None, "most days have no rows, so that no day's number is usual")
    weekday = np.array([day.weekday() for day, _ in counts])
    logs = np.log(n + HALF)
    level_free = logs - _weekdays(logs, weekday)[weekday]
    effects = (logs - level_free)[BEFORE:]
    windows = np.lib.stride_tricks.sliding_window_view(level_free, BEFORE)[: len(n) - BEFORE]
    before = np.median(windows, axis=1)
    rest = level_free[BEFORE:] - before
    drift = float(np.median(rest))
    middle = before + effects + drift
    mean = np.maximum(np.exp(middle), HALF)
    extra = _extra(rest - drift, 1.0 / mean)
    spread = np.sqrt(extra + 1.0 / mean)
    judged = len(rest)
    tail = NOMINAL * false_alarms / (2 * judged)
    critical = float(-stdtrit(EFFICIENCY * judged, tail))
    few, many = _count_limits(mean, extra, float(ndtr(-critical)))
    low = np.minimum(few, np.exp(middle - critical * spread) - HALF).clip(0.0)
    high = np.maximum(many, np.exp(middle + critical * spread) - HALF)
    told = [
        Day(day.day, day.rows, float(mean[i]), float(low[i]), float(high[i]))
        for i, day in enumerate(days[BEFORE:])
    ]
    return Volume((*days[:BEFORE], *told), judged, float(np.sqrt(extra)))


def runs_of(days: Sequence[Day]) -> list[list[Day]]:
    """Neighbouring days out of line on the same side, each run one event; empty days are gaps."""
    runs: list[list[Day]] = []
    for day in (day for day in days if day.out_of_line and day.rows):
        last = runs[-1][-1] if runs else None
        beside = last is not None and day.day - last.day <= timedelta(days=2)
        if last is not None and beside and _is_low(last) == _is_low(day):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def gaps_of(counts: Sequence[tuple[date, int]]) -> tuple[list[date], int]:
    """Days without rows on weekdays that mostly have some, and days without rows at all."""
    empty = [day for day, rows in counts if not rows]
    seen: dict[int, list[int]] = {}
    for day, rows in counts:
        seen.setdefault(day.weekday(), []).append(rows)
    busy = {weekday for weekday, rows in seen.items() if np.mean(np.array(rows) > 0) > HALF}
    return [day for day in empty if day.weekday() in busy], len(empty)


def _is_low(day: Day) -> bool:
    return day.rows < (day.expected or 0.0)


def _weekdays(logs: Floats, weekday: NDArray[np.int64]) -> Floats:
    """The effect of each weekday: its median distance from the level of the weeks around it."""
    effect = np.zeros(WEEK)
    for reach in (WEEK // 2, 10, 10):
        free = logs - effect[weekday]
        padded = np.pad(free, reach, mode="reflect")
        level = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)
        rest = free - level
        effect += np.array([np.median(rest[weekday == one]) for one in range(WEEK)])
    return effect


def _count_limits(mean: Floats, extra: float, tail: float) -> tuple[Floats, Floats]:
    """Counts beyond which a negative binomial of this mean and spread has less than `tail`.

    What counting alone makes of few rows a day is skewed, which logarithms overdo on the low side.
    """
    shape = 1.0 / max(extra, 1e-6)
    success = shape / (shape + mean)
    ends = []
    for share in (tail, 1.0 - tail):
        below, above = np.full_like(mean, -1.0), 10.0 * mean * (1.0 + 10.0 * extra) + 50.0
        for _ in range(50):
            middle = np.floor((below + above) / 2)
            reached = betainc(shape, middle + 1.0, success) >= share
            above, below = np.where(reached, middle, above), np.where(reached, below, middle)
        ends.append(above)
    return ends[0], ends[1]


def _extra(rest: Floats, counting: Floats) -> float:
    """Variance beyond counting, so that the median of the standardised rest is a normal one's."""
    sizes = np.abs(rest)
    low, high = 0.0, float(np.max(sizes) ** 2) / QUARTILE**2 + 1e-12
    if np.median(sizes / np.sqrt(counting)) <= QUARTILE:
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2
        if np.median(sizes / np.sqrt(middle + counting)) > QUARTILE:
            low = middle
        else:
            high = middle
    return high

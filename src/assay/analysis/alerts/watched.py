"""What an alarm is raised from: a series with its errors and numbers, and what matters of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Every = Literal["hour", "day", "week"]

PERIODS: Final[dict[Every, int]] = {"hour": 24, "day": 7, "week": 1}
"""Length of the season, in points: hours of a day, days of a week."""
PER_DAY: Final[dict[Every, float]] = {"hour": 24.0, "day": 1.0, "week": 1 / 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A limit of a metric's level, and how surely it must be passed.

    Attributes:
        above: whether a level above it is what is feared; else one below.
    """

    value: float
    above: bool
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedSeries:
    """One series of complete periods.

    Attributes:
        watched: name of what is watched; `data`: where its rows come from.
        subject: the metric, or the column whose mix it is.
        by: columns and values that tell it from others of the subject; of a mix, the label.
        is_share: a label's share of all rows, rather than a metric.
        better: direction in which the metric is better; None where neither is.
        labels, ends: of each period: its name in local time, and the moment when it was over.
        values: NaN in a gap, and where too few rows are behind it; `errors`: standard errors, NaN
            where unknown.
        n: rows behind each value; `rows`: rows there were, also those without a value.
        smallest: change that matters, as a share of what is expected if `relative`.
        usd: what one unit of the metric costs per row; None where nobody said.
    """

    watched: str
    data: str
    subject: str
    by: tuple[tuple[str, str], ...]
    is_share: bool
    unit: str
    better: Literal["up", "down"] | None
    every: Every
    labels: tuple[str, ...]
    ends: tuple[datetime, ...]
    values: tuple[float, ...]
    errors: tuple[float, ...]
    n: tuple[int, ...]
    rows: tuple[int, ...]
    smallest: float
    relative: bool
    usd: float | None = None
    thresholds: tuple[Threshold, ...] = ()

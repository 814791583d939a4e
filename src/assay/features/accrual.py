"""How units come: distinct ones over growing windows, since most of them come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.features.faults import collect

if TYPE_CHECKING:
    from assay.features.faults import Frame

WEEK: Final = 7
MOST_DAYS: Final = 730
"""Days of the history that are looked at, the latest ones."""
_THURSDAY: Final = 3
"""Weekday of day 0 (1970-01-01), Monday being 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """Units that an experiment meets which starts on some day and runs for some days.

    Attributes:
        first: number of the first day, from 1970-01-01.
        fresh: `fresh[t, s]`: units of day t whose day before that was s − 1, days counted from the
            first; s = 0 for those that were never there before.
    """

    first: int
    fresh: NDArray[np.int64]

    @property
    def days(self) -> int:
        """Days looked at."""
        return len(self.fresh)

    def met(self, days: int) -> NDArray[np.int64]:
        """Distinct units of each window of so many days, by its first day.

        A unit counts on the first of its days that lies in the window: the one before lies outside.
        """
        if not 1 <= days <= self.days:
            raise DataError(f"a window of {days} days in a history of {self.days}")
        earlier = np.cumsum(self.fresh, axis=1)
        starts = range(self.days - days + 1)
        return np.array([earlier[s : s + days, s].sum() for s in starts])

    def pace(self) -> float:
        """New units per day at the end of the longest window: how it would go on."""
        reach = min(WEEK, self.days)
        start = 0
        earlier = np.cumsum(self.fresh, axis=1)[:, start]
        return float(earlier[-reach:].mean())

    def weekdays(self) -> tuple[float, ...]:
        """Mean units of a day, from Monday to Sunday; days of the week that are missing have 0."""
        sizes = self.fresh.sum(axis=1)
        places = (np.arange(self.days) + self.first + _THURSDAY) % WEEK
        return tuple(
            float(sizes[places == day].mean()) if (places == day).any() else 0.0
            for day in range(WEEK)
        )


def accrual_of(rows: Frame, unit: str | None, *, first: int, last: int, day: nw.Expr) -> Accrual:
    """How the units of these rows came, from one grouping by unit and day.

    Args:
        rows: of the history.
        unit: column of the unit; None where each row is one.
        first: number of the first day.
        last: of the last.
        day: number of a row's day.
    """
    first = max(first, last - MOST_DAYS + 1)
    days = last - first + 1
    fresh = np.zeros((days, days + 1), dtype=np.int64)
    if unit is None:
        dated = rows.select(day.alias("day")).filter(nw.col("day") >= first)
        counts = (
            dated.group_by("day")
            .agg(nw.len().alias("n"))
            .with_columns(nw.lit(None).cast(nw.Int64).alias("before"))
        )
    else:
        dated = rows.select(nw.col(unit).alias("unit"), day.alias("day"))
        seen = dated.filter(nw.col("day") >= first).unique(["unit", "day"])
        before = nw.col("day").shift(1).over("unit", order_by="day").alias("before")
        counts = seen.with_columns(before).group_by("day", "before").agg(nw.len().alias("n"))
    found: list[dict[str, Any]] = collect(counts)
    for row in found:
        earlier = -1 if row["before"] is None else int(row["before"]) - first
        fresh[int(row["day"]) - first, earlier + 1] += int(row["n"])
    return Accrual(first=first, fresh=fresh)

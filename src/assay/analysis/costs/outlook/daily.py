"""Spending by day of some of the lines, as a forecast takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.core.errors import DataError, ParameterError, nearest

if TYPE_CHECKING:
    from assay.core.budgets import Scope

WEEKS: Final = 4
"""Of the same weekday, that the last day's calls are held against."""
HALF: Final = 0.5
"""Of the fewest calls of these days, below which the last day is taken to be incomplete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days that the data cover.

    Attributes:
        first: day of the data.
        through: the last one that is complete.
        last: of the data.
        calls: of each day from first to through, whoever made them.
    """

    first: date
    through: date
    last: date
    calls: NDArray[np.int_]

    @property
    def size(self) -> int:
        """Complete days."""
        return (self.through - self.first).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """What some lines cost, by complete day.

    Attributes:
        first: of `usd`: the first day of the data.
        usd: per day; a day without a call cost nothing.
        calls, unknown: per day; unknown ones have neither a logged cost nor a price.
        since: place of the first day with a call; the size where there is none.
        later: what was spent after the last complete day.
    """

    first: date
    usd: NDArray[np.float64]
    calls: NDArray[np.int_]
    unknown: NDArray[np.int_]
    since: int
    later: float

    @property
    def own(self) -> NDArray[np.float64]:
        """Days from the first with a call on."""
        found: NDArray[np.float64] = self.usd[self.since :]
        return found

    @property
    def credited(self) -> bool:
        """Whether any day cost less than nothing."""
        return bool((self.usd < 0).any())

    def spent(self, first: date, last: date) -> float:
        """In the days from first to last, both included, as far as they are known."""
        return float(self.usd[self._places(first, last)].sum())

    def unpriced(self, first: date, last: date) -> int:
        """Calls of these days whose cost is not known."""
        return int(self.unknown[self._places(first, last)].sum())

    def called(self, first: date, last: date) -> int:
        """Calls of these days."""
        return int(self.calls[self._places(first, last)].sum())

    def _places(self, first: date, last: date) -> slice:
        start, end = (first - self.first).days, (last - self.first).days + 1
        return slice(max(start, 0), max(end, 0))


def counted(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that have a day and are not set apart."""
    kept = pl.col("day").is_not_null()
    if "apart" in lines.columns:
        kept &= ~pl.col("apart")
    return lines.filter(kept)


def calendar_of(lines: pl.DataFrame, through: date | None = None) -> Calendar:
    """The days that lines cover; the last one counts where it has its share of calls.

    Args:
        lines: with `day` and `requests`.
        through: the last complete day, where that is known.

    Raises:
        DataError: where no line has a day, or none up to `through`.
    """
    days = lines.group_by("day").agg(pl.col("requests").sum()).sort("day")
    if days.is_empty():
        raise DataError("no call has a day, so that nothing can be forecast")
    first, last = days["day"][0], days["day"][-1]
    size = (last - first).days + 1
    calls = np.zeros(size, dtype=int)
    calls[(days["day"] - first).dt.total_days().to_numpy()] = days["requests"].to_numpy()
    if through is None:
        alike = calls[:-1][::-1][6::7][:WEEKS]
        partial = alike.size >= WEEKS - 1 and calls[-1] < HALF * alike.min()
        through = last - timedelta(days=1) if partial else last
    if through < first:
        raise DataError(f"the data begin on {first}, after the last complete day ({through})")
    kept = (through - first).days + 1
    padded = np.concatenate((calls, np.zeros(max(kept - size, 0), dtype=int)))[:kept]
    return Calendar(first=first, through=through, last=max(last, through), calls=padded)


def within(lines: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Lines whose columns have one of the values of the scope.

    Raises:
        ParameterError: where the lines are not by such a column.
    """
    for column, _ in scope:
        if column not in lines.columns:
            raise ParameterError(
                f"a budget or scenario names the column {column!r}, which the data lack",
                remedy=nearest(column, lines.columns),
            )
    kept = [pl.col(column).is_in(list(values)) for column, values in scope]
    return lines.filter(*kept) if kept else lines


def unseen(lines: pl.DataFrame, scope: Scope) -> str:
    """Values of the scope that no line has, in words; empty where all occur."""
    told = []
    for column, values in scope:
        known = lines[column].drop_nulls().unique().to_list()
        told += [
            f"no call has {column} {value!r} ({nearest(value, known)})"
            for value in values
            if value not in known
        ]
    return "; ".join(told)


def daily_of(lines: pl.DataFrame, calendar: Calendar) -> Daily:
    """What lines cost by complete day of the calendar; lines must be `counted`."""
    unknown = pl.when(pl.col("spent_usd").is_null()).then("requests").otherwise(0)
    sums = lines.group_by("day").agg(
        pl.col("spent_usd").sum(),
        pl.col("requests").sum().cast(pl.Int64),
        unknown.sum().cast(pl.Int64).alias("unknown"),
    )
    known = sums.filter(pl.col("day").is_between(calendar.first, calendar.through))
    place = (known["day"] - calendar.first).dt.total_days().to_numpy()
    usd = np.zeros(calendar.size)
    calls, lost = (np.zeros(calendar.size, dtype=int) for _ in range(2))
    usd[place] = known["spent_usd"].to_numpy()
    calls[place] = known["requests"].to_numpy()
    lost[place] = known["unknown"].to_numpy()
    later = sums.filter(pl.col("day") > calendar.through)["spent_usd"].sum()
    some = np.flatnonzero((calls > 0) | (usd != 0))
    return Daily(
        first=calendar.first,
        usd=usd,
        calls=calls,
        unknown=lost,
        since=int(some[0]) if some.size else calendar.size,
        later=float(later),
    )

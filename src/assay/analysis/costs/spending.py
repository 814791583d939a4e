"""What was spent day by day, and whether the last days cost more than those before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.core.finding import Estimate
from assay.core.units import SHARE, USD, Count, Usd
from assay.stats.seasons import period_change

if TYPE_CHECKING:
    from assay.stats.seasons import PeriodChange, Shift

WEEK: Final = 7
PERSONS: Final = ("user_id", "session_id", "learner_id")
"""Columns whose values are persons, or what one did: no page names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The days that are called recent, and those they are held against; both ends included.

    Attributes:
        shortened: fewer days came before than were asked for.
    """

    before_from: date
    before_to: date
    recent_from: date
    recent_to: date
    shortened: bool

    @property
    def recent_days(self) -> int:
        """Days that are called recent."""
        return (self.recent_to - self.recent_from).days + 1

    @property
    def before_days(self) -> int:
        """Days they are held against."""
        return (self.before_to - self.before_from).days + 1


def compared_periods(
    first: date, last: date, *, recent_days: int, before_days: int
) -> Compared | None:
    """The last days of the data and those right before them; None where none came before.

    Raises:
        ParameterError: for periods of less than a day.
    """
    if not (recent_days >= 1 and before_days >= 1):
        raise ParameterError(
            f"recent_days={recent_days}, before_days={before_days}, expected 1 or more"
        )
    recent_from = last - timedelta(days=recent_days - 1)
    before_from = max(first, recent_from - timedelta(days=before_days))
    if before_from >= recent_from:
        return None
    return Compared(
        before_from=before_from,
        before_to=recent_from - timedelta(days=1),
        recent_from=recent_from,
        recent_to=last,
        shortened=before_from > recent_from - timedelta(days=before_days),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one period cost.

    Attributes:
        unknown: requests that have neither a logged cost nor a price; they are not in `usd`.
        daily: `usd` over `days`.
    """

    first: str
    last: str
    days: Count
    requests: Count
    unknown: Count
    usd: Usd
    daily: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpent:
    """What one day cost."""

    day: str
    usd: Usd
    requests: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was spent, and whether the level moved.

    Attributes:
        recent, before: the periods that are compared; None where the data hold one of them only.
        difference: recent − before, as it was; None where the periods differ in length.
        change: of what a day costs, with the interval that the unrest of days leaves.
        relative: the same over what a day cost before; None where that may as well be nothing, so
            that its interval would have no end.
        same_days: the part of `change` that is no matter of other weekdays.
        why_not: why it cannot be told whether the level moved: there is no `change`, or one around
            zero that days without spend leave without an end.
        undated, undated_usd: requests without a time, which are in no period.
        apart, apart_usd: records of an implausible cost, which are in no period either;
            `usd_with_apart` is what the whole period cost if they are true.
        models_unknown: models of the requests that have neither a logged cost nor a price.
    """

    whole: Spent
    recent: Spent | None
    before: Spent | None
    shortened: bool
    difference: Usd | None
    change: Annotated[Estimate | None, USD]
    relative: Annotated[Estimate | None, SHARE]
    same_days: Annotated[Estimate | None, USD]
    why_not: str
    undated: Count
    undated_usd: Usd
    apart: Count
    apart_usd: Usd
    usd_with_apart: Usd
    models_unknown: tuple[str, ...]
    empty_days: Count
    days: tuple[DaySpent, ...]


def spending_of(
    lines: pl.DataFrame,
    *,
    recent_days: int = 28,
    before_days: int = 28,
    level: float = 0.95,
) -> Spending:
    """What was spent by day, and how the last days differ from those before.

    Days without a row count as days on which nothing was spent.

    Args:
        lines: of `features.spending.spent`: `day`, `model`, `apart`, `requests`, `cost_usd`, and
            `spent_usd`, null where a line's cost is not known.
        recent_days: the last days of the data, held against …
        before_days: … the days before them.
        level: of the intervals.

    Raises:
        DataError: where no row has a time.
        ParameterError: for periods of less than a day.
    """
    apart = lines.filter("apart")
    lines = lines.filter(~pl.col("apart"))
    dated = lines.filter(pl.col("day").is_not_null())
    if lines.is_empty() and apart.is_empty():
        raise DataError(
            "no interaction lies within the days that count",
            remedy="look where the data are (`assay cost history`), and set window accordingly",
        )
    if dated.is_empty():
        raise DataError("no interaction has a time, so that no cost has a day")
    days = _by_day(dated)
    first, last = days["day"][0], days["day"][-1]
    periods = compared_periods(first, last, recent_days=recent_days, before_days=before_days)
    recent = before = change = None
    why_not = "no day came before the recent ones"
    if periods is not None:
        recent = _spent(days, periods.recent_from, periods.recent_to)
        before = _spent(days, periods.before_from, periods.before_to)
        change, why_not = _change(days, periods, level)
        if change is not None and _endless(change):
            why_not = _gaps(days, periods)
    undated = lines.filter(pl.col("day").is_null())
    alike = recent is not None and before is not None and recent.days == before.days
    whole, aside = _spent(days, first, last), float(apart["cost_usd"].sum())
    unknown = dated.filter(pl.col("spent_usd").is_null())["model"].drop_nulls().unique().sort()
    return Spending(
        whole=whole,
        recent=recent,
        before=before,
        shortened=periods is not None and periods.shortened,
        difference=recent.usd - before.usd if alike and recent and before else None,
        change=None if change is None else _estimate(change.change),
        relative=_relative(change),
        same_days=None if change is None else _estimate(change.like_for_like),
        why_not=why_not,
        undated=int(undated["requests"].sum()),
        undated_usd=float(undated["spent_usd"].sum()),
        apart=int(apart["requests"].sum()),
        apart_usd=aside,
        usd_with_apart=whole.usd + aside,
        models_unknown=tuple(unknown),
        empty_days=int((days["requests"] == 0).sum()),
        days=tuple(
            DaySpent(day=day.isoformat(), usd=usd, requests=requests)
            for day, requests, _, usd in days.iter_rows()
        ),
    )


def _by_day(lines: pl.DataFrame) -> pl.DataFrame:
    """Every day from the first to the last: `day`, `requests`, `unknown`, `usd`."""
    unknown = pl.when(pl.col("spent_usd").is_null()).then("requests").otherwise(0)
    sums = lines.group_by("day").agg(
        pl.col("requests").sum().cast(pl.Int64),
        unknown.sum().cast(pl.Int64).alias("unknown"),
        pl.col("spent_usd").sum().alias("usd"),
    )
    ends = sums["day"].min(), sums["day"].max()
    calendar = pl.DataFrame({"day": pl.date_range(*ends, eager=True)})  # type: ignore[arg-type]
    return calendar.join(sums, on="day", how="left").sort("day").fill_null(0)


def _spent(days: pl.DataFrame, first: date, last: date) -> Spent:
    inside = days.filter(pl.col("day").is_between(first, last))
    length, usd = (last - first).days + 1, float(inside["usd"].sum())
    return Spent(
        first=first.isoformat(),
        last=last.isoformat(),
        days=length,
        requests=int(inside["requests"].sum()),
        unknown=int(inside["unknown"].sum()),
        usd=usd,
        daily=usd / length,
    )


def _change(days: pl.DataFrame, periods: Compared, level: float) -> tuple[PeriodChange | None, str]:
    """The change of what a day costs, or why it has no interval."""
    start = (periods.before_from - days["day"][0]).days
    split = start + periods.before_days
    shortest = min(periods.before_days, periods.recent_days)
    if shortest < 2 * WEEK:
        return None, f"{shortest} days, expected two weeks at least to know how days differ"
    try:
        found = period_change(
            days["usd"].to_numpy(),
            before=(start, split),
            after=(split, split + periods.recent_days),
            period=WEEK,
            level=level,
        )
    except DataError as error:
        return None, error.message
    return found, ""


def _estimate(shift: Shift) -> Estimate:
    return Estimate(value=shift.value, low=shift.low, high=shift.high)


def _relative(change: PeriodChange | None) -> Estimate | None:
    ratio = None if change is None else change.relative
    if ratio is None or ratio.low is None or ratio.high is None:
        return None
    return Estimate(value=ratio.value, low=ratio.low, high=ratio.high)


def _endless(change: PeriodChange) -> bool:
    """Whether a day may cost as much as before or any number of times that."""
    moved = change.change
    return moved.low <= 0 <= moved.high and moved.low < moved.high and _relative(change) is None


def _gaps(days: pl.DataFrame, periods: Compared) -> str:
    inside = days.filter(pl.col("day").is_between(periods.before_from, periods.recent_to))
    empty = int((inside["usd"] == 0).sum())
    gaps = f"{empty} of {inside.height} days cost nothing" if empty else "days differ too much"
    return f"{gaps}, so that how many times as much a day costs has no end"

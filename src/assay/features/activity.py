"""Rows → which users were active on which days and at which hours, and what they spent then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from assay.core.errors import DataError, ParameterError, nearest
from assay.core.provenance import LeftOut
from assay.features.clock import day_number, day_of_number, zone_of
from assay.features.uses import uses_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.features.uses import Uses

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

Spell = Literal["day", "week", "month"]
"""What retention and states are counted by."""
UNKNOWN: Final = "unknown"
"""Group of users whose first row names none."""
_MONDAY: Final = 3
"""Days by which 1970-01-01, a Thursday, is past a Monday."""
_HOURS: Final = 24
_WEEK: Final = 7 * _HOURS
_BLOCK: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class UserActivity:
    """What every user did, day by day and hour by hour, in local time.

    Attributes:
        users: one row per user, by name: user, group (of their first row), first and last (days
            since 1970-01-01), days (with a use), uses, spend (null where no use has a cost).
        days: who (the row of `users`), day, uses, spend; by who, then by day.
        hours: who, weekday (0 is Monday), hour, uses.
        first, last: the first day with a use, and the last whole day that counts.
        time_zone: whose days and hours they are.
        left_out: rows that do not count, and why.
    """

    users: pl.DataFrame
    days: pl.DataFrame
    hours: pl.DataFrame
    first: date
    last: date
    time_zone: str
    left_out: tuple[LeftOut, ...]


def user_activity(  # noqa: PLR0913  whose, when, where, what it cost and how users are grouped
    rows: pl.LazyFrame,
    user: str = "user_id",
    *,
    by: str | None = None,
    time: str = "occurred_at",
    spend: str = "cost_usd",
    time_zone: str = "UTC",
    end: date | None = None,
) -> UserActivity:
    """Activity of every user; reads the rows once, and keeps 16 bytes of each.

    Args:
        rows: one per use.
        user: column that names who it is of.
        by: column that groups users; the value of a user's first row counts.
        time: column that dates a row; without a zone it is taken for UTC.
        spend: column of costs or payments; may be missing.
        time_zone: whose days and hours are meant.
        end: last local day that counts; by default the last that was over when the last row was
            made. Rows after it are left out.

    Raises:
        DataError: where a column is missing, holds no times, or no row is left.
        ParameterError: where the zone is unknown.
    """
    zone_of(time_zone)
    schema = rows.collect_schema()
    for name in (user, time, *([by] if by else [])):
        if name not in schema:
            raise DataError(f"the data have no column {name!r}", remedy=nearest(name, schema))
    if not isinstance(schema[time], pl.Date | pl.Datetime):
        raise DataError(
            f"time column {time!r} holds {schema[time]}, expected dates or times",
            remedy="store it as a date or timestamp (ISO 8601 in text files)",
        )
    found = uses_of(rows, user, by, time, spend, time_zone)
    if not len(found.hour):
        raise DataError(
            f"no row names a user and a time, of {found.rows}",
            remedy=f"fill {user!r} and {time!r}",
        )
    last = day_of_number(int(found.hour.max()) // _HOURS - 1) if end is None else end
    known = found.until(day_number(last))
    if not len(known.hour):
        raise DataError(
            f"no row is from {last} or before",
            remedy="name a later end, or give rows of more than one day",
        )
    reasons = {
        f"no {user}": found.nameless,
        f"no {time}": found.undated,
        f"after {last}, the last whole day": len(found.hour) - len(known.hour),
    }
    left_out = [
        LeftOut(what="rows", count=n, reason=reason, share=n / found.rows)
        for reason, n in reasons.items()
        if n
    ]
    if found.negative:
        reason = f"{spend} below 0 or no number: the use counts, the cost does not"
        n = found.negative
        left_out.append(LeftOut(what="costs", count=n, reason=reason, share=n / found.rows))
    days = _days(known)
    users = _users(known, days, UNKNOWN if by else "")
    return UserActivity(
        users=users,
        days=days,
        hours=_hours(known),
        first=day_of_number(int(users["first"].min())),  # type: ignore[arg-type]
        last=last,
        time_zone=time_zone,
        left_out=tuple(left_out),
    )


def _days(known: Uses) -> pl.DataFrame:
    """One row per user and day, of uses by user and time."""
    day = known.hour // _HOURS
    other = (day[1:] != day[:-1]) | (known.whose[1:] != known.whose[:-1])
    begins = np.flatnonzero(np.append(True, other))
    costs = ~np.isnan(known.spend)
    return pl.DataFrame(
        {
            "who": known.whose[begins].astype(np.int64),
            "day": day[begins].astype(np.int64),
            "uses": np.diff(begins, append=len(day)),
            "spend": np.add.reduceat(np.where(costs, known.spend, 0.0), begins),
            "costs": np.logical_or.reduceat(costs, begins),
        }
    ).select("who", "day", "uses", pl.when("costs").then("spend").alias("spend"))


def _users(known: Uses, days: pl.DataFrame, ungrouped: str) -> pl.DataFrame:
    """One row per user, of days by user and day."""
    who = days["who"].to_numpy()
    begins = np.flatnonzero(np.append(True, who[1:] != who[:-1]))
    ends = np.append(begins[1:], len(who)) - 1
    day, spend = days["day"].to_numpy(), days["spend"]
    return pl.DataFrame(
        {
            "user": known.users,
            "group": known.groups.fill_null(ungrouped),
            "first": day[begins],
            "last": day[ends],
            "days": ends - begins + 1,
            "uses": np.add.reduceat(days["uses"].to_numpy(), begins),
            "spend": np.add.reduceat(spend.fill_null(0.0).to_numpy(), begins),
            "costs": np.logical_or.reduceat(spend.is_not_null().to_numpy(), begins),
        }
    ).select(pl.exclude("spend", "costs"), pl.when("costs").then("spend").alias("spend"))


def _hours(known: Uses) -> pl.DataFrame:
    """One row per user and hour of the week: counted in tables of a few hundred users."""
    cells, counts = [], []
    firsts = np.arange(0, len(known.users) + _BLOCK, _BLOCK, dtype=known.whose.dtype)
    edges = np.searchsorted(known.whose, firsts)
    for begin, (low, high) in zip(firsts.tolist(), pairwise(edges.tolist()), strict=False):
        hour = (known.hour[low:high] + _MONDAY * _HOURS) % _WEEK
        place = (known.whose[low:high] - begin).astype(np.int64) * _WEEK + hour
        table = np.bincount(place)
        some = np.flatnonzero(table)
        cells.append(some + begin * _WEEK)
        counts.append(table[some])
    cell = np.concatenate(cells)
    return pl.DataFrame(
        {
            "who": cell // _WEEK,
            "weekday": cell // _HOURS % 7,
            "hour": cell % _HOURS,
            "uses": np.concatenate(counts),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spells:
    """Users' activity by period.

    Attributes:
        who, period: one entry per user and period with a use; periods numbered from that of the
            first use of all.
        starts: first day of each period, up to that of the last day.
        complete: how many of them, from the first, are over.
    """

    who: Whole
    period: Whole
    starts: tuple[date, ...]
    complete: int


def in_spells(given: UserActivity, every: Spell) -> Spells:
    """Which users were active in which days, weeks (from Monday) or months."""
    if every not in {"day", "week", "month"}:
        raise ParameterError(f"every={every!r}, expected day, week or month")
    number = given.days["day"].to_numpy()
    keys = _key(number, every)
    first = int(_key(np.array([day_number(given.first)]), every)[0])
    end = int(_key(np.array([day_number(given.last)]), every)[0])
    over = int(_key(np.array([day_number(given.last + timedelta(days=1))]), every)[0])
    pairs = np.unique(np.column_stack([given.days["who"].to_numpy(), keys - first]), axis=0)
    return Spells(
        who=pairs[:, 0],
        period=pairs[:, 1],
        starts=tuple(_first_day(key, every) for key in range(first, end + 1)),
        complete=over - first,
    )


def _key(number: Whole, every: Spell) -> Whole:
    if every == "day":
        return number.astype(np.int64)
    if every == "week":
        return (number.astype(np.int64) + _MONDAY) // 7
    months: Whole = number.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _first_day(key: int, every: Spell) -> date:
    if every == "month":
        return date(1970 + key // 12, key % 12 + 1, 1)
    return day_of_number(key if every == "day" else key * 7 - _MONDAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Users up to a day, and what they did after it; one entry per user who had begun by then.

    Attributes:
        who: the row of `users`.
        repeats: later days with a use; `last`, `age`: days from first use to last, and to the day.
        later: days with a use after the day, up to the end of the data or of `within`.
        paid: days after the first with a spend above 0; `spent`: their mean spend, NaN without any.
    """

    who: Whole
    repeats: Floats
    last: Floats
    age: Floats
    later: Floats
    paid: Floats
    spent: Floats


def watched_until(given: UserActivity, until: date, *, within: int | None = None) -> Watched:
    """Users' histories as they stood at the end of a day, in days.

    Args:
        given: of `user_activity`.
        until: the last day that is known.
        within: days after it that `later` counts; all there are by default.
    """
    day = day_number(until)
    to = day_number(given.last) if within is None else day + within
    before, after = pl.col("day") <= day, (pl.col("day") > day) & (pl.col("day") <= to)
    again = before & (pl.col("day") > pl.col("day").min()) & (pl.col("spend") > 0)
    found = (
        given.days.group_by("who")
        .agg(
            pl.col("day").min().alias("first"),
            pl.col("day").filter(before).max().alias("last"),
            before.sum().alias("known"),
            after.sum().alias("later"),
            again.fill_null(value=False).sum().alias("paid"),
            pl.col("spend").filter(again).mean().alias("spent"),
        )
        .filter(pl.col("known") > 0)
        .sort("who")
    )
    first = found["first"].to_numpy()
    return Watched(
        who=found["who"].to_numpy(),
        repeats=found["known"].to_numpy().astype(np.float64) - 1,
        last=(found["last"].to_numpy() - first).astype(np.float64),
        age=(day - first).astype(np.float64),
        later=found["later"].to_numpy().astype(np.float64),
        paid=found["paid"].to_numpy().astype(np.float64),
        spent=found["spent"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
    )


def gaps_of(given: UserActivity) -> pl.DataFrame:
    """Per user: how many gaps between days with a use, their logarithms' sum, and their sum.

    A gap is at least a day: uses within one day are one.
    """
    gap = pl.col("day").diff().drop_nulls().cast(pl.Float64)
    return (
        given.days.group_by("who")
        .agg(gap.len().alias("gaps"), gap.log().sum().alias("logs"), gap.sum().alias("total"))
        .sort("who")
    )

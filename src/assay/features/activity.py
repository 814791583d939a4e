"""Rows → which users were active on which days and at which hours, and what they spent then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from assay.core.errors import DataError, ParameterError, nearest
from assay.core.provenance import LeftOut
from assay.features.clock import day_number, day_of_number, zone_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

Spell = Literal["day", "week", "month"]
"""What retention and states are counted by."""
UNKNOWN: Final = "unknown"
"""Group of users whose first row names none."""
_MONDAY: Final = 3
"""Days by which 1970-01-01, a Thursday, is past a Monday."""


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
    """Activity of every user; reads the rows once, and keeps one line per user and hour.

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
    known, counts = pl.collect_all(
        [_lines(rows, user, by, time, spend, time_zone), _faults(rows, user, time, spend)],
        engine="streaming",
    )
    faults = dict(zip(counts.columns, counts.row(0), strict=True))
    if known.is_empty():
        raise DataError(
            f"no row names a user and a time, of {faults['rows']}",
            remedy=f"fill {user!r} and {time!r}",
        )
    day = pl.col("stamp") // 24
    last = _last_whole_day(known, end)
    late = known.filter(day > day_number(last))
    known = known.filter(day <= day_number(last))
    if known.is_empty():
        raise DataError(
            f"no row is from {last} or before",
            remedy="name a later end, or give rows of more than one day",
        )
    whole = faults["rows"]
    reasons = {
        f"no {user}": faults["nameless"],
        f"no {time}": faults["undated"],
        f"after {last}, the last whole day": int(late["uses"].sum()),
    }
    left_out = [
        LeftOut(what="rows", count=n, reason=reason, share=n / whole)
        for reason, n in reasons.items()
        if n
    ]
    if faults["negative"]:
        reason = f"{spend} below 0 or no number: the use counts, the cost does not"
        n = faults["negative"]
        left_out.append(LeftOut(what="costs", count=n, reason=reason, share=n / whole))
    return _settled(known, last, time_zone, tuple(left_out))


def _lines(  # noqa: PLR0913, PLR0917  the columns, and what clocks show
    rows: pl.LazyFrame, user: str, by: str | None, time: str, spend: str, time_zone: str
) -> pl.LazyFrame:
    """One line per user and local hour, the hours counted since 1970."""
    schema = rows.collect_schema()
    at = pl.col(time).cast(pl.Datetime("us")) if schema[time] == pl.Date else pl.col(time)
    zone = getattr(schema[time], "time_zone", None)
    at = at.dt.replace_time_zone("UTC") if zone is None else at
    local = at.dt.convert_time_zone(time_zone).dt.replace_time_zone(None, ambiguous="earliest")
    group = pl.col(by).cast(pl.String).fill_null(UNKNOWN) if by else pl.lit("")
    cost = pl.col(spend).cast(pl.Float64) if spend in schema else pl.lit(None, pl.Float64)
    fair = pl.when(cost.is_finite() & (cost >= 0)).then(cost)
    return (
        rows.select(
            pl.col(user).cast(pl.String).alias("user"),
            (local.dt.epoch("s") // 3600).alias("stamp"),
            at.dt.timestamp("us").alias("at"),
            group.alias("group"),
            fair.alias("spend"),
        )
        .filter(pl.col("user").is_not_null() & pl.col("stamp").is_not_null())
        .group_by("user", "stamp")
        .agg(
            pl.len().cast(pl.Int64).alias("uses"),
            pl.col("spend").sum(),
            pl.col("spend").count().alias("costs"),
            pl.col("at").min(),
            pl.col("group").min_by("at"),
        )
    )


def _faults(rows: pl.LazyFrame, user: str, time: str, spend: str) -> pl.LazyFrame:
    schema = rows.collect_schema()
    cost = pl.col(spend).cast(pl.Float64) if spend in schema else pl.lit(None, pl.Float64)
    return rows.select(
        pl.len().alias("rows"),
        pl.col(user).is_null().sum().alias("nameless"),
        (pl.col(time).is_null() & pl.col(user).is_not_null()).sum().alias("undated"),
        (~(cost.is_finite() & (cost >= 0))).sum().alias("negative"),
    )


def _last_whole_day(known: pl.DataFrame, end: date | None) -> date:
    newest = int(known["stamp"].max()) // 24  # type: ignore[arg-type]
    return day_of_number(newest - 1) if end is None else end


def _settled(
    known: pl.DataFrame, last: date, time_zone: str, left_out: tuple[LeftOut, ...]
) -> UserActivity:
    names = known.select(pl.col("user").unique().sort()).with_row_index("who")
    lines = known.join(names, on="user").with_columns(
        pl.col("who").cast(pl.Int64),
        (pl.col("stamp") // 24).alias("day"),
        (pl.col("stamp") % 24).alias("hour"),
        ((pl.col("stamp") // 24 + _MONDAY) % 7).alias("weekday"),
    )
    spent = pl.when(pl.col("costs").sum() > 0).then(pl.col("spend").sum()).alias("spend")
    days = lines.group_by("who", "day").agg(pl.col("uses").sum(), spent).sort("who", "day")
    hours = (
        lines.group_by("who", "weekday", "hour")
        .agg(pl.col("uses").sum())
        .sort("who", "weekday", "hour")
    )
    users = (
        lines.group_by("who", "user")
        .agg(
            pl.col("group").min_by("at"),
            pl.col("day").min().alias("first"),
            pl.col("day").max().alias("last"),
            pl.col("day").n_unique().cast(pl.Int64).alias("days"),
            pl.col("uses").sum(),
            spent,
        )
        .sort("who")
        .drop("who")
    )
    return UserActivity(
        users=users,
        days=days,
        hours=hours,
        first=day_of_number(int(users["first"].min())),  # type: ignore[arg-type]
        last=last,
        time_zone=time_zone,
        left_out=left_out,
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

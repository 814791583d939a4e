"""Rows → sums of money, outcomes and tokens per random group of users: ratios are made of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from assay.core.errors import ParameterError
from assay.features.clock import zone_of
from assay.features.daily import TOKENS
from assay.features.pricing import HOUR_TOKENS, with_list_prices
from assay.features.spending import Basis
from assay.params import Window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


Every = Literal["week", "month"]
SUMS: Final = (
    "requests",
    "unknown",
    "usd",
    "known_usd",
    "known_tokens",
    "successes",
    "rated_usd",
    "rated_tokens",
    "rating",
    "counted_usd",
    "tokens",
    "failed_usd",
    "retried_usd",
    "abandoned_usd",
    "users_usd",
    "sessions_usd",
    "persons_n",
)
"""What a random group holds, all of requests whose cost is known, but `unknown`, which counts the
others.

- `usd`: spent; `failed_usd`, `retried_usd`, `abandoned_usd`: parts of it without an overlap, by
  the first that is so: the request failed; it repeats another; its session was abandoned;
- `known_usd`, `known_tokens`, `successes`: of requests whose outcome is known;
- `rated_usd`, `rated_tokens`, `rating`: of rated requests, `rating` the sum of shares;
- `counted_usd`, `tokens`: of requests whose tokens are known;
- `users_usd`, `sessions_usd`: of requests whose user, whose session is known;
- `persons_n`: requests of known users, their cost known or not, so that no fewer persons stand
  behind a number than there are random groups with one.
"""
DISTINCT: Final = ("users", "sessions")
"""How many different ones with a known cost or not; null where they were not counted."""
PERSONS: Final = ("user_id", "session_id", "interaction_id", "learner_id", "trace_id")
"""Columns that name persons, or what one person did: nothing is broken down by them."""
UNITS: Final = ("user_id", "session_id", "occurred_at")
"""Whose rows belong together: a user's, of an unknown user a session's, else those of a moment."""
BUCKETS: Final = 1024
"""Random groups where there are few rows. Rows of one unit are in one group, so that the variance
over groups is the variance over units, with as many degrees of freedom as there are groups, less
one (Wolter 2007, Introduction to Variance Estimation, 2nd ed., ch. 2)."""
_SEED: Final = 20_261
_COUNTED: Final = TOKENS[:4]
_PRICE: Final = ("provider", "model", "service_tier")
_READ: Final = (*_PRICE, *_COUNTED, HOUR_TOKENS, "cost_usd", "succeeded", "rating", "retry_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """How rows are made ready to be added up per random group.

    Attributes:
        prices: in USD; None counts logged costs only.
        sessions: the table sessions, for those that were abandoned.
    """

    prices: pl.DataFrame | None = None
    basis: Basis = "auto"
    sessions: pl.LazyFrame | None = None
    buckets: int = BUCKETS
    time: str = "occurred_at"
    time_zone: str = "UTC"
    window: Window | None = None


def unit_rows(rows: pl.LazyFrame, how: Units, *, by: Sequence[str] = ()) -> pl.DataFrame:
    """Rows with `bucket` (random group of their user), `day`, `SUMS`, `user`, `session`, and by.

    One scan, after which all rows are in memory.

    Args:
        rows: such as count, implausible records left out.
        how: prices, clock, random groups.
        by: columns whose values are groups, as text.

    Raises:
        ParameterError: where a column names persons.
        DataError: where one is missing.
    """
    for name in by:
        if name in PERSONS:
            raise ParameterError(
                f"spending by {name!r} would tell of single persons",
                remedy="break it down by a column of groups, such as user_type",
            )
    schema = rows.collect_schema()
    names = schema.names()
    given = rows.select(
        _local_day(schema[how.time], how.time, how.time_zone).alias("day"),
        _bucket(names, how.time, how.buckets).alias("bucket"),
        *(_identity(name, names) for name in ("user_id", "session_id")),
        *(pl.col(name) for name in _READ if name in names),
        *(pl.col(name).cast(pl.String).alias(f"by {name}") for name in by),
        *([pl.col("session_id").alias("in_session")] if _joins(how, names) else []),
    ).filter(_inside(how.window))
    found = given.collect(engine="streaming")
    if _joins(how, names):
        found = _with_abandoned(found, how.sessions)
    return _with_sums(_with_money(found, how))


def unit_sums(
    units: pl.DataFrame, *, by: str | None = None, every: Every | None = None
) -> pl.DataFrame:
    """Per `bucket` of users, `period` and `group`: `SUMS` and `DISTINCT`, sorted.

    Args:
        units: of `unit_rows`.
        by: a column whose values are groups; `group` is null where there is none.
        every: what `period` is, the first day of a week or month; null where there is none.
    """
    length = {"week": "1w", "month": "1mo"}
    period = pl.lit(None, pl.Date) if every is None else pl.col("day").dt.truncate(length[every])
    group = pl.lit(None, pl.String) if by is None else pl.col(f"by {by}")
    keys = ["bucket", "period", "group"]
    distinct = [
        pl.col(column).drop_nulls().n_unique().cast(pl.Int64).alias(name)
        for name, column in zip(DISTINCT, ("user_id", "session_id"), strict=True)
    ]
    return (
        units.with_columns(period=period, group=group)
        .group_by(keys)
        .agg(pl.col(*SUMS).sum(), *distinct)
        .sort(keys, nulls_last=True)
    )


def part_of(rows: pl.LazyFrame, parts: int, *, time: str = "occurred_at") -> pl.LazyFrame:
    """All rows of a random part of the users, one in so many."""
    if parts == 1:
        return rows
    names = rows.collect_schema().names()
    return rows.filter(_bucket(names, time, parts, seed=_SEED + 1) == 0)


def _bucket(names: Sequence[str], time: str, buckets: int, *, seed: int = _SEED) -> pl.Expr:
    """The random group of each row's unit: the first of `UNITS` that is known."""
    there = [time if name == "occurred_at" else name for name in UNITS]
    known = (pl.col(name) for name in there if name in names)
    unit = pl.coalesce(pl.when(one.is_not_null()).then(one.hash(seed)) for one in known)
    return (unit % buckets).cast(pl.Int64)


def _identity(name: str, names: Sequence[str]) -> pl.Expr:
    """A number for a user or session, null where it is not known."""
    if name not in names:
        return pl.lit(None, pl.UInt64).alias(name)
    return pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash(_SEED)).alias(name)


def _local_day(kind: pl.DataType, time: str, time_zone: str) -> pl.Expr:
    moment = pl.col(time)
    if not isinstance(kind, pl.Datetime):
        return moment
    if kind.time_zone is None:
        moment = moment.dt.replace_time_zone("UTC")
    return moment.dt.convert_time_zone(zone_of(time_zone).key).dt.date()


def _inside(window: Window | None) -> pl.Expr:
    day = pl.col("day")
    start: date | None = window.start if window else None
    end: date | None = window.end if window else None
    held = [pl.lit(True)]
    held += [day >= start] if start else []
    held += [day <= end] if end else []
    return pl.all_horizontal(held) | day.is_null()


def _joins(how: Units, names: Sequence[str]) -> bool:
    return how.sessions is not None and "session_id" in names


def _with_abandoned(found: pl.DataFrame, sessions: pl.LazyFrame | None) -> pl.DataFrame:
    if sessions is None:
        return found
    gone = sessions.filter(pl.col("outcome").cast(pl.String) == "abandoned")
    named = gone.select(in_session="session_id").unique().with_columns(abandoned=pl.lit(1))
    joined = found.lazy().join(named, on="in_session", how="left", maintain_order="left")
    return joined.drop("in_session").collect(engine="streaming")


def _with_money(found: pl.DataFrame, how: Units) -> pl.DataFrame:
    """With `spent_usd`: null where a row's cost is not known."""
    logged = (
        pl.col("cost_usd").cast(pl.Float64).fill_nan(None)
        if "cost_usd" in found.columns
        else pl.lit(None, pl.Float64)
    )
    if how.basis == "list":
        logged = pl.lit(None, pl.Float64)
    found = found.with_columns(spent_usd=logged).with_row_index("assay_row")
    if how.basis == "logged" or how.prices is None:
        return found
    missing = found.filter(pl.col("spent_usd").is_null())
    none = [name for name in (*_PRICE[:2], *_COUNTED) if name not in found.columns]
    kinds = [pl.lit(None, pl.Int64 if n in _COUNTED else pl.String).alias(n) for n in none]
    priced = with_list_prices(missing.with_columns(kinds), how.prices)
    listed = priced.select("assay_row", "list_usd")
    joined = found.join(listed, on="assay_row", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("spent_usd", "list_usd").alias("spent_usd"))


def _with_sums(found: pl.DataFrame) -> pl.DataFrame:
    """What each row adds to `SUMS`, and what it is grouped by."""
    names = found.columns
    has = pl.col("spent_usd").is_not_null()
    usd = pl.col("spent_usd").fill_null(0.0)
    there = [pl.col(name).cast(pl.Int64) for name in _COUNTED if name in names]
    told = [pl.col(name) for name in ("input_tokens", "output_tokens") if name in names]
    counted = _any([one.is_not_null() for one in told])
    tokens = pl.sum_horizontal([one.fill_null(0) for one in there] or [pl.lit(0)])
    ok = pl.col("succeeded").cast(pl.Boolean) if "succeeded" in names else pl.lit(None, pl.Boolean)
    rating = pl.col("rating").cast(pl.Float64).fill_nan(None) if "rating" in names else _none()
    repeats = _any([pl.col("retry_of").is_not_null()] if "retry_of" in names else [])
    left = _any([pl.col("abandoned").is_not_null()] if "abandoned" in names else [])
    failed = ok.eq_missing(pl.lit(False))
    again = ~failed & repeats
    user, session = pl.col("user_id").is_not_null(), pl.col("session_id").is_not_null()
    known, rated = ok.is_not_null(), rating.is_not_null()
    parts = {
        "requests": (has, pl.lit(1)),
        "unknown": (~has, pl.lit(1)),
        "usd": (has, usd),
        "known_usd": (has & known, usd),
        "known_tokens": (has & known & counted, tokens),
        "successes": (has & ok.fill_null(value=False), pl.lit(1)),
        "rated_usd": (has & rated, usd),
        "rated_tokens": (has & rated & counted, tokens),
        "rating": (has & rated, rating),
        "counted_usd": (has & counted, usd),
        "tokens": (has & counted, tokens),
        "failed_usd": (has & failed, usd),
        "retried_usd": (has & again, usd),
        "abandoned_usd": (has & left & ~failed & ~again, usd),
        "users_usd": (has & user, usd),
        "sessions_usd": (has & session, usd),
        "persons_n": (user, pl.lit(1)),
    }
    sums = [
        pl.when(when).then(value.cast(pl.Float64)).otherwise(0.0).alias(name)
        for name, (when, value) in parts.items()
    ]
    groups = [name for name in names if name.startswith("by ")]
    return found.select("bucket", "day", "user_id", "session_id", *groups, *sums)


def _any(flags: Sequence[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal(flags) if flags else pl.lit(False)


def _none() -> pl.Expr:
    return pl.lit(None, pl.Float64)

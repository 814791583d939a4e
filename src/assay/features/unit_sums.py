"""Rows → sums of money, outcomes and tokens per random group of users: ratios are made of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from assay.core.errors import ParameterError
from assay.features.clock import zone_of
from assay.features.daily import TOKENS
from assay.features.spend_scan import BUCKET, Every, bucket_of
from assay.features.spending import Basis, spent
from assay.features.spending_units import BUCKETS, UNITS, unit_lines
from assay.params import Window

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
_COUNTED: Final = TOKENS[:4]


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """How sums per random group are made.

    Attributes:
        prices: in USD; None counts logged costs only.
        sessions: the table sessions, for those that were abandoned.
        breaks: of `price_breaks`.
        distinct: whether different users and sessions are counted, too.
    """

    prices: pl.DataFrame | None = None
    basis: Basis = "auto"
    sessions: pl.LazyFrame | None = None
    breaks: Sequence[date] = ()
    buckets: int = BUCKETS
    distinct: bool = True
    time: str = "occurred_at"
    time_zone: str = "UTC"
    window: Window | None = None


def unit_sums(
    rows: pl.LazyFrame, how: Units, *, by: str | None = None, every: Every = "whole"
) -> pl.DataFrame:
    """Per `bucket` of users, `period` and `group`: `SUMS` and `DISTINCT`, sorted.

    Args:
        rows: such as count, implausible records left out.
        how: prices, clock, random groups.
        by: a column whose values are groups; `group` is null where there is none.
        every: what `period` is: the week or month of a day, or null for `whole`.

    Raises:
        ParameterError: where the column names persons.
        DataError: where it is missing.
    """
    if by in PERSONS:
        raise ParameterError(
            f"spending by {by!r} would tell of single persons",
            remedy="break it down by a column of groups, such as user_type",
        )
    coded = _coded(rows, how.sessions)
    lines = unit_lines(
        coded,
        by=() if by is None else (by,),
        codes=[_CODE],
        buckets=how.buckets,
        every=every,
        breaks=how.breaks,
        time_zone=how.time_zone,
        window=how.window,
        time=how.time,
    )
    keys = ["bucket", "period", "group"]
    group = pl.lit(None, pl.String) if by is None else pl.col(by)
    named = spent(lines, how.prices, how.basis).with_columns(
        period=_period(every), group=group.alias("group")
    )
    sums = named.group_by(keys).agg(_sums())
    if not how.distinct:
        nothing = (pl.lit(None, pl.Int64).alias(name) for name in DISTINCT)
        return sums.with_columns(nothing).sort(keys, nulls_last=True)
    found = distinct_units(rows, how, by, every)
    return sums.join(found, on=keys, how="left", nulls_equal=True).sort(keys, nulls_last=True)


_CODE: Final = "assay_code"


def _coded(rows: pl.LazyFrame, sessions: pl.LazyFrame | None) -> pl.LazyFrame:
    """The rows with one small number for what lines are told apart by."""
    names = rows.collect_schema().names()

    def known(name: str) -> pl.Expr:
        there = pl.col(name).is_not_null() if name in names else pl.lit(False)
        return there.cast(pl.UInt8)

    left = pl.lit(0, pl.UInt8)
    if sessions is not None and "session_id" in names:
        gone = sessions.filter(pl.col("outcome").cast(pl.String) == "abandoned")
        flagged = gone.select("session_id").unique().with_columns(assay_gone=pl.lit(1, pl.UInt8))
        rows = rows.join(flagged, on="session_id", how="left", maintain_order="left")
        left = pl.col("assay_gone").fill_null(0)
    outcome = pl.lit(2, pl.UInt8)
    if "succeeded" in names:
        outcome = pl.col("succeeded").cast(pl.Boolean).cast(pl.UInt8).fill_null(2)
    code = outcome
    for flag in (known("rating"), known("retry_of"), left, known("user_id"), known("session_id")):
        code = code * 2 + flag
    return rows.with_columns(code.alias(_CODE))


def _decoded() -> tuple[pl.Expr, list[pl.Expr]]:
    """The outcome, and whether a request is rated, a repeat, of a session that was abandoned, of a
    known user, of a known session.
    """
    code = pl.col(_CODE).cast(pl.Int64)
    return code // 32, [code // place % 2 == 1 for place in (16, 8, 4, 2, 1)]


def _sums() -> list[pl.Expr]:
    usd = pl.col("spent_usd").fill_null(0.0)
    has = pl.col("spent_usd").is_not_null()
    tokens = pl.sum_horizontal(pl.col(name).fill_null(0) for name in _COUNTED)
    counted = pl.col("tokens_n") > 0
    outcome, (rated, repeats, gone, user, session) = _decoded()
    known, failed = outcome < 2, outcome == 0
    again = ~failed & repeats
    left = ~failed & ~again & gone

    def of(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
        return value.filter(has & condition).sum()

    return [
        of(has, pl.col("requests")).alias("requests"),
        pl.col("requests").filter(~has).sum().alias("unknown"),
        usd.sum().alias("usd"),
        of(known, usd).alias("known_usd"),
        of(known & counted, tokens).alias("known_tokens"),
        of(known, pl.col("successes")).alias("successes"),
        of(rated, usd).alias("rated_usd"),
        of(rated & counted, tokens).alias("rated_tokens"),
        of(rated, pl.col("rating_sum")).alias("rating"),
        of(counted, usd).alias("counted_usd"),
        of(counted, tokens).alias("tokens"),
        of(failed, usd).alias("failed_usd"),
        of(again, usd).alias("retried_usd"),
        of(left, usd).alias("abandoned_usd"),
        of(user, usd).alias("users_usd"),
        of(session, usd).alias("sessions_usd"),
        pl.col("requests").filter(user).sum().alias("persons_n"),
    ]


def _period(every: Every) -> pl.Expr:
    if every == "whole":
        return pl.lit(None, pl.Date)
    length = {"day": "1d", "week": "1w", "month": "1mo"}[every]
    return pl.col("day").dt.truncate(length)


def distinct_units(rows: pl.LazyFrame, how: Units, by: str | None, every: Every) -> pl.DataFrame:
    """Different users and sessions per random group, period and group."""
    names = rows.collect_schema().names()
    day = _local_day(rows, how.time, how.time_zone).alias("day")
    inside = pl.lit(True)
    if how.window is not None and (how.window.start or how.window.end):
        held = [pl.col("day") >= how.window.start] if how.window.start else []
        held += [pl.col("day") <= how.window.end] if how.window.end else []
        inside = pl.all_horizontal(held) | pl.col("day").is_null()
    counted = [
        pl.col(column).drop_nulls().n_unique().cast(pl.Int64).alias(name)
        if column in names
        else pl.lit(None, pl.Int64).alias(name)
        for name, column in zip(DISTINCT, ("user_id", "session_id"), strict=True)
    ]
    there = [name for name in ("user_id", "session_id") if name in names]
    group = pl.lit(None, pl.String) if by is None else pl.col(by).cast(pl.String)
    hashed = [
        pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash()).alias(name) for name in there
    ]
    bucket = bucket_of([name for name in UNITS if name in names], how.buckets)
    return (
        rows.select(day, bucket, group.alias("group"), *hashed)
        .filter(inside)
        .with_columns(period=_period(every))
        .group_by(pl.col(BUCKET).alias("bucket"), "period", "group")
        .agg(counted)
        .collect(engine="streaming")
    )


def _local_day(rows: pl.LazyFrame, time: str, time_zone: str) -> pl.Expr:
    kind, moment = rows.collect_schema()[time], pl.col(time)
    if not isinstance(kind, pl.Datetime):
        return moment
    if kind.time_zone is None:
        moment = moment.dt.replace_time_zone("UTC")
    return moment.dt.convert_time_zone(zone_of(time_zone).key).dt.date()

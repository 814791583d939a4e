"""Rows → local time, and the columns that behaviours are added up from, lazily, in Polars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import narwhals as nw
import polars as pl

from assay.core.errors import DataError
from assay.features.clock import Clock, day_number, with_microseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

ENTITY: Final = "entity"
LOCAL: Final = "assay_local"
SECONDS: Final = 86_400
"""Seconds of a day as clocks show it."""
_READ: Final = ("cache_read_tokens", "cache_write_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Local days that count.

    Attributes:
        first: the first of them.
        last: the last of them, as of which an entity is looked at.
    """

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


def with_local(rows: pl.LazyFrame, time: str, time_zone: str) -> pl.LazyFrame:
    """The rows with `assay_local`: seconds since 1970-01-01 as the zone's clocks show them.

    Raises:
        DataError: where the column is missing or holds no times.
        ParameterError: where the zone is unknown.
    """
    dated = with_microseconds(nw.from_native(rows).lazy(), time, "assay_us")
    clock = Clock.over(dated, "assay_us", time_zone)
    at = pl.col("assay_us") // 1_000_000
    ahead = pl.lit(clock.changes[0][1], pl.Int64)
    for begin, seconds in clock.changes[1:]:
        ahead = pl.when(at >= begin).then(pl.lit(seconds, pl.Int64)).otherwise(ahead)
    found: pl.LazyFrame = dated.to_native()
    return found.with_columns((at + ahead).alias(LOCAL)).drop("assay_us")


def within(rows: pl.LazyFrame, span: Span) -> pl.LazyFrame:
    """The rows of a span, of those that `with_local` dated."""
    begin, end = day_number(span.first) * SECONDS, (day_number(span.last) + 1) * SECONDS
    return rows.filter(pl.col(LOCAL) >= begin, pl.col(LOCAL) < end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What is added up of a column of rows.

    Attributes:
        column: its name in the rows, `assay_…`.
        total: what its sum is called; empty where none is taken.
        count: what the number of its values is called; likewise.
    """

    column: str
    total: str
    count: str


def columns_of(
    schema: pl.Schema, needs: AbstractSet[str], *, numbers: Sequence[str] = ()
) -> tuple[dict[str, pl.Expr], tuple[Total, ...]]:
    """Columns of a row, by name, and what is added up of them.

    Args:
        schema: of the rows.
        needs: sums that features are made of; of the others none is taken.
        numbers: further columns that are added up, as `… sum` and `… n`.

    Raises:
        DataError: where a column that should hold numbers holds something else.
    """
    made: dict[str, pl.Expr] = {}
    totals: list[Total] = []
    for name, value, total, count in _taken(schema, numbers):
        asked = needs if name not in numbers else {total, count}
        told = Total(
            column=f"assay_{name}",
            total=total if total in asked else "",
            count=count if count in asked else "",
        )
        if told.total or told.count:
            made[told.column] = value
            totals.append(told)
    return made, tuple(totals)


def daily_sums(
    schema: pl.Schema, needs: AbstractSet[str]
) -> tuple[dict[str, pl.Expr], list[pl.Expr]]:
    """Columns of a row with `assay_local`, by name, and sums of them in a group.

    Raises:
        DataError: where a column that should hold numbers holds something else.
    """
    made, totals = columns_of(schema, needs)
    sums = [pl.col(one.column).sum().alias(one.total) for one in totals if one.total]
    sums += [pl.col(one.column).count().alias(one.count) for one in totals if one.count]
    for name, value in _by_clock(needs).items():
        made[f"assay_{name}"] = value
        sums.append(pl.col(f"assay_{name}").sum().alias(name))
    return made, sums


def number(schema: pl.Schema, name: str) -> pl.Expr:
    """A column of numbers, null where it is not a number (NaN); infinite values stay.

    Raises:
        DataError: where it holds neither numbers nor truth values.
    """
    kind = schema[name]
    if not (kind.is_numeric() or kind in {pl.Boolean, pl.Null}):
        raise DataError(
            f"column {name!r} holds {kind}, expected numbers",
            remedy="store it as numbers, or leave it out",
        )
    if kind.is_float():
        return pl.col(name).cast(pl.Float64).fill_nan(None)
    return pl.col(name).cast(pl.Int64 if kind.is_integer() else pl.Float64)


_Taken = tuple[str, pl.Expr, str, str]
"""A column's name, its value, and what its sum and the number of its values are called."""


def _taken(schema: pl.Schema, numbers: Sequence[str]) -> Iterator[_Taken]:
    yield from _tokens(schema)
    if "cost_usd" in schema:
        yield "cost_usd", number(schema, "cost_usd"), "cost_usd", "cost_n"
    if "rating" in schema:
        yield "rating", number(schema, "rating"), "rating_sum", "rating_n"
    if "latency_s" in schema:
        seconds = number(schema, "latency_s").cast(pl.Float64)
        yield "latency", pl.when(seconds > 0).then(seconds.log()), "log_latency", "latency_n"
    if "interventions" in schema:
        value = number(schema, "interventions")
        yield "interventions", value, "interventions", "interventions_n"
    yield from _happened(schema)
    for name in numbers:
        yield name, number(schema, name).cast(pl.Float64), f"{name} sum", f"{name} n"


def _tokens(schema: pl.Schema) -> Iterator[_Taken]:
    """Of rows whose input and output are both known; caches that nobody mentions held nothing."""
    if not {"input_tokens", "output_tokens"} <= set(schema):
        return
    cached = [name for name in _READ if name in schema]
    output = number(schema, "output_tokens")
    whole = number(schema, "input_tokens") + output
    for name in cached:
        whole += number(schema, name).fill_null(0)
    yield "tokens", whole, "tokens", "tokens_n"
    yield "output", pl.when(whole.is_not_null()).then(output), "output_tokens", ""
    if "cache_read_tokens" in schema:
        read = number(schema, "cache_read_tokens")
        yield "read", pl.when(whole.is_not_null()).then(read), "cache_read_tokens", ""


def _happened(schema: pl.Schema) -> Iterator[_Taken]:
    broke = pl.col("error_type").is_not_null() if "error_type" in schema else None
    if "succeeded" in schema:
        kind = schema["succeeded"]
        if kind not in {pl.Boolean, pl.Null} and not kind.is_integer():
            raise DataError(
                f"column 'succeeded' holds {kind}, expected true or false",
                remedy="store it as true and false",
            )
        failed = ~pl.col("succeeded").cast(pl.Boolean)
        if broke is not None:
            failed = pl.coalesce(failed, pl.when(broke).then(statement=True))
        yield "failed", failed, "failed", "known"
    elif broke is not None:
        yield "failed", broke, "failed", "known"
    for column, name in (("retry_of", "retries"), ("tool", "tooled")):
        if column in schema:
            yield name, pl.col(column).is_not_null(), name, ""
    if "session_id" in schema:
        yield "in_session", pl.col("session_id").is_not_null(), "session_rows", ""


def _by_clock(needs: AbstractSet[str]) -> dict[str, pl.Expr]:
    second = pl.col(LOCAL) % SECONDS
    weekday = (pl.col(LOCAL) // SECONDS + 3) % 7
    told = {
        "nights": (second < 6 * 3600) | (second >= 22 * 3600),
        "office": second.is_between(9 * 3600, 17 * 3600, closed="left"),
        "weekend": weekday >= 5,
    }
    return {name: value for name, value in told.items() if name in needs}

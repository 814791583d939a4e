"""What makes two rows of a table the same row, and which of them is the newer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.schema import schema_of, time_of

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTEXT: Final = "ctx_"
UNDATED: Final = "none"
"""The day of rows that carry no time."""
_ONCE: Final[Mapping[str, tuple[str, ...]]] = {
    "configurations": (
        *("agent_id", "version", "workspace_id", "user_id"),
        *("category", "element", "parameter"),
    ),
    "measurements": (
        *("run_id", "suite", "workload", "name", "metric", "provider", "measured_at"),
    ),
}
_UPDATED: Final = "updated_at"
_CONTEXT_TYPES: Final[Mapping[str, pl.DataType]] = {
    "flag": pl.Boolean(),
    "count": pl.Int64(),
    "number": pl.Float64(),
    "day": pl.Date(),
    "moment": pl.Datetime("us", "UTC"),
    "text": pl.String(),
}


@cache
def canonical(table: str) -> Mapping[str, pl.DataType]:
    """The columns of a table and their types, in the order of its schema."""
    return {name: column.dtype for name, column in schema_of(table).columns().items()}


@cache
def identity(table: str) -> tuple[str, ...]:
    """The columns that tell a row from every other one: its key, else what its rule holds once.

    Where a table has neither (`expenses`), a row is the same as another if all columns agree.
    """
    return tuple(schema_of(table).primary_key()) or _ONCE.get(table) or tuple(canonical(table))


def key_hash(table: str, seed: int) -> pl.Expr:
    """64 bits of the identity; equal rows have equal ones, others hardly ever."""
    return (
        pl.struct(identity(table)).hash(seed)
        if len(identity(table)) > 1
        else pl.col(identity(table)[0]).hash(seed)
    )


def version_columns(table: str) -> tuple[str, ...]:
    """The columns that tell which of two equal rows is the newer: the first that is not null."""
    names = (_UPDATED, time_of(schema_of(table)))
    return tuple(dict.fromkeys(name for name in names if name and name in canonical(table)))


def version(table: str) -> pl.Expr:
    """When a row was last changed, microseconds; the smallest number where nothing tells."""
    oldest = pl.lit(-(2**63), pl.Int64)
    times = [pl.col(name).cast(pl.Datetime("us")).cast(pl.Int64) for name in version_columns(table)]
    return pl.coalesce(*times, oldest)


def day_of(table: str) -> pl.Expr:
    """The day (UTC) of a row, null where it carries no time."""
    time = time_of(schema_of(table))
    return pl.lit(None, pl.Date) if time is None else pl.col(time).cast(pl.Date)


def context_type(dtype: pl.DataType) -> str:
    """The name of the type in which a column of the user's own is kept."""
    if dtype == pl.Boolean:
        return "flag"
    if dtype.is_integer() and dtype not in {pl.UInt64, pl.Int128, pl.UInt128}:
        return "count"
    if dtype.is_float() or dtype.is_decimal():
        return "number"
    if dtype == pl.Date:
        return "day"
    return "moment" if isinstance(dtype, pl.Datetime) else "text"


def type_named(name: str) -> pl.DataType:
    """The type of a column of the user's own, by its name."""
    return _CONTEXT_TYPES[name]


def wider(one: str, other: str) -> str:
    """The type that holds the values of both: numbers join to numbers, all else to text."""
    if one == other:
        return one
    return "number" if {one, other} == {"count", "number"} else "text"


def as_context(name: str, given: pl.DataType, kept: str) -> pl.Expr:
    """A column of the user's own in the type in which it is kept."""
    column = pl.col(name)
    if given == type_named(kept):
        return column
    if isinstance(given, pl.Datetime):
        if kept == "moment":
            zoned = column if given.time_zone else column.dt.replace_time_zone("UTC")
            return zoned.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
        return column.dt.to_string("iso:strict")
    if isinstance(given, pl.List | pl.Array):
        return column.cast(pl.List(pl.String)).list.join(", ")
    if isinstance(given, pl.Struct):
        return column.struct.json_encode()
    return column.cast(type_named(kept))

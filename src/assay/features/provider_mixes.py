"""Rows → sums per agent, provider, person and kind of row, to compare like with like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.core.errors import DataError, ParameterError
from assay.features.behaviour.scan import LOCAL, SECONDS, Span, with_local, within
from assay.features.faults import check_columns
from assay.features.provider_cells import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_WEEK: Final = 7
_MONDAY: Final = 3
"""Days from the Monday before 1970-01-01 to it."""
LOGS: Final = frozenset({"latency", "cost"})
"""Measures whose logarithm is compared: what differs is a relative change."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProviderMixes:
    """Groups of rows of one agent, provider, person and kind.

    Attributes:
        mix: columns that make a kind, beside the week.
        agents, providers: of each group.
        persons, kinds: of each group, as whole numbers.
        rows: in each group.
        sums, counts: measure → of each group; of latency and cost, of logarithms.
        unnamed: rows without a person, which are left out.
    """

    mix: tuple[str, ...]
    agents: NDArray[np.str_]
    providers: NDArray[np.str_]
    persons: NDArray[np.int64]
    kinds: NDArray[np.int64]
    rows: NDArray[np.int64]
    sums: dict[str, NDArray[np.float64]]
    counts: dict[str, NDArray[np.float64]]
    unnamed: int


def provider_mixes(  # noqa: PLR0913  who, with what, of which kind, and when
    rows: pl.LazyFrame,
    mix: Sequence[str],
    *,
    agent: str = "agent_id",
    provider: str = "provider",
    person: str = "user_id",
    time: str = "occurred_at",
    time_zone: str = "UTC",
) -> ProviderMixes:
    """Sums per agent, provider, person, week (from Monday) and values of `mix`. One scan.

    Raises:
        DataError: where a column is missing or a time cannot be read.
    """
    check_columns(nw.from_native(rows), [agent, provider, person, time, *mix], table="the data")
    schema = rows.collect_schema()
    there = [name for name, (column, _, _) in MEASURES.items() if column in schema]
    week = (pl.col(LOCAL) // SECONDS + _MONDAY) // _WEEK
    named = with_local(rows, time, time_zone).select(
        pl.col(agent).cast(pl.String).alias("agent"),
        pl.col(provider).cast(pl.String).alias("provider"),
        pl.col(person).cast(pl.String).alias("person"),
        week.alias("week"),
        *(pl.col(name).cast(pl.String).alias(f"mix {at}") for at, name in enumerate(mix)),
        *(_value(name).alias(name) for name in there),
    )
    kind = ["week", *(f"mix {at}" for at in range(len(mix)))]
    found = (
        named.drop_nulls(["agent", "provider", "week"])
        .group_by("agent", "provider", "person", *kind)
        .agg(
            pl.len().alias("rows"),
            *(pl.col(name).sum().alias(f"{name} y") for name in there),
            *(pl.col(name).count().alias(f"{name} n") for name in there),
        )
        .collect(engine="streaming")
    )
    unnamed = int(found.filter(pl.col("person").is_null())["rows"].sum())
    found = (
        found.drop_nulls("person")
        .with_columns(
            pl.col("person").rank("dense").cast(pl.Int64),
            pl.struct(kind).rank("dense").cast(pl.Int64).alias("kind"),
        )
        .sort("agent", "provider", "person", "kind")
    )
    return ProviderMixes(
        mix=tuple(mix),
        agents=found["agent"].to_numpy().astype(str),
        providers=found["provider"].to_numpy().astype(str),
        persons=found["person"].to_numpy(),
        kinds=found["kind"].to_numpy(),
        rows=found["rows"].to_numpy().astype(np.int64),
        sums={name: found[f"{name} y"].to_numpy().astype(np.float64) for name in there},
        counts={name: found[f"{name} n"].to_numpy().astype(np.float64) for name in there},
        unnamed=unnamed,
    )


def last_days(
    rows: pl.LazyFrame,
    days: int | None = None,
    *,
    time: str = "occurred_at",
    time_zone: str = "UTC",
) -> tuple[pl.LazyFrame, tuple[date, date]]:
    """Rows of the last local days, all where no number is given, with the first and last of them.

    Raises:
        DataError: where the column of times is missing, or no row has one.
        ParameterError: where there are less than one day, or the zone is unknown.
    """
    if days is not None and days < 1:
        raise ParameterError(f"days={days}, expected 1 or more")
    dated = with_local(rows, time, time_zone)
    local = pl.from_epoch(pl.col(LOCAL), time_unit="s").dt.date()
    ends = dated.select(local.min().alias("first"), local.max().alias("last"))
    first, last = ends.collect(engine="streaming").row(0)
    if first is None:
        raise DataError("no row has a time", remedy="map the column that dates a row")
    if days is None:
        return rows, (first, last)
    begin = max(first, last - timedelta(days=days - 1))
    return within(dated, Span(first=begin, last=last)).drop(LOCAL), (begin, last)


def kinds_there(rows: pl.LazyFrame, mix: Sequence[str]) -> list[str]:
    """Those of the columns that the data have."""
    schema = rows.collect_schema()
    return [name for name in dict.fromkeys(mix) if name in schema]


def _value(name: str) -> pl.Expr:
    value = pl.col(MEASURES[name][0]).cast(pl.Float64).fill_nan(None)
    value = pl.when(value.is_finite()).then(value)
    return pl.when(value > 0).then(value.log()) if name in LOGS else value

"""Rows → what each agent does with each provider or model: sums per cell, and on shared items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.features.behaviour.excess import Kind, excess_of
from assay.features.faults import check_columns, collect_table

Array = NDArray[np.float64]
Attempts = Literal["first", "all"]

MEASURES: Final[dict[str, tuple[str, str, Kind]]] = {
    "success": ("succeeded", "share", "share"),
    "rating": ("rating", "share", "mean"),
    "latency": ("latency_s", "s", "mean"),
    "cost": ("cost_usd", "USD", "log mean"),
}
"""Column, unit and kind of each; the latency is that of its logarithm (a geometric mean)."""


_PARTS: Final = ("y", "n", "yy", "yn", "nn")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellSums:
    """One measure of all cells.

    Attributes:
        kind: how it errs.
        part, whole: of each cell.
        excess: how much more persons differ than by chance (share), or the variance of one value
            with that in it (of a cost: relative to its square).
    """

    name: str
    unit: str
    kind: Kind
    part: Array
    whole: Array
    excess: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProviderCells:
    """Agents by providers (or models), the cells that there are.

    Attributes:
        by: names of both columns.
        agents, providers: of each cell.
        rows, persons: behind each.
    """

    by: tuple[str, str]
    agents: tuple[str, ...]
    providers: tuple[str, ...]
    rows: NDArray[np.int64]
    persons: NDArray[np.int64]
    measures: tuple[CellSums, ...]


def provider_cells(
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    *,
    agent: str = "agent_id",
    provider: str = "provider",
    person: str = "user_id",
) -> ProviderCells:
    """Sums per agent and provider, with how alike the rows of one person are. One scan.

    Raises:
        DataError: where a column is missing, there is nothing to measure, a value is infinite, or
            no row names both.
    """
    frame = nw.from_native(rows).lazy()
    check_columns(frame, [agent, provider, person], table="the data")
    schema = frame.collect_schema()
    there = [name for name, (column, _, _) in MEASURES.items() if column in schema]
    if not there:
        columns = [column for column, _, _ in MEASURES.values()]
        raise DataError(
            f"the data have none of the columns {', '.join(columns)}", remedy="map one of them"
        )
    picked = frame.select(
        *(
            nw.col(column).cast(nw.String).alias(name)
            for column, name in ((agent, "agent"), (provider, "provider"), (person, "person"))
        ),
        *(_value(name).alias(name) for name in there),
    ).filter(~nw.col("agent").is_null() & ~nw.col("provider").is_null())
    found = collect_table(
        picked.group_by("agent", "provider", "person").agg(
            nw.len().alias("rows"),
            *(nw.col(name).sum().alias(f"{name} y") for name in there),
            *(nw.col(name).count().alias(f"{name} n") for name in there),
        )
    )
    if found.is_empty():
        raise DataError(f"no row names {agent} and {provider}", remedy="map both")
    pairs = [(pl.col(f"{name} y").fill_null(0.0), pl.col(f"{name} n")) for name in there]
    cells = (
        found.group_by("agent", "provider")
        .agg(
            pl.col("rows").sum(),
            pl.col("person").drop_nulls().n_unique().alias("persons"),
            *(
                value.sum().alias(f"{name} {part}")
                for name, (y, n) in zip(there, pairs, strict=True)
                for part, value in (("y", y), ("n", n), ("yy", y**2), ("yn", y * n), ("nn", n**2))
            ),
        )
        .sort("agent", "provider")
    )
    return ProviderCells(
        by=(agent, provider),
        agents=tuple(cells["agent"]),
        providers=tuple(cells["provider"]),
        rows=cells["rows"].to_numpy().astype(np.int64),
        persons=cells["persons"].to_numpy().astype(np.int64),
        measures=tuple(_sums(cells, name) for name in there),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedItems:
    """Attempts at items, by agent and provider: the first of each, or all together.

    Attributes:
        by: names of both columns.
        attempts: whether the first attempt counts, or the mean of all.
        agents, providers, items: one of each.
        values: measure → what came of it, NaN where that is not known; of latency and cost the
            logarithm.
        outcomes: whether the first attempt succeeded, 0 or 1, NaN where that is not known.
        persons: who made the first attempt, empty where nobody is named.
    """

    by: tuple[str, str]
    agents: NDArray[np.str_]
    providers: NDArray[np.str_]
    items: NDArray[np.str_]
    values: dict[str, Array]
    attempts: Attempts
    outcomes: Array
    persons: NDArray[np.str_]


def shared_items(  # noqa: PLR0913  who, with what, at what, when, and which attempts
    rows: pl.LazyFrame,
    *,
    agent: str = "agent_id",
    provider: str = "provider",
    item: str = "item_id",
    time: str = "occurred_at",
    person: str = "user_id",
    attempts: Attempts = "first",
) -> SharedItems:
    """What came of each agent's attempts with each provider at each item that more than one tried.

    Args:
        rows: interactions.
        agent: column that names the agent.
        provider: column that names the provider, or the model.
        item: column that names what was tried.
        time: column that dates a row.
        person: column that names a person, where there is one.
        attempts: the first of each counts, or the mean of all: more is known by all, as long as
            later ones do not learn from earlier ones.

    Raises:
        DataError: where a column is missing.
    """
    check_columns(nw.from_native(rows), [agent, provider, item, time], table="the data")
    schema = rows.collect_schema()
    there = [name for name, (column, _, _) in MEASURES.items() if column in schema]
    first = (
        rows.select(
            pl.col(agent).cast(pl.String).alias("agent"),
            pl.col(provider).cast(pl.String).alias("provider"),
            pl.col(item).cast(pl.String).alias("item"),
            pl.col(time).alias("time"),
            (pl.col(person) if person in schema else pl.lit(None)).cast(pl.String).alias("person"),
            *(_first(name).alias(name) for name in there),
            _outcome("success" in there).alias("outcome"),
        )
        .drop_nulls(["agent", "provider", "item", "time"])
        .group_by("agent", "item", "provider")
        .agg(
            pl.col(there).sort_by("time").first() if attempts == "first" else pl.col(there).mean(),
            pl.col("outcome", "person").sort_by("time").first(),
        )
        .filter(pl.len().over("agent", "item") > 1)
        .sort("agent", "item", "provider")
        .collect(engine="streaming")
    )
    return SharedItems(
        by=(agent, provider),
        agents=first["agent"].to_numpy().astype(str),
        providers=first["provider"].to_numpy().astype(str),
        items=first["item"].to_numpy().astype(str),
        values={name: first[name].fill_null(float("nan")).to_numpy().copy() for name in there},
        attempts=attempts,
        outcomes=first["outcome"].fill_null(float("nan")).to_numpy().copy(),
        persons=first["person"].fill_null("").to_numpy().astype(str),
    )


def items_there(  # noqa: PLR0913  as of `shared_items`
    rows: pl.LazyFrame,
    *,
    agent: str = "agent_id",
    provider: str = "provider",
    item: str = "item_id",
    time: str = "occurred_at",
    person: str = "user_id",
    attempts: Attempts = "first",
) -> tuple[SharedItems | None, str]:
    """Shared items, or None with the reason where items are not named.

    Raises:
        DataError: where another column is missing.
    """
    if item not in rows.collect_schema():
        return None, f"items are not named: there is no column {item}"
    found = shared_items(
        rows,
        agent=agent,
        provider=provider,
        item=item,
        time=time,
        person=person,
        attempts=attempts,
    )
    if not found.items.size:
        return None, "no agent tried the same item with two of them"
    return found, ""


def _value(name: str) -> nw.Expr:
    raw = nw.col(MEASURES[name][0]).cast(nw.Float64)
    value = nw.when(~raw.is_nan()).then(raw)
    return nw.when(value > 0).then(value.log()) if name == "latency" else value


def _outcome(known: bool) -> pl.Expr:  # noqa: FBT001  private
    return _first("success") if known else pl.lit(None, pl.Float64)


def _first(name: str) -> pl.Expr:
    value = pl.col(MEASURES[name][0]).cast(pl.Float64).fill_nan(None)
    return pl.when(value > 0).then(value.log()) if name in {"latency", "cost"} else value


def _sums(cells: pl.DataFrame, name: str) -> CellSums:
    _, unit, kind = MEASURES[name]
    y, n, yy, yn, nn = (cells[f"{name} {part}"].to_numpy().astype(np.float64) for part in _PARTS)
    if not np.isfinite(y).all():
        raise DataError(f"{name} has infinite values", remedy="correct or remove these rows")
    return CellSums(
        name=name,
        unit=unit,
        kind=kind,
        part=y,
        whole=n,
        excess=excess_of(kind, y, n, yy, yn, nn),
    )

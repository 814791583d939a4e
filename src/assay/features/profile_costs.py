"""Logged costs beside the tokens that they are for: usual costs per token, and who strays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil, log
from typing import Final

import polars as pl

from assay.features.implausible import FEWEST, MOST_ROWS, middles

GROUP: Final = ("model", "service_tier")
TOKENS: Final = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedRows:
    """Rows of one model and tier that have tokens and a cost, in no order.

    Attributes:
        name: the model and its tier; None where it may not be shown.
        tokens: input, cache read, cache write, output.
        rows: all there are, of which those here may be a part.
    """

    model: str
    tier: str | None
    rows: int
    persons: int
    cost: float
    days: tuple[date, ...]
    tokens: tuple[tuple[int, int, int, int], ...]
    costs: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostProfile:
    """Priced rows by model, and those whose cost per token is out of all usual range.

    Attributes:
        groups: largest first; `sampled` tells whether they are a part of all rows.
        dear, cheap: rows `factor` times off their model's median and outside its robust spread.
        dear_cost: what the dear ones cost together.
        dearest: the largest cost per token over the median of its model.
    """

    groups: tuple[PricedRows, ...]
    sampled: bool
    rows: int
    cost: float
    factor: float
    dear: int
    dear_cost: float
    dearest: float | None
    cheap: int


def profile_costs(rows: pl.LazyFrame, total: int, *, factor: float) -> CostProfile:
    """What was logged as cost, and whether it fits the tokens.

    Args:
        rows: interactions.
        total: how many rows there are.
        factor: how many times off the median is implausible at least.
    """
    tokens = [pl.col(name).fill_null(0).cast(pl.Int64) for name in TOKENS]
    priced = (
        rows.filter(pl.col("cost_usd") > 0)
        .select(
            "interaction_id",
            *(pl.col(name) for name in (*GROUP, "user_id", "cost_usd")),
            *tokens,
            day=pl.col("occurred_at").dt.date(),
        )
        .with_columns(tokens=pl.sum_horizontal(TOKENS))
        .filter((pl.col("tokens") > 0) & pl.col("model").is_not_null())
        .with_columns(unit=(pl.col("cost_usd") / pl.col("tokens")).log())
    )
    step = max(1, ceil(total / MOST_ROWS))
    part = priced if step == 1 else priced.filter(pl.col("interaction_id").hash(seed=0) % step == 0)
    sample, sums = pl.collect_all(
        [
            part.select(*GROUP, "day", *TOKENS, "cost_usd", "unit"),
            priced.group_by(GROUP).agg(
                rows=pl.len(),
                persons=pl.col("user_id").drop_nulls().n_unique(),
                cost=pl.col("cost_usd").sum(),
            ),
        ],
        engine="streaming",
    )
    groups = sums.sort("rows", *GROUP, descending=[True, False, False], nulls_last=True)
    return CostProfile(
        groups=tuple(_group(row, sample) for row in groups.iter_rows(named=True)),
        sampled=step > 1,
        rows=int(sums["rows"].sum()),
        cost=float(sums["cost"].sum()),
        factor=factor,
        **_strays(priced, sample, factor),  # type: ignore[arg-type]
    )


def _group(row: dict[str, object], sample: pl.DataFrame) -> PricedRows:
    mine = sample.filter(
        pl.col(name).eq_missing(pl.lit(row[name], dtype=pl.String)) for name in GROUP
    )
    return PricedRows(
        model=str(row["model"]),
        tier=None if row["service_tier"] is None else str(row["service_tier"]),
        rows=int(row["rows"]),  # type: ignore[call-overload]
        persons=int(row["persons"]),  # type: ignore[call-overload]
        cost=float(row["cost"]),  # type: ignore[arg-type]
        days=tuple(mine["day"]),
        tokens=tuple(mine.select(TOKENS).iter_rows()),
        costs=tuple(mine["cost_usd"]),
    )


def _strays(priced: pl.LazyFrame, sample: pl.DataFrame, factor: float) -> dict[str, object]:
    usual = _usual(sample, factor)
    off = pl.col("unit") - pl.col("middle")
    dear, cheap = off > pl.col("reach"), off < -pl.col("reach")
    found = (
        priced.join(usual.lazy(), on=GROUP, how="left", nulls_equal=True)
        .select(
            dear=dear.sum(),
            dear_cost=pl.col("cost_usd").filter(dear).sum(),
            dearest=off.filter(dear).max().exp(),
            cheap=cheap.sum(),
        )
        .collect(engine="streaming")
    )
    return found.row(0, named=True)


def _usual(sample: pl.DataFrame, factor: float) -> pl.DataFrame:
    """Median and reach of the logarithm of cost per token; small models share the common ones."""
    every = middles(sample.with_columns(all=pl.lit("")), ("all",), factor=factor)
    middle, reach = every.select("middle", "reach").row(0) if len(every) else (0.0, log(factor))
    few = pl.col("rows") < FEWEST
    return middles(sample, GROUP, factor=factor).select(
        *GROUP,
        middle=pl.when(few).then(pl.lit(middle)).otherwise("middle"),
        reach=pl.when(few).then(pl.lit(reach)).otherwise("reach"),
    )

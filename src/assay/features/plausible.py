"""Rows without the implausible records, left out by their moment and cost: without a join."""

from __future__ import annotations

import polars as pl

from assay.features.implausible import with_apart
from assay.features.near_days import near_days


def plausible(
    rows: pl.LazyFrame,
    lines: pl.DataFrame,
    usual: pl.DataFrame | None,
    *,
    time: str = "occurred_at",
) -> pl.LazyFrame:
    """The rows without the implausible records that the lines tell of."""
    return rows.filter(is_plausible(rows, lines, usual, time=time))


def is_plausible(
    rows: pl.LazyFrame,
    lines: pl.DataFrame,
    usual: pl.DataFrame | None,
    *,
    time: str = "occurred_at",
) -> pl.Expr:
    """Whether a row is none of the implausible records that the lines tell of.

    These are looked for on their days only; what shares both moment and cost with one of them is
    one of them, too.
    """
    apart = lines.filter("apart")
    if usual is None or apart.is_empty():
        return pl.lit(value=True)
    models = pl.col("model").is_in(apart["model"].unique().implode(), nulls_equal=True)
    near = near_days(rows, time, apart["day"].cast(pl.Int32).cast(pl.Int64))
    found = (
        with_apart(rows.filter(models & near), usual)
        .filter("apart")
        .select(time, "cost_usd")
        .collect(engine="streaming")
    )
    same = [
        pl.col(name).is_in(found[name].unique().implode(), nulls_equal=True)
        for name in (time, "cost_usd")
    ]
    return ~pl.all_horizontal(same)

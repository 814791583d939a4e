"""Rows without the implausible records, found from lines and left out without a join."""

from __future__ import annotations

from typing import Final

import narwhals as nw
import polars as pl

from assay.features.implausible import cost_per_token
from assay.features.spend_scan import PRICED

SCORE: Final = "assay_score"


def plausible(rows: pl.LazyFrame, lines: pl.DataFrame, usual: pl.DataFrame | None) -> pl.LazyFrame:
    """The rows without the implausible records that the lines tell of."""
    apart = lines.filter("apart").select(PRICED).unique()
    if usual is None or apart.is_empty():
        return rows
    limits = apart.join(usual, on=PRICED, how="left", nulls_equal=True)
    most = pl.lit(usual["most_per_token"].max(), pl.Float64)
    limits = limits.select(*PRICED, pl.col("most_per_token").fill_null(most))
    names = rows.collect_schema().names()
    score = pl.col(SCORE)
    odd = [
        pl.all_horizontal(
            score > limit,
            *(
                (
                    pl.col(name).cast(pl.String) if name in names else pl.lit(None, pl.String)
                ).eq_missing(pl.lit(value, pl.String))
                for name, value in zip(PRICED, values, strict=True)
            ),
        )
        for *values, limit in limits.iter_rows()
    ]
    scored = nw.from_native(rows).with_columns(cost_per_token(names).alias(SCORE)).to_native()
    return scored.filter(~pl.any_horizontal(odd).fill_null(value=False)).drop(SCORE)

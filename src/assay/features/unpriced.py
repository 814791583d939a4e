"""What lines of spending lack in a price list: models without a price, and prices by assumption."""

from __future__ import annotations

from typing import Final

import polars as pl

from assay.features.pricing import PRICED, with_list_prices

TOKENS: Final = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
GAP_COLUMNS: Final = ("requests", "tokens", "share", "cost_usd", "first", "last")


def price_gaps(lines: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """One row per provider, model and tier whose tokens have no price, or one by assumption.

    `lines` are those of `spend_lines`, or rows with their columns. After `provider`, `model`,
    `service_tier`, `priced`, `priced_as` and `priced_how` come `requests`, `tokens`, their `share`
    of all tokens (0–1; 0 where there are none), the logged `cost_usd`, and the `first` and `last`
    day; most tokens first. Where there is no price, `list_usd` is null in `with_list_prices`, and
    the row says why.
    """
    priced = with_list_prices(lines, prices)
    tokens = pl.sum_horizontal(pl.col(name).fill_null(0) for name in TOKENS)
    every = int(priced.select(tokens.sum()).item() or 0)
    names = ["provider", "model", "service_tier", "priced", "priced_as", "priced_how"]
    cost = pl.col("cost_usd") if "cost_usd" in priced.columns else pl.lit(0.0)
    return (
        priced.filter((pl.col("priced") != PRICED) | pl.col("priced_how").is_not_null())
        .group_by(names)
        .agg(
            requests=pl.col("requests").sum(),
            tokens=tokens.sum(),
            share=tokens.sum() / every if every else pl.lit(0.0),
            cost_usd=cost.sum(),
            first=pl.col("day").min(),
            last=pl.col("day").max(),
        )
        .sort(["tokens", "requests", *names], descending=[True, True, *[False] * len(names)])
    )

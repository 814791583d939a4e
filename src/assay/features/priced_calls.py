"""Sampled calls with what a token of each kind costs them, and what they cost in all."""

from __future__ import annotations

from typing import Final

import polars as pl

from assay.features.pricing import BATCH, HAS_PRICE, with_list_prices

KINDS: Final = ("input", "cache_read", "cache_write", "output")
_KEYS: Final = ("provider", "model", "service_tier", "day")
_MILLION: Final = 1_000_000


def with_token_prices(calls: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Calls with the price of a token of each kind on their day, in USD.

    Adds `input_price`, `cache_read_price`, `cache_write_price`, `output_price` (where the list has
    no price of cached tokens, that of input, so that nothing is saved by a cache that is not
    priced), `list_usd`, `batch_usd` (the same call as a batch; never above `list_usd`), and
    `spent_usd`: as logged, or by the list. All are null where there is no price.
    """
    distinct = calls.select(_KEYS).unique(maintain_order=True)
    asked = distinct.with_columns(
        *(pl.lit(_MILLION, pl.Int64).alias(f"{kind}_tokens") for kind in KINDS)
    )
    known = with_list_prices(asked, prices)
    batched = with_list_prices(asked.with_columns(service_tier=pl.lit(BATCH)), prices)
    told = distinct.with_columns(
        *((known[f"{kind}_usd"] / _MILLION).alias(f"{kind}_price") for kind in KINDS),
        *((batched[f"{kind}_usd"] / _MILLION).alias(f"{kind}_batch") for kind in KINDS),
        request_price=known["request_usd"],
        request_batch=batched["request_usd"],
        priced=known["priced"].is_in(HAS_PRICE),
    )
    joined = calls.join(told, on=_KEYS, how="left", nulls_equal=True, maintain_order="left")
    batch_usd = _cost("batch")
    return joined.with_columns(list_usd=_cost("price")).with_columns(
        batch_usd=pl.min_horizontal(batch_usd, "list_usd"),
        spent_usd=pl.coalesce("cost_usd", "list_usd"),
        prompt_tokens=pl.sum_horizontal("input_tokens", "cache_read_tokens", "cache_write_tokens"),
    )


def _cost(which: str) -> pl.Expr:
    tokens = (pl.col(f"{kind}_tokens") * pl.col(f"{kind}_{which}") for kind in KINDS)
    return pl.sum_horizontal(*tokens, f"request_{which}", ignore_nulls=False)

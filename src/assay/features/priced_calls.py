"""Sampled calls with what a token of each kind costs them, and what they cost in all."""

from __future__ import annotations

from typing import Final

import polars as pl

from assay.features.pricing import BATCH, HAS_PRICE, HOUR_TOKENS, with_list_prices

KINDS: Final = ("input", "cache_read", "cache_write", "output")
_KEYS: Final = ("provider", "model", "service_tier", "day")
_MILLION: Final = 1_000_000


def with_token_prices(calls: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Calls with the price of a token of each kind on their day, in USD.

    Adds `input_price`, `cache_read_price`, `cache_write_price`, `output_price` (where the list has
    no price of cached tokens, that of input, so that nothing is saved by a cache that is not
    priced), `list_usd`, `batch_usd` (the same call as a batch; never above `list_usd`), and
    `spent_usd`: as logged, or by the list. All are null where there is no price. What is cached for
    an hour is in the sums at its own price.
    """
    distinct = calls.select(_KEYS).unique(maintain_order=True)
    asked = distinct.with_columns(
        *(pl.lit(_MILLION, pl.Int64).alias(f"{kind}_tokens") for kind in KINDS)
    )
    plain = asked.with_columns(pl.lit(0, pl.Int64).alias(HOUR_TOKENS))
    kept = asked.with_columns(pl.lit(_MILLION, pl.Int64).alias(HOUR_TOKENS))
    batch = pl.lit(BATCH).alias("service_tier")
    each = [plain, plain.with_columns(batch), kept, kept.with_columns(batch)]
    found = with_list_prices(pl.concat(each), prices)  # one look-up, which costs more than its rows
    n = len(distinct)
    known, batched, *held = (found.slice(place * n, n) for place in range(len(each)))
    hour, batched_hour = (one["cache_write_usd"] for one in held)
    told = distinct.with_columns(
        *((known[f"{kind}_usd"] / _MILLION).alias(f"{kind}_price") for kind in KINDS),
        *((batched[f"{kind}_usd"] / _MILLION).alias(f"{kind}_batch") for kind in KINDS),
        hour_price=(hour - known["cache_write_usd"]) / _MILLION,
        hour_batch=(batched_hour - batched["cache_write_usd"]) / _MILLION,
        request_price=known["request_usd"],
        request_batch=batched["request_usd"],
        priced=known["priced"].is_in(HAS_PRICE),
    )
    joined = calls.join(told, on=_KEYS, how="left", nulls_equal=True, maintain_order="left")
    there = HOUR_TOKENS in calls.columns
    batch_usd = _cost("batch", hour=there)
    return joined.with_columns(list_usd=_cost("price", hour=there)).with_columns(
        batch_usd=pl.min_horizontal(batch_usd, "list_usd"),
        spent_usd=pl.coalesce("cost_usd", "list_usd"),
        prompt_tokens=pl.sum_horizontal("input_tokens", "cache_read_tokens", "cache_write_tokens"),
    )


def _cost(which: str, *, hour: bool) -> pl.Expr:
    tokens = [pl.col(f"{kind}_tokens") * pl.col(f"{kind}_{which}") for kind in KINDS]
    if hour:
        tokens.append(pl.col(HOUR_TOKENS).fill_null(0) * pl.col(f"hour_{which}"))
    return pl.sum_horizontal(*tokens, f"request_{which}", ignore_nulls=False)

"""What caches saved, which models have no price, and costs that are no calls of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from assay.analysis.costs.breakdown.result import CacheUse, Expense, Unpriced
from assay.features.pricing import HAS_PRICE, NO_TOKENS, with_list_prices
from assay.features.spend_scan import PRICED
from assay.features.spending import SPEND_COLUMNS, rolled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

_SENT: Final = ("input_tokens", "cache_read_tokens", "cache_write_tokens")
_ALL: Final = (*_SENT, "output_tokens")


def unpriced_of(lines: pl.DataFrame) -> tuple[Unpriced, ...]:
    """Models without a price on some day, by their share of all tokens.

    Args:
        lines: of `spent`, priced.
    """
    tokens = pl.sum_horizontal(pl.col(name).fill_null(0) for name in _ALL)
    told = lines.with_columns(assay_tokens=tokens)
    whole = told["assay_tokens"].sum()
    unknown = pl.col("requests").filter(pl.col("spent_usd").is_null()).sum()
    found = (
        told.filter(~pl.col("priced").is_in([*HAS_PRICE, NO_TOKENS]))
        .group_by("provider", "model", "priced")
        .agg(
            pl.col("requests").sum(),
            unknown.alias("unknown"),
            pl.col("assay_tokens").sum(),
        )
        .sort("assay_tokens", "provider", "model", descending=[True, False, False])
    )
    return tuple(
        Unpriced(
            provider=row["provider"] or "",
            model=row["model"] or "",
            why=row["priced"],
            requests=row["requests"],
            unknown=row["unknown"],
            tokens=row["assay_tokens"],
            share=row["assay_tokens"] / whole if whole else 0.0,
        )
        for row in found.to_dicts()
    )


def caches_of(
    lines: pl.DataFrame, prices: pl.DataFrame | None
) -> tuple[tuple[CacheUse, ...], CacheUse | None]:
    """What prompt caches saved per model, by net saving, and all together.

    The same tokens are priced again as plain input: what reads would have cost more is saved, what
    writes would have cost less is the surcharge.
    """
    if prices is None:
        return (), None
    used = lines.filter(pl.col("list_usd").is_not_null() & pl.col("day").is_not_null())
    summed = used.group_by("day", *PRICED).agg(
        pl.col(name).sum() for name in SPEND_COLUMNS if name in lines.columns
    )
    if summed.is_empty():
        return (), None
    told = with_list_prices(summed, prices)
    plain = [_plain(summed, prices, name).rename(f"plain_{name}") for name in _SENT[1:]]
    told = told.with_columns(plain).with_columns(
        saved=pl.col("plain_cache_read_tokens") - pl.col("cache_read_usd"),
        surcharge=pl.col("cache_write_usd") - pl.col("plain_cache_write_tokens"),
        model=pl.coalesce("priced_as", "model"),
    )
    numbers = pl.col(*_SENT, "saved", "surcharge").sum()
    by = told.group_by("provider", "model").agg(numbers)
    by = by.sort(pl.col("saved") - pl.col("surcharge"), descending=True)
    whole = told.select(numbers).with_columns(provider=pl.lit(""), model=pl.lit(""))
    return tuple(map(_cache_use, by.to_dicts())), _cache_use(whole.to_dicts()[0])


def _plain(summed: pl.DataFrame, prices: pl.DataFrame, name: str) -> pl.Series:
    """What these tokens would have cost as input."""
    none = [pl.lit(0).alias(other) for other in _ALL if other != "input_tokens"]
    moved = summed.with_columns(pl.col(name).alias("input_tokens")).with_columns(none)
    return with_list_prices(moved, prices)["input_usd"]


def _cache_use(row: Mapping[str, Any]) -> CacheUse:
    sent = sum(row[name] for name in _SENT)
    return CacheUse(
        provider=row["provider"] or "",
        model=row["model"] or "",
        read_tokens=row["cache_read_tokens"],
        sent_tokens=sent,
        share=row["cache_read_tokens"] / sent if sent else 0.0,
        saved=row["saved"],
        surcharge=row["surcharge"],
        net=row["saved"] - row["surcharge"],
    )


def expenses_of(expenses: pl.DataFrame | None, first: date, last: date) -> tuple[Expense, ...]:
    """Costs that are no calls of a model, by category, largest first.

    Args:
        expenses: `day`, `category`, `amount`, `currency`, `usd` (null without a rate of the day).
        first: first day that counts.
        last: last day that counts.
    """
    if expenses is None:
        return ()
    found = (
        expenses.filter(pl.col("day").is_between(first, last))
        .group_by("category")
        .agg(
            entries=pl.len(),
            usd=pl.col("usd").sum(),
            unconverted=pl.col("usd").is_null().sum(),
            currencies=pl.col("currency").filter(pl.col("usd").is_null()).unique().sort(),
        )
        .sort("usd", "category", descending=[True, False])
    )
    return tuple(
        Expense(**{**row, "currencies": tuple(row["currencies"])}) for row in found.to_dicts()
    )


def tokens_of(lines: pl.DataFrame) -> int:
    """All tokens of lines."""
    return int(sum(rolled(lines, [])[name].item() or 0 for name in _ALL))

"""Records whose cost no tokens explain: set apart before money is added up.

The score of a row, `cost_per_token()`, depends on nothing but the row, and each provider, model and
tier has one limit. So whoever adds up lines can take the largest score of each along, and needs to
look for single rows only where one is beyond its limit.
"""

from __future__ import annotations

from math import ceil, log
from typing import TYPE_CHECKING, Final

import narwhals as nw
import polars as pl

from assay.features.near_days import near_days
from assay.features.pricing import HAS_PRICE, with_list_prices

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from assay.params import Window

BY: Final = ("provider", "model", "service_tier")
"""What a usual cost per token is by."""
KINDS: Final = ("input", "cache_read", "cache_write", "output")
LEAST_TOKENS: Final = 5_000
"""Tokens that a record counts as at least, so that a fee per request (a search, say) on a short
message is no price per token."""
TIMES: Final = 100.0
"""Times the median cost per token that are still usual: output is listed at up to 80 times the
price of cached input, so a record of output alone among such of cached input is no error."""
LISTED_TIMES: Final = 20.0
"""Times the dearest list price of any token that are still usual: long context, priority tiers
and regions together make no factor of 10."""
MOST_TIMES: Final = 10_000.0
"""Times the median that are never usual, however far costs per token spread."""
SPREADS: Final = 8.0
"""Robust standard deviations of the logarithm that are still usual."""
FEWEST: Final = 30
"""Rows from which a model has a usual cost per token of its own."""
MOST_ROWS: Final = 250_000
"""Rows with a cost that are looked at; of more, an even part by a hash of their numbers."""
MAD: Final = 1.4826

USUAL: Final[dict[str, pl.DataType]] = {
    **dict.fromkeys(BY, pl.String()),
    "rows": pl.Int64(),
    "usual_per_token": pl.Float64(),
    "most_per_token": pl.Float64(),
    "limit_from": pl.String(),
}
"""What `usual_costs` tells: looked at rows, their median cost per token in USD, the limit, and what
the limit is from (list price, own rows, all rows)."""

_PRIMES: Final = (1_000_003, 998_244_353)
_SCORE: Final = "assay_cost_per_token"
_LIMIT: Final = "assay_most_per_token"

RECORDS: Final = (
    "interaction_id",
    "occurred_at",
    *BY,
    "tokens",
    "cost_usd",
    "usual_usd",
    "times",
)
"""What is told of a record set apart: `usual_usd` is what its tokens usually cost."""


def cost_per_token(names: Collection[str]) -> nw.Expr:
    """USD per token of a row, at least `LEAST_TOKENS` of them; null without a cost or tokens.

    Args:
        names: columns that the rows have, of which `cost_usd` is one.
    """
    tokens = tokens_of(names)
    cost = nw.col("cost_usd").cast(nw.Float64).fill_nan(None)
    counted = nw.when(tokens > LEAST_TOKENS).then(tokens).otherwise(nw.lit(LEAST_TOKENS))
    return nw.when(~tokens.is_null()).then(cost / counted)


def tokens_of(names: Collection[str]) -> nw.Expr:
    """All tokens of a row; null where none of its counts is known."""
    there = [nw.col(f"{kind}_tokens").cast(nw.Int64) for kind in KINDS if f"{kind}_tokens" in names]
    if not there:
        return nw.lit(None, nw.Int64)
    known = nw.any_horizontal(*(~one.is_null() for one in there), ignore_nulls=True)
    return nw.when(known).then(nw.sum_horizontal(*there))


def usual_costs(
    rows: pl.LazyFrame, prices: pl.DataFrame | None = None, *, step: int | None = None
) -> pl.DataFrame:
    """The most that a token may cost, per provider, model and tier: `USUAL`, sorted.

    Where the price list knows the model, and its rows are usually no dearer than its dearest token,
    the limit is `LISTED_TIMES` that token. Else it is from the median and spread of the model's own
    rows, or of all rows where they are few.

    Args:
        rows: interactions.
        prices: of the table prices, in USD.
        step: looks at one row in so many; None finds it by the number of rows.
    """
    if step is None:
        total = rows.select(pl.len()).collect(engine="streaming").item()
        step = max(1, ceil(total / MOST_ROWS))
    part = even_part(rows, step)
    sample = (
        _scored(part.filter(pl.col("cost_usd") > 0))
        .select(
            *BY,
            month=pl.col("occurred_at").dt.date().dt.truncate("1mo"),
            unit=pl.col(_SCORE).log(),
        )
        .filter(pl.col("unit").is_finite())
        .collect(engine="streaming")
    )
    own = middles(sample, BY, factor=TIMES, most=MOST_TIMES)
    listed = _listed(sample, prices)
    every = middles(sample.with_columns(all=pl.lit("")), ("all",), factor=TIMES, most=MOST_TIMES)
    common = pl.lit(every["middle"].item() if len(every) else None, dtype=pl.Float64)
    reach = pl.lit(every["reach"].item() if len(every) else None, dtype=pl.Float64)
    few = pl.col("rows") < FEWEST
    by_list = pl.col("dearest").is_not_null() & (few | (pl.col("middle") <= pl.col("dearest")))
    found = own.join(listed, on=BY, how="left", nulls_equal=True).select(
        *BY,
        "rows",
        usual_per_token=pl.col("middle").exp(),
        most_per_token=pl.when(by_list)
        .then(pl.col("dearest") + log(LISTED_TIMES))
        .when(few)
        .then(common + reach)
        .otherwise(pl.col("middle") + pl.col("reach"))
        .exp(),
        limit_from=pl.when(by_list)
        .then(pl.lit("list price"))
        .when(few)
        .then(pl.lit("all rows"))
        .otherwise(pl.lit("own rows")),
    )
    return found.cast(USUAL).sort(BY, nulls_last=True)  # type: ignore[arg-type]


def middles(
    sample: pl.DataFrame, by: Sequence[str], *, factor: float, most: float | None = None
) -> pl.DataFrame:
    """Per group: `rows`, median of the logarithm `unit` (`middle`), and how far is still usual.

    `reach` is `SPREADS` robust standard deviations, and at least the logarithm of `factor`.
    """
    spread = (pl.col("unit") - pl.col("unit").median()).abs().median() * MAD * SPREADS
    return sample.group_by(by).agg(
        rows=pl.len().cast(pl.Int64),
        middle=pl.col("unit").median(),
        reach=spread.clip(log(factor), None if most is None else log(most)),
    )


def _listed(sample: pl.DataFrame, prices: pl.DataFrame | None) -> pl.DataFrame:
    """Logarithm of the dearest list price of one token, of any kind and in any month with rows."""
    nothing = pl.DataFrame(schema={**dict.fromkeys(BY, pl.String()), "dearest": pl.Float64()})
    if prices is None or prices.is_empty() or sample.is_empty():
        return nothing
    months = sample.select(*BY, "month").unique()
    last = months.with_columns(pl.col("month").dt.month_end())
    one = pl.concat([months, last]).with_columns(
        pl.lit(1_000_000).alias(f"{kind}_tokens") for kind in KINDS
    )
    priced = with_list_prices(one, prices, day="month").filter(pl.col("priced").is_in(HAS_PRICE))
    amounts = [pl.col(f"{kind}_usd") for kind in KINDS]
    return (
        priced.group_by(BY)
        .agg(dearest=(pl.max_horizontal(amounts) / 1e6).max())
        .filter(pl.col("dearest") > 0)
        .with_columns(pl.col("dearest").log())
    )


def with_apart(rows: pl.LazyFrame, usual: pl.DataFrame) -> pl.LazyFrame:
    """The rows with `apart`: whether a record costs more per token than is usual at all."""
    limits = usual.lazy().select(*BY, pl.col("most_per_token").alias(_LIMIT))
    names = rows.collect_schema().names()
    return (
        _scored(rows)
        .join(limits, on=BY, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(apart=(pl.col(_SCORE) > _or_largest(_LIMIT, usual)).fill_null(value=False))
        .select(*names, "apart")
    )


def implausible_records(
    rows: pl.LazyFrame,
    usual: pl.DataFrame,
    *,
    window: Window | None = None,
    lines: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The records that are set apart: `RECORDS`, dearest first.

    Args:
        rows: interactions.
        usual: of `usual_costs`.
        window: days of UTC that count.
        lines: of `spend_lines`, which tell the days of such records; other days are not read again.
    """
    there = rows.collect_schema().names()
    needed = {"interaction_id", "occurred_at", "cost_usd", *BY, *(f"{k}_tokens" for k in KINDS)}
    names = [name for name in there if name in needed]
    if lines is not None:
        apart = lines.filter("apart")
        rows = _on_days_of(rows, apart) if len(apart) else rows.head(0)
    lowest = pl.lit(usual["most_per_token"].min(), dtype=pl.Float64)
    found = (
        _scored(within(rows, window).select(names))
        .filter(pl.col(_SCORE) > lowest)
        .join(usual.lazy(), on=BY, how="left", nulls_equal=True)
        .filter(pl.col(_SCORE) > _or_largest("most_per_token", usual))
        .collect(engine="streaming")
    )
    told = nw.from_native(found).with_columns(tokens_of(names).alias("tokens")).to_native()
    usually = pl.col("usual_per_token") * pl.max_horizontal("tokens", LEAST_TOKENS)
    told = told.with_columns(usual_usd=usually)
    told = told.with_columns(times=pl.col("cost_usd") / pl.col("usual_usd"))
    return told.select(RECORDS).sort("cost_usd", "interaction_id", descending=[True, False])


def _on_days_of(rows: pl.LazyFrame, apart: pl.DataFrame) -> pl.LazyFrame:
    """The rows that may be among these lines: of their days, whose zone is not known here."""
    if "day" not in apart.columns:
        return rows
    return rows.filter(near_days(rows, "occurred_at", apart["day"].cast(pl.Int32).cast(pl.Int64)))


def within(rows: pl.LazyFrame, window: Window | None) -> pl.LazyFrame:
    """The rows of the days of UTC that count."""
    day = pl.col("occurred_at").dt.date()
    if window is not None and window.start is not None:
        rows = rows.filter(day >= window.start)
    if window is not None and window.end is not None:
        rows = rows.filter(day <= window.end)
    return rows


def even_part(rows: pl.LazyFrame, step: int) -> pl.LazyFrame:
    """One row in so many, by a hash of numbers that are read anyway: ids are long texts."""
    return rows if step == 1 else rows.filter(is_even(rows.collect_schema().names(), step))


def is_even(names: Collection[str], step: int) -> pl.Expr:
    """Whether a row with these columns is one of those in so many; twice the step takes half."""
    mixed = pl.col("occurred_at").dt.timestamp("us")
    for prime, name in zip(_PRIMES, ("input_tokens", "output_tokens"), strict=True):
        if name in names:
            mixed += prime * pl.col(name).fill_null(0)
    return mixed.hash(seed=0) % step == 0


def _or_largest(limit: str, usual: pl.DataFrame) -> pl.Expr:
    """A model's limit, or the largest of all where a part of the rows had none of that model."""
    return pl.col(limit).fill_null(pl.lit(usual["most_per_token"].max(), dtype=pl.Float64))


def _scored(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows with their score, and with text in all columns that limits are by."""
    names = rows.collect_schema().names()
    text = [(pl.col(n) if n in names else pl.lit(None)).cast(pl.String).alias(n) for n in BY]
    score = cost_per_token(names).alias(_SCORE)
    return nw.from_native(rows).with_columns(score).to_native().with_columns(text)

"""Messages with a logged cost, each beside its tokens and the list price of its day."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.features.drawn_rows import ENOUGH
from assay.features.implausible import even_part, with_apart, within
from assay.features.list_rates import KEYS, list_rates

if TYPE_CHECKING:
    from assay.features.drawn_rows import DrawnRows
    from assay.params import Window

MOST_ROWS: Final = 250_000
"""Messages up to which all are held against prices one by one."""
PART: Final = 100_000
"""Of more messages about so many are: an even part by a hash of their numbers."""

_TEXT: Final = ("interaction_id", "provider", "model", "service_tier")
_COUNTS: Final = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
)
_FLAGS: Final = ("succeeded", "cache_hit")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoggedCosts:
    """Messages with a cost, and what their tokens cost by the list.

    Attributes:
        frame: one row per message that is looked at, with the rates of its day.
        rows: messages there are, with and without a cost.
        logged: those with a cost, of which `frame` may be a part: one in `step`.
    """

    frame: pl.DataFrame
    rows: int
    logged: int
    step: int


def logged_costs(  # noqa: PLR0913  rows, prices, limits, and what spares a scan
    rows: pl.LazyFrame,
    prices: pl.DataFrame,
    usual: pl.DataFrame,
    *,
    window: Window | None = None,
    lines: pl.DataFrame | None = None,
    most: int = MOST_ROWS,
    drawn: DrawnRows | None = None,
) -> LoggedCosts:
    """Messages with their logged cost and the rates of their day, which is UTC as bills have it.

    Args:
        rows: interactions.
        prices: of the table prices, in USD.
        usual: of `usual_costs`: which records are set apart.
        window: days that count.
        lines: of `spend_lines` of the same days, which spare a scan that counts.
        most: up to how many messages all are looked at.
        drawn: of `drawn_rows` for the same rows: of more messages an even part of its even part is
            taken, which saves a scan.
    """
    names = rows.collect_schema().names()
    day = pl.col("occurred_at").dt.date()
    rows = within(rows, window)
    has_cost = pl.col("cost_usd").is_not_null() & pl.col("cost_usd").is_not_nan()
    if "cost_usd" not in names:
        rows, has_cost = rows.with_columns(cost_usd=pl.lit(None, pl.Float64)), pl.lit(value=False)
    if lines is None:
        counts = rows.select(pl.len(), has_cost.sum().alias("logged")).collect(engine="streaming")
    else:
        logged_only = pl.col("requests").filter("logged")
        counts = lines.select(pl.col("requests").sum(), logged_only.sum().alias("logged"))
    total, logged = counts.row(0)
    step = 1 if logged <= most else ceil(logged / min(PART, most))
    if drawn is not None and step >= ENOUGH * drawn.step:
        step = drawn.step * max(1, round(step / drawn.step))
        rows = within(drawn.even, window)
    found = rows.filter(has_cost)
    if step > 1:
        found = even_part(found, step)

    def column(name: str, dtype: type[pl.DataType]) -> pl.Expr:
        return (pl.col(name) if name in names else pl.lit(None)).cast(dtype).alias(name)

    frame = (
        with_apart(found, usual)
        .select(
            *(column(name, pl.String) for name in _TEXT),
            *(column(name, pl.Int64) for name in _COUNTS),
            *(column(name, pl.Boolean) for name in _FLAGS),
            "apart",
            day=day,
            cost_usd=pl.col("cost_usd").cast(pl.Float64),
        )
        .collect(engine="streaming")
    )
    rates = list_rates(frame, prices)
    joined = frame.join(rates, on=KEYS, how="left", nulls_equal=True, maintain_order="left")
    return LoggedCosts(frame=joined, rows=int(total), logged=int(logged or 0), step=step)

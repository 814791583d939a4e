"""Rows → what was used and what it cost, per day and whatever is charged for apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.features.daily import TOKENS, daily_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

BY: Final = ("provider", "model", "service_tier")
"""What a price depends on."""
COST_COLUMNS: Final = ("requests", "tokens_n", *TOKENS, "cost_n", "cost_usd")
"""What a line holds after `day` and the columns that it is by.

- `requests`: rows, each one call of a model;
- `tokens_n`: requests whose tokens are known, then tokens by kind: the first four are disjoint,
  reasoning is part of the output;
- `cost_n`: requests whose cost was logged, and their sum in USD. Where `cost_n` is below
  `requests`, the sum is not the whole cost.
"""


def cost_lines(
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    *,
    by: Sequence[str] = BY,
    time_zone: str = "UTC",
) -> pl.DataFrame:
    """One line per local day and price: `day`, by, `COST_COLUMNS`, computed where the rows are.

    Raises:
        DataError: where a column is missing, or a cost is infinite.
        ParameterError: where the time zone is unknown.
    """
    lines = daily_lines(rows, by=by, time_zone=time_zone).rename({"rows": "requests"})
    return lines.select("day", *by, *COST_COLUMNS)


def merge_cost_lines(*frames: pl.DataFrame) -> pl.DataFrame:
    """The lines of the union of the rows that these lines are of."""
    lines = pl.concat(frames)
    keys = [name for name in lines.columns if name not in COST_COLUMNS]
    merged = lines.group_by(keys).agg(pl.col(*COST_COLUMNS).sum()).sort(keys, nulls_last=True)
    return merged.select(lines.columns)

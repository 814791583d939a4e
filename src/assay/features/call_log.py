"""Rows as sections on costs read them: what was logged as a cost is a number, or not known."""

from __future__ import annotations

from typing import Final

import polars as pl

from assay.core.errors import DataError

COST: Final = "cost_usd"


def call_log(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows with `cost_usd`, null where no cost is known: it was not logged, or is no number.

    Raises:
        DataError: where costs are text or anything else that cannot be added up.
    """
    kind = rows.collect_schema().get(COST)
    if kind is None or kind == pl.Null:
        return rows.with_columns(pl.lit(None, pl.Float64).alias(COST))
    if not kind.is_numeric():
        raise DataError(
            f"column {COST!r} is {kind}, expected numbers (USD)",
            remedy="bring the file in with `assay import --mapping`: decimal says how it writes "
            "numbers, and $ and blanks are taken off",
        )
    return rows.with_columns(pl.col(COST).fill_nan(None)) if kind.is_float() else rows

"""Costs that are no calls of a model, in USD: other currencies only through dated rates."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import polars as pl

from assay.data.pricebook.read import exchange_rates, price_files
from assay.data.read import read

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from assay.data.pricebook.exchange import Rates


def read_expenses(source: str | Path, *, prices: str | Path | None = None) -> pl.DataFrame:
    """The table expenses with `usd`: null where the day has no rate of its currency.

    Args:
        source: of the table expenses.
        prices: the price book, whose `rates.yaml` counts; None takes the project's.

    Raises:
        DataError: where the table breaks a rule of the table expenses.
        ParameterError: where the rates cannot be understood.
    """
    table = read(source, table="expenses", max_rejected=0.0)
    folder = None if prices is None else price_files(prices)[0].parent
    return in_usd(table.valid.collect(), exchange_rates(folder))


def in_usd(expenses: pl.DataFrame, rates: Rates) -> pl.DataFrame:
    """Expenses with `usd`, at the rate in force on their day."""
    amounts = [
        None if (rate := _rate(currency, day, rates)) is None else amount * rate
        for day, amount, currency in expenses.select("day", "amount", "currency").iter_rows()
    ]
    return expenses.with_columns(pl.Series("usd", amounts, dtype=pl.Float64))


def _rate(currency: str, day: date, rates: Rates) -> float | None:
    if currency == "USD":
        return 1.0
    dated = rates.dated.get(currency, ())
    at = bisect_right([since for since, _ in dated], day)
    return dated[at - 1][1] if at else None

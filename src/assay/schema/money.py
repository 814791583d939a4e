"""What it costs: prices of models from a day on, and costs that are no calls of a model."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from assay.schema import columns as c

_CURRENCY = r"^[A-Z]{3}$"


class Prices(dy.Schema):
    """A model's price in one tier from a day on, per million tokens."""

    provider = c.key()
    model = c.key()
    aliases = c.texts()
    tier = c.key()
    currency = dy.String(regex=_CURRENCY, nullable=False)
    valid_from = c.day_key()
    valid_to = c.day()
    input_per_mtok = c.amount()
    cache_read_per_mtok = c.amount()
    cache_write_per_mtok = c.amount()
    cache_write_1h_per_mtok = c.amount()
    output_per_mtok = c.amount()
    batch_factor = c.amount()
    per_request = c.amount()
    source = c.text()

    @dy.rule()
    def ends_after_it_begins(cls) -> pl.Expr:
        """The last day of a price, where it has one, is no earlier than the first."""
        return pl.col("valid_to") >= pl.col("valid_from")

    @dy.rule()
    def prices_something(cls) -> pl.Expr:
        """A price names at least one amount."""
        amounts = ("input_per_mtok", "output_per_mtok", "per_request")
        return pl.any_horizontal(pl.col(name).is_not_null() for name in amounts)


class Expenses(dy.Schema):
    """One cost that is not a model call; a credit is negative."""

    day = c.day(required=True)
    category = c.text(required=True)
    amount = c.number(required=True)
    currency = dy.String(regex=_CURRENCY, nullable=False)
    owner = c.text()
    agent_id = c.text()

"""How many sessions an entity's rows name, and how mixed the things are that they name."""

from __future__ import annotations

from typing import Final

import polars as pl

_WORDING: Final = r"""\S*\d\S*|'[^']*'|"[^"]*\""""
"""What differs between messages that say the same: words with a digit, and what is quoted."""


def met(rows: pl.LazyFrame, entity: pl.Expr, named: pl.Expr) -> pl.LazyFrame:
    """Per entity (its hash, `key`) and name: `n` rows; rows without either left out.

    Names meet in 64 bits: of ten million pairs, in one case of 400,000.
    """
    both = _pairs(rows, entity, named)
    return both.group_by("both").agg(pl.col("key").first(), pl.len().cast(pl.Float64).alias("n"))


def _pairs(rows: pl.LazyFrame, entity: pl.Expr, named: pl.Expr) -> pl.LazyFrame:
    known = rows.filter(named.is_not_null() & entity.is_not_null())
    other = named.cast(pl.String)
    return known.select(key=entity.hash(), both=entity.hash() ^ other.hash(1))


def sessions_of(rows: pl.LazyFrame, entity: pl.Expr, session: str) -> pl.LazyFrame:
    """Per entity, its hash: `sessions` that its rows name."""
    each = _pairs(rows, entity, pl.col(session)).unique("both")
    return each.group_by("key").agg(pl.len().alias("sessions"))


def mix_of(rows: pl.LazyFrame, entity: pl.Expr, column: str) -> pl.LazyFrame:
    """Per entity, its hash: the chance that two of its rows name unlike things, weighted by rows.

    Without replacement, so that it does not grow with the number of rows. Messages of errors are
    compared by their wording, without numbers and what they quote.

    References:
        Simpson (1949), Measurement of diversity, Nature 163, 688.
    """
    named = pl.col(column)
    if column == "error_message":
        named = named.cast(pl.String).str.to_lowercase().str.replace_all(_WORDING, "#")
    count = pl.col("n")
    found = (
        met(rows, entity, named)
        .group_by("key")
        .agg(count.sum(), (count * (count - 1)).sum().alias("alike"))
    )
    pairs = count * (count - 1)
    unlike = pl.when(pairs > 0).then(count * (pairs - pl.col("alike")) / pairs).otherwise(0.0)
    return found.select("key", unlike.alias(f"{column}_pairs"), count.alias(f"{column}_pairs_n"))

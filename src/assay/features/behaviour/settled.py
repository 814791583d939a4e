"""Sums per entity → exposures: days after the first, gaps between days, parts of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.features.behaviour.active_days import counted_days, gap_variation
from assay.features.behaviour.scan import SECONDS, Span
from assay.features.clock import day_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.behaviour.feature import Feature

_EACH_ONCE = "these entities are seen once, and it is about days on which they return"


def settled(found: pl.DataFrame, span: Span, *, passing: bool) -> pl.DataFrame:
    """The sums with what follows from them.

    `tenure_days` are the days since an entity was first seen, that day included. It was seen that
    day or we would not know of it, so that the day says nothing of how often it comes: what it did
    on `exposed_days`, those after, does. Of an entity that was in use before the span each day of
    the span is one of both.

    Args:
        found: per entity `rows`, `first` and `last` second, sums, days as bits, and whether it was
            seen `before` the span.
        span: days that count.
        passing: entities do not return: each is a session of its own.
    """
    last = day_number(span.last)
    since = pl.col("first") // SECONDS
    added: list[pl.Expr | pl.Series] = [
        pl.when("before").then(span.days).otherwise(last - since + 1).alias("tenure_days"),
        pl.when("before").then(span.days).otherwise(last - since).alias("exposed_days"),
        (last - pl.col("last") // SECONDS).alias("recency_days"),
    ]
    have = set(found.columns)
    if "days0" in have:
        words = found.select(pl.col("^days\\d+$").fill_null(0)).to_numpy().astype(np.uint64)
        days = pl.Series("days", counted_days(words))
        added += [
            days,
            (days - (~found["before"]).cast(pl.Int64)).alias("later_days"),
            pl.Series("gap_cv", gap_variation(words)).fill_nan(None),
        ]
    if {"nights", "mornings", "office"} <= have:
        added.append(_unlike_parts().alias("hour_pairs"))
    if "tokens" in have:
        added.append((pl.col("tokens") - pl.col("output_tokens")).alias("all_input"))
    if passing:
        lasted = (pl.col("last") - pl.col("first")) / 60
        added += [
            pl.lit(1).alias("sessions"),
            pl.col("rows").alias("session_rows"),
            lasted.alias("minutes"),
            pl.lit(1).alias("minutes_n"),
        ]
    return found.with_columns(added).drop("^days\\d+$")


def with_sessions(found: pl.DataFrame) -> pl.DataFrame:
    """What a session holds: rows of a session times what one of the rows holds on average."""
    have = set(found.columns)
    if not {"sessions", "session_rows"} <= have:
        return found
    rows = pl.col("session_rows").cast(pl.Float64)
    return found.with_columns(
        pl.when(pl.col(count) > 0).then(pl.col(total) / pl.col(count) * rows).alias(name)
        for total, count, name in (
            ("tokens", "tokens_n", "session_tokens"),
            ("cost_usd", "cost_n", "session_cost"),
        )
        if {total, count} <= have
    )


def usable(  # noqa: PLR0913  what was found, and what was asked
    found: pl.DataFrame,
    wanted: Sequence[Feature],
    span: Span,
    *,
    passing: bool,
    named: bool,
    own: frozenset[str] = frozenset(),
) -> tuple[list[Feature], list[tuple[str, str]]]:
    """The features that these sums allow, and why others are left out."""
    kept: list[Feature] = []
    left_out: list[tuple[str, str]] = []
    for one in wanted:
        gone = one.needs - set(found.columns)
        most = {"exposed_days": span.days, "days": span.days}.get(one.whole or "", one.least)
        if one.visits and passing:
            left_out.append((one.name, _EACH_ONCE))
        elif gone & {"minutes", "changes"} or any(name.startswith("changes_") for name in gone):
            table = "sessions" if "minutes" in gone else "configurations"
            left_out.append((one.name, f"no table {table} tells it of these entities"))
        elif gone and one.name in own:
            left_out.append((one.name, "it is what these entities are told apart by"))
        elif gone:
            left_out.append((one.name, "the data have no column that tells it"))
        elif most < one.least:
            left_out.append(
                (one.name, f"the data span {span.days} days, expected {one.least:g} or more")
            )
        else:
            kept.append(one)
    if named:
        return kept, left_out
    have = {one.name for one in kept}
    for one in [one for one in kept if one.follows and have.issuperset(one.follows)]:
        kept.remove(one)
        told = " and ".join((", ".join(one.follows[:-1]), one.follows[-1]))
        left_out.append((one.name, f"it follows from {told}"))
    return kept, left_out


def _unlike_parts() -> pl.Expr:
    """Chance that two rows are in unlike parts of the day, weighted by rows."""
    rows = pl.col("rows").cast(pl.Float64)
    parts = [pl.col(name).cast(pl.Float64) for name in ("nights", "mornings", "office")]
    parts.append(rows - pl.sum_horizontal(parts))
    alike = pl.sum_horizontal(part * (part - 1) for part in parts)
    return pl.when(rows > 1).then(rows - alike / (rows - 1)).otherwise(0.0)

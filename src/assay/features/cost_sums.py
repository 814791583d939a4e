"""The sums behind a breakdown: of all rows where that is quick, else of a part of the users."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.features.spend_scan import PRICED, Every, bucket_of
from assay.features.spending import price_breaks
from assay.features.spending_units import BUCKETS, UNITS, plausible
from assay.features.unit_sums import SUMS, Units, distinct_units, unit_sums

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from assay.features.spending import Basis
    from assay.params import Window

MOST_ROWS: Final = 3_000_000
"""Requests of which all count in ratios; of more, those of a random part of the users do."""
PART_ROWS: Final = 500_000
"""Requests that such a part holds, about."""
MOST_WEEKS: Final = 13
"""Weeks that are told one by one; of longer data, months are."""
_PART_SEED: Final = 20_262
_SIZES: Final = ((50_000, BUCKETS), (inf, 256))
_READ: Final = (
    "occurred_at",
    "user_id",
    "session_id",
    *PRICED,
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "cost_usd",
    "succeeded",
    "rating",
    "retry_of",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CostSums:
    """The frames of `unit_sums` that a breakdown is made of.

    Attributes:
        whole: without periods and groups; `periods`: by week or month; `by`: by each column.
        absent: columns that the rows lack.
        share: of the users; below 1, sums are of theirs only, and totals come from lines.
    """

    every: Every
    whole: pl.DataFrame
    periods: pl.DataFrame
    by: dict[str, pl.DataFrame]
    absent: tuple[str, ...]
    share: float = 1.0


def breakdown_sums(  # noqa: PLR0913  rows, prices and what is asked of them
    rows: pl.LazyFrame,
    lines: pl.DataFrame,
    prices: pl.DataFrame | None = None,
    *,
    by: Sequence[str] = (),
    basis: Basis = "auto",
    usual: pl.DataFrame | None = None,
    sessions: pl.LazyFrame | None = None,
    window: Window | None = None,
    time_zone: str = "UTC",
    most_rows: int = MOST_ROWS,
) -> CostSums:
    """Sums of whole, weeks or months, and groups, for the rows that the lines are of.

    Args:
        rows: interactions.
        lines: of `spend_lines` with these prices, limits, window and zone.
        prices: in USD.
        by: columns that spending is broken down by.
        basis: whose money counts.
        usual: limits beyond which records are set apart.
        sessions: the table sessions, for those that were abandoned.
        window: local days that count.
        time_zone: whose days they are.
        most_rows: requests of which all count.

    Raises:
        ParameterError: where a column names persons.
    """
    requests = int(lines["requests"].sum())
    kept = plausible(rows, lines, usual)
    parts = 1 if requests <= most_rows else ceil(requests / PART_ROWS)
    days = lines["day"].drop_nulls().sort()
    how = Units(
        prices=prices,
        basis=basis,
        sessions=sessions,
        breaks=price_breaks(lines, prices),
        buckets=next(many for most, many in _SIZES if requests / parts <= most),
        time_zone=time_zone,
        window=window,
    )
    every = period_length(days[0], days[-1]) if len(days) else "month"
    part = kept if parts == 1 else _part(kept, parts, by)
    return cost_sums(part, how, by=by, every=every, share=1 / parts)


def cost_sums(
    rows: pl.LazyFrame, how: Units, *, by: Sequence[str], every: Every, share: float = 1.0
) -> CostSums:
    """Sums of all these rows, by period, and by each column that they have.

    Raises:
        ParameterError: where a column names persons.
    """
    names = rows.collect_schema().names()
    periods = unit_sums(rows, how, every=every)
    keys = ["bucket", "group"]
    whole = periods.group_by(keys).agg(pl.col(SUMS).sum())
    counted = distinct_units(rows, how, None, "whole").drop("period")
    alone = replace(how, sessions=None)
    return CostSums(
        every=every,
        whole=whole.join(counted, on=keys, how="left", nulls_equal=True).sort("bucket"),
        periods=periods,
        by={
            name: unit_sums(rows, alone, by=name).drop("period")
            for name in dict.fromkeys(by)
            if name in names
        },
        absent=tuple(name for name in dict.fromkeys(by) if name not in names),
        share=share,
    )


def period_length(first: date, last: date) -> Every:
    """Weeks of a quarter or less, months of more."""
    return "week" if (last - first).days < 7 * MOST_WEEKS else "month"


def _part(rows: pl.LazyFrame, parts: int, by: Sequence[str]) -> pl.LazyFrame:
    """All rows of one user in so many, in memory."""
    names = set(rows.collect_schema().names())
    wanted = [name for name in dict.fromkeys((*_READ, *by)) if name in names]
    units = [name for name in UNITS if name in names]
    chosen = bucket_of(units, parts, seed=_PART_SEED) == 0
    return rows.select(wanted).filter(chosen).collect(engine="streaming").lazy()

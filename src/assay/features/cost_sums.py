"""The sums behind a breakdown: of all rows where that is quick, else of a part of the users."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.features.plausible import plausible
from assay.features.unit_sums import BUCKETS, Every, Units, part_of, unit_rows, unit_sums

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from assay.features.drawn_rows import DrawnRows
    from assay.features.spending import Basis
    from assay.params import Window

MOST_ROWS: Final = 2_000_000
"""Requests of which all count in ratios; of more, those of a random part of the users do."""
PART_ROWS: Final = 300_000
"""Requests that such a part holds, about."""
MOST_WEEKS: Final = 13
"""Weeks that are told one by one; of longer data, months are."""
_SIZES: Final = ((50_000, BUCKETS), (inf, 256))


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
    drawn: DrawnRows | None = None,
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
        drawn: of `drawn_rows` for the same rows, with these columns: of more requests those of its
            users are taken, which saves a scan.

    Raises:
        ParameterError: where a column names persons.
    """
    requests = int(lines["requests"].sum())
    parts = 1 if requests <= most_rows else ceil(requests / PART_ROWS)
    share, kept = 1 / parts, part_of(rows, parts)
    if parts > 1 and drawn is not None and drawn.holds(PART_ROWS, of=requests):
        share, kept = drawn.share, drawn.users
    days = lines["day"].drop_nulls().sort()
    how = Units(
        prices=prices,
        basis=basis,
        sessions=sessions,
        buckets=next(many for most, many in _SIZES if requests * share <= most),
        time_zone=time_zone,
        window=window,
    )
    names = rows.collect_schema().names()
    asked = list(dict.fromkeys(by))
    there = [name for name in asked if name in names]
    units = unit_rows(plausible(kept, lines, usual), how, by=there)
    every = period_length(days[0], days[-1]) if len(days) else "month"
    return CostSums(
        every=every,
        whole=unit_sums(units).drop("period"),
        periods=unit_sums(units, every=every),
        by={name: unit_sums(units, by=name).drop("period") for name in there},
        absent=tuple(name for name in asked if name not in names),
        share=share,
    )


def period_length(first: date, last: date) -> Every:
    """Weeks of a quarter or less, months of more."""
    return "week" if (last - first).days < 7 * MOST_WEEKS else "month"

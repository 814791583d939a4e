"""A few local days as a condition on moments, by which files skip the others."""

from __future__ import annotations

from typing import Final

import polars as pl

from assay.features.clock import day_of_number

MOST_DAYS: Final = 40
"""Days with implausible records that are read by themselves; where there are more, all are."""


def near_days(rows: pl.LazyFrame, time: str, days: pl.Series) -> pl.Expr:
    """Whether a row may be of one of these local days: a superset that files can skip by."""
    if days.null_count() or days.n_unique() > MOST_DAYS:
        return pl.lit(True)
    dtype = rows.collect_schema()[time]
    ends = [
        pl.Series([day_of_number(day - 1), day_of_number(day + 2)], dtype=pl.Date)
        for day in days.unique().sort()
    ]
    if isinstance(dtype, pl.Datetime):
        zone = dtype.time_zone
        ends = [one.cast(pl.Datetime(dtype.time_unit)) for one in ends]
        ends = [one.dt.replace_time_zone("UTC") for one in ends] if zone else ends
        ends = [one.dt.convert_time_zone(zone) for one in ends] if zone else ends
    at = pl.col(time)
    return pl.any_horizontal(at.is_between(one[0], one[1]) for one in ends)

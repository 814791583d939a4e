"""Rows → spending of random groups of units, over which ratios have honest intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from assay.features.implausible import with_apart
from assay.features.spend_scan import APART, BUCKET, PRICED, Every, Scan, scanned
from assay.features.spending import framed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from assay.params import Window

UNITS: Final = ("user_id", "session_id", "occurred_at")
"""Whose rows belong together: a user's, of an unknown user a session's, else those of a moment."""
BUCKETS: Final = 1024
"""Random groups where there is room. Rows of one unit are in one group, so that the variance over
groups is the variance over units, with as many degrees of freedom as there are groups, less one."""
FEW_BUCKETS: Final = 64
"""Random groups where many groups of rows would make too many lines; the quantile of t is 1.998
in place of 1.962."""


def unit_lines(  # noqa: PLR0913  what, by what and when are asked apart
    rows: pl.LazyFrame,
    *,
    by: Sequence[str] = (),
    codes: Sequence[str] = (),
    units: Sequence[str] = UNITS,
    buckets: int = BUCKETS,
    every: Every = "whole",
    breaks: Sequence[date] = (),
    time_zone: str = "UTC",
    window: Window | None = None,
    time: str = "occurred_at",
) -> pl.DataFrame:
    """Lines as of `spend_lines` for each random group of units: `bucket` comes first.

    Args:
        rows: such as count; implausible records are taken out by `plausible`.
        by: further columns, as text.
        codes: further columns of small numbers, as they are.
        units: columns of which the first that is known is a row's unit.
        buckets: random groups of units.
        every: what `day` is told as.
        breaks: of `price_breaks`, so that lines can be priced by their day.
        time_zone: whose days they are.
        window: local days that count.
        time: column that dates a row.

    References:
        Wolter (2007), Introduction to Variance Estimation, 2nd ed., ch. 2 (random groups).
    """
    groups = [name for name in by if name not in PRICED]
    scan = Scan(
        by=groups,
        codes=codes,
        time=time,
        time_zone=time_zone,
        window=window,
        units=units,
        buckets=buckets,
        every=every,
        breaks=breaks,
    )
    found = scanned(rows, scan).with_columns(pl.lit(False).alias(APART))
    return framed(found.rename({BUCKET: "bucket"}), groups, first=("bucket", *codes))


def plausible(rows: pl.LazyFrame, lines: pl.DataFrame, usual: pl.DataFrame | None) -> pl.LazyFrame:
    """The rows without the implausible records that the lines tell of."""
    apart = lines.filter("apart")
    if usual is None or apart.is_empty():
        return rows
    models = pl.col("model").is_in(apart["model"].unique().implode(), nulls_equal=True)
    return pl.concat(
        [
            rows.filter(~models),
            with_apart(rows.filter(models), usual).filter(~pl.col("apart")).drop("apart"),
        ]
    )

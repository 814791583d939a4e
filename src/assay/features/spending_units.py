"""Rows → spending of random groups of units, over which ratios have honest intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import narwhals as nw
import polars as pl

from assay.features.implausible import cost_per_token
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
_SCORE: Final = "assay_score"


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
    apart = lines.filter("apart").select(PRICED).unique()
    if usual is None or apart.is_empty():
        return rows
    limits = apart.join(usual, on=PRICED, how="left", nulls_equal=True)
    most = pl.lit(usual["most_per_token"].max(), pl.Float64)
    limits = limits.select(*PRICED, pl.col("most_per_token").fill_null(most))
    names = rows.collect_schema().names()
    score = pl.col(_SCORE)
    odd = [
        pl.all_horizontal(
            score > limit,
            *(
                (
                    pl.col(name).cast(pl.String) if name in names else pl.lit(None, pl.String)
                ).eq_missing(pl.lit(value, pl.String))
                for name, value in zip(PRICED, values, strict=True)
            ),
        )
        for *values, limit in limits.iter_rows()
    ]
    scored = nw.from_native(rows).with_columns(cost_per_token(names).alias(_SCORE)).to_native()
    return scored.filter(~pl.any_horizontal(odd).fill_null(value=False)).drop(_SCORE)

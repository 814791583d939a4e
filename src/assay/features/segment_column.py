"""Segments of units → a column of an experiment's assignments, if they were known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import DataError, ParameterError

if TYPE_CHECKING:
    from datetime import date

SEGMENT: Final = "ctx_segment"
NONE: Final = "(no segment)"


def with_segment(  # noqa: PLR0913  whose, of what, known when
    assigned: pl.LazyFrame,
    segments: pl.DataFrame,
    *,
    as_of: date,
    unit: str = "unit_id",
    column: str = SEGMENT,
    experiment: str | None = None,
) -> pl.LazyFrame:
    """Assignments with the segment of each unit, for `segments: [ctx_segment]` of an A/B test.

    What a treatment changes must not decide which segment a unit is in: segments have to be formed
    on days before the first assignment.

    Args:
        assigned: the table assignments.
        segments: one row per unit: `entity`, `segment`; who is in none is `(no segment)`.
        as_of: last day that segments were formed on.
        unit: column of the assignments that names a unit.
        column: what the added column is called; it begins with `ctx_`.
        experiment: assignments of this one only; None keeps all.

    Raises:
        DataError: where segments were formed on days of the experiment, none of its units has one,
            an entity has two, or there is no assignment.
        ParameterError: where the column's name does not begin with ctx_, or is there already.
    """
    schema = assigned.collect_schema()
    if not column.startswith("ctx_") or column in schema:
        raise ParameterError(
            f"column={column!r}, expected a name that begins with ctx_ and that is not there yet"
        )
    if experiment is not None:
        assigned = assigned.filter(pl.col("experiment_id") == experiment)
    if segments["entity"].is_duplicated().any():
        raise DataError("a unit has two segments, expected the likeliest one of each")
    labels = segments.select(
        pl.col("entity").cast(pl.String).alias(unit),
        pl.col("segment").cast(pl.String).alias(column),
    )
    keyed = assigned.with_columns(pl.col(unit).cast(pl.String)).join(
        labels.lazy(), on=unit, how="left"
    )
    dated = "assigned_at" in schema
    counted = keyed.select(
        pl.len().alias("rows"),
        pl.col(column).count().alias("known"),
        (pl.col("assigned_at").min() if dated else pl.lit(None)).alias("first"),
    ).collect()
    rows, known, first = counted.row(0)
    if not rows:
        raise DataError(f"no unit is assigned in experiment {experiment!r}")
    if not known:
        raise DataError(
            f"none of {rows:,} assigned units has a segment", remedy=f"are {unit} and entity alike?"
        )
    if first is not None and first.date() <= as_of:
        raise DataError(
            f"segments were formed up to {as_of}, units assigned from {first.date()} on: what the "
            "treatment did may have decided on the segment",
            remedy=f"form them as of the day before {first.date()}, or earlier",
        )
    return keyed.with_columns(pl.col(column).fill_null(NONE))

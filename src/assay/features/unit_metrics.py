"""Rows → sums of declared metrics per unit, whatever arm or segment it is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.features.faults import check_columns, collect_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.params import Metric


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitMetrics:
    """What each unit brings to each metric.

    Attributes:
        units: their names, sorted.
        names: of the metrics.
        parts, wholes: units by metrics; a metric is the sum of parts over that of wholes.
    """

    units: tuple[str, ...]
    names: tuple[str, ...]
    parts: NDArray[np.float64]
    wholes: NDArray[np.float64]


def unit_metrics(
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    metrics: Sequence[Metric],
    *,
    unit: str = "user_id",
) -> UnitMetrics:
    """Sums per unit: of a rate or mean, values over how many there are; of a ratio, both columns.

    Rows that lack a value bring nothing to that metric. One scan.

    Raises:
        DataError: where a column is missing, a value is infinite, or no row names a unit.
    """
    frame = nw.from_native(rows).lazy()
    pairs = [
        (one.numerator, one.denominator) if one.value is None else (one.value, None)
        for one in metrics
    ]
    check_columns(frame, [unit, *(name for pair in pairs for name in pair if name)], table="rows")
    columns: list[nw.Expr] = []
    for i, (top, bottom) in enumerate(pairs):
        value = nw.col(str(top)).cast(nw.Float64)
        whole = nw.lit(1.0) if bottom is None else nw.col(bottom).cast(nw.Float64)
        known = ~value.is_null() & ~whole.is_null()
        columns.append(nw.when(known).then(value).alias(f"part{i}"))
        columns.append(nw.when(known).then(whole).alias(f"whole{i}"))
    found = collect_table(
        frame.select(nw.col(unit).cast(nw.String).alias("unit"), *columns)
        .filter(~nw.col("unit").is_null())
        .group_by("unit")
        .agg(nw.col(f"{kind}{i}").sum() for i in range(len(pairs)) for kind in ("part", "whole"))
    ).sort("unit")
    if found.is_empty():
        raise DataError(f"no row has a value in {unit}", remedy="map it")
    parts, wholes = (
        found.select(pl.col(f"{kind}{i}").fill_null(0.0) for i in range(len(pairs)))
        .to_numpy()
        .astype(np.float64)
        for kind in ("part", "whole")
    )
    for one, mine in zip(metrics, parts.T, strict=True):
        if not np.isfinite(mine).all():
            raise DataError(
                f"metric {one.name!r} has infinite values", remedy="correct or remove these rows"
            )
    return UnitMetrics(
        units=tuple(found["unit"]),
        names=tuple(one.name for one in metrics),
        parts=parts,
        wholes=wholes,
    )

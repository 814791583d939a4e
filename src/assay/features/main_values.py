"""Rows → one value per person and column: the one that most of its rows have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.faults import check_columns, collect_table

if TYPE_CHECKING:
    from collections.abc import Sequence

NONE: Final = "(none)"


def main_values(
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    columns: Sequence[str],
    *,
    person: str = "user_id",
) -> pl.DataFrame:
    """One row per person, sorted: `person`, and the most frequent value of each column.

    Of values that are as frequent, the first by name; `(none)` for who has none. One scan.

    Raises:
        DataError: where a column is missing, or no row names a person.
        ParameterError: where a column is named twice, or is that of persons.
    """
    if len(set(columns)) != len(columns) or not columns or person in columns:
        raise ParameterError(
            f"columns {', '.join(columns) or '(none)'}, expected one or more, each once and none "
            f"of them {person}"
        )
    frame = nw.from_native(rows).lazy()
    check_columns(frame, [person, *columns], table="the data")
    counted = collect_table(
        frame.select(
            nw.col(person).cast(nw.String).alias("person"),
            *(nw.col(name).cast(nw.String) for name in columns),
        )
        .filter(~nw.col("person").is_null())
        .group_by("person", *columns)
        .agg(nw.len().alias("rows"))
    )
    if counted.is_empty():
        raise DataError(f"no row has a value in {person}", remedy="map it")
    found = counted.select(pl.col("person").unique()).sort("person")
    for name in columns:
        main = (
            counted.drop_nulls(name)
            .group_by("person", name)
            .agg(pl.col("rows").sum())
            .sort("person", "rows", name, descending=[False, True, False])
            .group_by("person", maintain_order=True)
            .agg(pl.col(name).first())
        )
        found = found.join(main, on="person", how="left", maintain_order="left")
    return found.with_columns(pl.col(name).fill_null(NONE) for name in columns)

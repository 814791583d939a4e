"""The place of a row in its source: for messages, and for keys that are made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from assay.data.mapping import ColumnMap

if TYPE_CHECKING:
    from assay.data.mapping import Mapping

PLACE: Final = "place in the source"
"""Column of a row's number in its source, from 1."""
_KEY: Final = "key by place "


def placed(mapping: Mapping) -> Mapping:
    """The mapping, with keys by place taken from the place in the whole source."""
    if not any(entry.row for entry in mapping.columns.values()):
        return mapping
    columns = {
        name: ColumnMap.model_validate(f"{_KEY}{entry.row}") if entry.row else entry
        for name, entry in mapping.columns.items()
    }
    return mapping.model_copy(update={"columns": columns})


def keys_by_place(mapping: Mapping) -> tuple[pl.Expr, ...]:
    """The columns that the mapping's keys by place are then taken from; needs `PLACE`."""
    prefixes = {entry.row: None for entry in mapping.columns.values() if entry.row}
    return tuple(
        pl.concat_str(pl.lit(f"{prefix}-"), pl.col(PLACE).cast(pl.String)).alias(f"{_KEY}{prefix}")
        for prefix in prefixes
    )

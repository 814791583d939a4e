"""Lists of values as frames: typed where every value fits, else as text, so that none is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from assay.data.adapters.chunks import ROW, Found
from assay.data.adapters.values import as_text
from assay.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def found_of(table: str, columns: Mapping[str, Sequence[Any]]) -> Found:
    """Rows of a table out of lists of equal length; lists without any value are left out.

    Moments are whole microseconds since 1970, or what was given instead.
    """
    types = {name: column.dtype for name, column in schema_of(table).columns().items()}
    types[ROW] = pl.Int64()
    series = [
        series_of(name, values, types.get(name, pl.String()))
        for name, values in columns.items()
        if name == ROW or any(value is not None for value in values)
    ]
    return Found(table=table, frame=pl.DataFrame(series))


def series_of(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    """The values in a type, where each of them is of it; otherwise all as text."""
    if isinstance(dtype, pl.Datetime):
        return _moments(name, values)
    if dtype.base_type() in {pl.Int64, pl.Float64, pl.Boolean, pl.String}:
        try:
            series = pl.Series(name, values, dtype=dtype, strict=True)
            return series.str.strip_chars() if dtype == pl.String else series
        except (TypeError, ValueError, OverflowError):
            pass
    return pl.Series(name, [as_text(value) for value in values], dtype=pl.String)


def _moments(name: str, values: Sequence[Any]) -> pl.Series:
    try:
        since = pl.Series(name, values, dtype=pl.Int64, strict=True)
    except (TypeError, ValueError, OverflowError):
        texts = [as_text(value) for value in values if not isinstance(value, int)]
        known = [value if isinstance(value, int) else None for value in values]
        moments = _moments(name, known).dt.to_string("%Y-%m-%dT%H:%M:%S%.6f+00:00")
        rest = iter(texts)
        return pl.Series(
            name,
            [
                moment if isinstance(value, int) else next(rest)
                for value, moment in zip(values, moments, strict=True)
            ],
            dtype=pl.String,
        )
    return since.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")

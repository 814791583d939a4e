"""Lists of values as frames: typed where every value fits, else as text, so that none is lost."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.data.adapters.chunks import ROW, Found
from assay.data.adapters.values import Given, as_text
from assay.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def found_of(table: str, columns: Mapping[str, Sequence[Given]]) -> Found:
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


def series_of(name: str, values: Sequence[Given], dtype: pl.DataType) -> pl.Series:
    """The values in a type, where each of them is of it; otherwise all as text."""
    if isinstance(dtype, pl.Datetime):
        return _moments(name, values)
    if set(map(type, values)) <= _TYPES.get(dtype.base_type(), set()):
        with suppress(TypeError, ValueError, OverflowError):
            series = pl.Series(name, values, dtype=dtype, strict=True)
            return series.str.strip_chars() if dtype == pl.String else series
    return pl.Series(name, [as_text(value) for value in values], dtype=pl.String)


_NOTHING: Final = type(None)
_TYPES: Final[dict[type[pl.DataType], set[type]]] = {
    pl.Int64: {int, _NOTHING},
    pl.Float64: {int, float, _NOTHING},
    pl.Boolean: {bool, _NOTHING},
    pl.String: {str, _NOTHING},
}
"""What Polars is given: of lists within lists it takes seconds to find that they do not fit."""


def _moments(name: str, values: Sequence[Given]) -> pl.Series:
    if set(map(type, values)) <= {int, _NOTHING}:
        with suppress(TypeError, OverflowError):
            return moments_of(pl.Series(name, values, dtype=pl.Int64, strict=True))
    known = [value if _is_moment(value) else None for value in values]
    texts = moments_of(pl.Series(name, known, dtype=pl.Int64)).dt.to_string(_ISO)
    pairs = zip(values, texts, strict=True)
    return pl.Series(
        name, [as_text(value) if text is None else text for value, text in pairs], dtype=pl.String
    )


_ISO: Final = "%Y-%m-%dT%H:%M:%S%.6f+00:00"
_LAST: Final = 253_402_300_799_999_999
"""The last microsecond of the year 9999."""


def _is_moment(value: Given) -> bool:
    return type(value) is int and abs(value) <= _LAST


def moments_of(microseconds: pl.Series) -> pl.Series:
    """Moments in UTC, of microseconds since 1970."""
    return microseconds.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")

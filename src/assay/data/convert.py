"""One value in another type, as an expression: null where it cannot be had, never a guess.

Missing is null: a NaN and an empty text count as missing, whatever the type.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from assay.data.inner import written

MOMENT: Final = pl.Datetime("us", "UTC")
_IN_UTC: Final = r"(?:Z|(?:\+0000)?(?:UTC|GMT))$"
_ZONED: Final = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z")
_NAIVE: Final = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
_TRUE: Final = ("true", "1", "yes")
_FALSE: Final = ("false", "0", "no")
_LIST_SEPARATOR: Final = ";"
_EXACT: Final = 2**53
"""Whole numbers beyond this are not told apart by a float."""

PLAIN: Final = {
    pl.String: "text",
    pl.Int64: "a whole number",
    pl.Float64: "a number",
    pl.Boolean: "true or false",
    pl.Datetime: "a time (2026-05-24T10:00:00Z)",
    pl.Date: "a day (2026-05-24)",
    pl.List: f"a list of texts (one{_LIST_SEPARATOR}two)",
}
"""What a value of each type is called."""


def present(value: pl.Expr, have: pl.DataType) -> pl.Expr:
    """Whether there is a value at all."""
    if have.is_float():
        return value.is_not_null() & value.is_not_nan()
    if have == pl.String:
        return value.is_not_null() & (value.str.strip_chars() != "")
    return value.is_not_null()


def convert(value: pl.Expr, have: pl.DataType, want: pl.DataType) -> pl.Expr:
    """The value in the type `want`; null where it is missing, or is none of that type."""
    if isinstance(have, pl.Decimal):
        return convert(value.cast(pl.Float64), pl.Float64(), want)
    if have == pl.Binary:
        return convert(_as_text(value), pl.String(), want)
    if isinstance(have, pl.Categorical | pl.Enum):
        return convert(value.cast(pl.String), pl.String(), want)
    to_type = {
        pl.String: _text,
        pl.Int64: _whole,
        pl.Float64: _number,
        pl.Boolean: _truth,
        pl.Datetime: _moment,
        pl.Date: _day,
        pl.List: _list,
    }[want.base_type()]
    return to_type(value, have)


def _as_text(value: pl.Expr) -> pl.Expr:
    """Bytes as text."""
    return value.map_batches(
        lambda values: pl.Series(values.name, map(written, values.to_list()), dtype=pl.String),
        return_dtype=pl.String,
        is_elementwise=True,
    )


def parsed_moment(text: pl.Expr, *, time_zone: str = "UTC") -> pl.Expr:
    """ISO 8601 with or without a zone (also `UTC`); what has none is of `time_zone`."""
    spaced = text.str.strip_chars().str.replace(" ", "T", literal=True)
    iso = spaced.str.replace_all(" ", "", literal=True)
    with_offset = iso.str.replace(_IN_UTC, "+00:00")
    zoned = pl.coalesce(_read(with_offset, form).dt.convert_time_zone("UTC") for form in _ZONED)
    naive = pl.coalesce(_read(iso, form) for form in _NAIVE)
    return pl.coalesce(zoned, in_utc(naive, time_zone))


def _read(text: pl.Expr, form: str) -> pl.Expr:
    return text.str.to_datetime(form, time_unit="us", strict=False)


def unpunctuated(text: pl.Expr, decimal: str) -> pl.Expr:
    """Numbers as `1.234,5` or `$1,234.5` without what groups their digits; others as they are not.

    Args:
        text: numbers as people write them.
        decimal: the sign before the decimals, `,` or `.`; the other one groups thousands.
    """
    group = r"\." if decimal == "," else ","
    point = "," if decimal == "," else r"\."
    form = rf"^[+-]?\$?(?:\d{{1,3}}(?:[{group} '’\x{{a0}}\x{{202f}}]\d{{3}})+|\d*)(?:{point}\d+)?$"
    bare = text.str.strip_chars()
    plain = bare.str.replace_all(rf"[{group} '’$\x{{a0}}\x{{202f}}]", "")
    known = bare.str.contains(form) | bare.str.contains(rf"^[+-]?\d+(?:{point}\d+)?[eE][+-]?\d+$")
    return pl.when(known).then(plain.str.replace(",", ".", literal=True))


def in_utc(naive: pl.Expr, time_zone: str) -> pl.Expr:
    """Wall-clock times of a zone in UTC; the hour that a clock repeats is the earlier one."""
    local = naive.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC").cast(MOMENT)


def _nothing(want: pl.DataType | type[pl.DataType]) -> pl.Expr:
    return pl.lit(None, dtype=want)


def _text(value: pl.Expr, have: pl.DataType) -> pl.Expr:
    if have == pl.String:
        return pl.when(value.str.strip_chars() != "").then(value)
    if have.is_float():
        whole = value.cast(pl.Int64, strict=False)
        return (
            pl.when(value.is_nan())
            .then(None)
            .when(value.abs() <= _EXACT, value == whole)
            .then(whole.cast(pl.String))
            .otherwise(value.cast(pl.String))
        )
    if have.is_nested() or have == pl.Object:
        return _nothing(pl.String)
    return value.cast(pl.String, strict=False)


def _whole(value: pl.Expr, have: pl.DataType) -> pl.Expr:
    if have.is_integer():
        return value.cast(pl.Int64, strict=False)
    if have.is_float():
        exact = value.is_finite() & (value.abs() <= _EXACT) & (value == value.floor())
        return pl.when(exact).then(value.cast(pl.Int64, strict=False))
    if have == pl.String:
        text = value.str.strip_chars()
        of_float = _whole(text.cast(pl.Float64, strict=False), pl.Float64())
        return pl.coalesce(text.cast(pl.Int64, strict=False), of_float)
    return _nothing(pl.Int64)


def _number(value: pl.Expr, have: pl.DataType) -> pl.Expr:
    if have.is_numeric():
        return value.cast(pl.Float64).fill_nan(None)
    if isinstance(have, pl.Duration):
        return value.dt.total_microseconds() / 1e6
    if have == pl.String:
        return value.str.strip_chars().cast(pl.Float64, strict=False).fill_nan(None)
    return _nothing(pl.Float64)


def _truth(value: pl.Expr, have: pl.DataType) -> pl.Expr:
    if have == pl.Boolean:
        return value
    if have.is_numeric():
        return pl.when(value == 1).then(statement=True).when(value == 0).then(statement=False)
    if have == pl.String:
        word = value.str.strip_chars().str.to_lowercase()
        yes, no = word.is_in(_TRUE), word.is_in(_FALSE)
        return pl.when(yes).then(statement=True).when(no).then(statement=False)
    return _nothing(pl.Boolean)


def _moment(value: pl.Expr, have: pl.DataType) -> pl.Expr:
    if isinstance(have, pl.Datetime):
        zoned = value if have.time_zone else value.dt.replace_time_zone("UTC")
        return zoned.dt.convert_time_zone("UTC").cast(MOMENT)
    if have == pl.Date:
        return value.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if have == pl.String:
        return parsed_moment(value)
    return _nothing(MOMENT)


def _day(value: pl.Expr, have: pl.DataType) -> pl.Expr:
    if have == pl.Date:
        return value
    return _moment(value, have).dt.date()


def _list(value: pl.Expr, have: pl.DataType) -> pl.Expr:
    texts = pl.List(pl.String)
    if isinstance(have, pl.List):
        return value.cast(texts, strict=False)
    if have == pl.String:
        parts = value.str.split(_LIST_SEPARATOR).list.eval(pl.element().str.strip_chars())
        return pl.when(value.str.strip_chars() != "").then(parts)
    return _nothing(texts)

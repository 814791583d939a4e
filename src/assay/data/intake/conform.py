"""What an adapter found, in the types of its table, beside each value as it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.data.convert import PLAIN, convert, present
from assay.data.mapping import CONTEXT
from assay.data.prepare import GIVEN
from assay.schema import schema_of

if TYPE_CHECKING:
    from assay.data.adapters import Found

ROW: Final = "row"
"""Number of the source's record that a row comes from, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a table, typed, before anything is asked of their values.

    Attributes:
        frame: `ROW`; the table's columns that the source has; the user's own; and, under the prefix
            `GIVEN`, what a value was before it was given its type.
        typed: the columns that have such a neighbour, and what a value that did not fit is called.
    """

    table: str
    frame: pl.DataFrame
    typed: dict[str, str]

    @property
    def columns(self) -> list[str]:
        """The table's columns that are there, in its order, then the user's own."""
        own = [name for name in self.frame.columns if name.startswith(CONTEXT)]
        return [*(n for n in schema_of(self.table).column_names() if n in self.frame.columns), *own]


def conform(found: Found) -> Rows:
    """The rows that an adapter found, each value in its column's type, or null where it has none.

    Raises:
        ParameterError: where the table is unknown.
    """
    columns = schema_of(found.table).columns()
    have = found.frame.schema
    values: dict[str, pl.Expr] = {}
    typed = dict(found.typed)
    blank = _perhaps_blank(found.frame)
    for name, column in columns.items():
        if name not in have or name in typed:
            continue
        if have[name] == pl.String == column.dtype:
            if name in blank:
                values[name] = _filled(pl.col(name))
        elif have[name] == column.dtype == pl.Float64:
            values[name] = pl.col(name).fill_nan(None)
        elif have[name] != column.dtype:
            values[name] = convert(pl.col(name), have[name], column.dtype)
            values[f"{GIVEN}{name}"] = pl.when(present(pl.col(name), have[name])).then(name)
            typed[name] = f"{name} is not {PLAIN[column.dtype.base_type()]}"
    for name, dtype in have.items():
        if name.startswith(CONTEXT) and dtype != pl.String:
            values[name] = _as_text(pl.col(name), dtype)
        elif name.startswith(CONTEXT) and name in blank:
            values[name] = _filled(pl.col(name))
    return Rows(table=found.table, frame=found.frame.with_columns(**values), typed=typed)


def _perhaps_blank(frame: pl.DataFrame) -> set[str]:
    """Columns of text with a value that may be blank: empty, or white space is its first sign.

    Comparing first bytes costs a third of looking for white space in every value; signs beyond
    ASCII may be white space.
    """
    first = [
        ((pl.col(name) < "!") | (pl.col(name) >= "\x7f")).any()
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    ]
    if not first:
        return set()
    return {column.name for column in frame.select(first).get_columns() if column[0]}


def _filled(text: pl.Expr) -> pl.Expr:
    """Missing is null, never an empty text."""
    return pl.when(text.str.strip_chars() != "").then(text)


def _as_text(value: pl.Expr, have: pl.DataType) -> pl.Expr:
    """The user's own columns are texts or numbers to group by; nothing nested has a place there."""
    if have.is_numeric() or have.is_temporal() or have == pl.Boolean:
        return value
    return convert(value, have, pl.String())

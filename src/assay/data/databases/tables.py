"""The canonical tables as a database makes them: types, keys, and what may not be missing."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.data.databases.columns import quoted
from assay.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import dataframely as dy

    from assay.data.databases.address import Kind

_TYPES: Final[dict[Kind, dict[type[pl.DataType], str]]] = {
    "PostgreSQL": {
        pl.String: "text",
        pl.Int64: "bigint",
        pl.Float64: "double precision",
        pl.Boolean: "boolean",
        pl.Datetime: "timestamp with time zone",
        pl.Date: "date",
        pl.List: "text[]",
    },
    "SQLite": {
        pl.String: "text",
        pl.Int64: "integer",
        pl.Float64: "real",
        pl.Boolean: "boolean",
        pl.Datetime: "text",
        pl.Date: "text",
        pl.List: "text",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableForm:
    """A table: its columns with their types, its key, and what it is about."""

    name: str
    columns: dict[str, pl.DataType]
    required: frozenset[str]
    key: tuple[str, ...]
    about: str

    def with_columns(self, more: Mapping[str, pl.DataType]) -> TableForm:
        """The table with the user's own columns, in the types that databases have."""
        own = {name: _plain(dtype) for name, dtype in more.items() if name not in self.columns}
        return TableForm(
            name=self.name,
            columns=self.columns | own,
            required=self.required,
            key=self.key,
            about=self.about,
        )

    def created(self, kind: Kind) -> str:
        """The statement that makes the table where there is none."""
        lines = [
            f"{quoted(name)} {sql_type(dtype, kind)}{' NOT NULL' if name in self.required else ''}"
            for name, dtype in self.columns.items()
        ]
        if self.key:
            lines.append(f"PRIMARY KEY ({', '.join(quoted(name) for name in self.key)})")
        inner = ",\n  ".join(lines)
        return f"CREATE TABLE {quoted(self.name)} (\n  {inner}\n)"


def canonical_form(table: str) -> TableForm:
    """A table of the schema.

    Raises:
        ParameterError: where there is no such table.
    """
    schema = schema_of(table)
    columns = schema.columns()
    return TableForm(
        name=table,
        columns={name: column.dtype for name, column in columns.items()},
        required=frozenset(name for name, column in columns.items() if not column.nullable),
        key=tuple(schema.primary_key()),
        about=_about(schema),
    )


def sql_type(dtype: pl.DataType, kind: Kind) -> str:
    """The type of a column in the database."""
    return _TYPES[kind][dtype.base_type()]


def as_stored(frame: pl.DataFrame, form: TableForm, kind: Kind) -> pl.DataFrame:
    """The rows in the columns and types of the table; of SQLite times and lists are texts."""
    typed = frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in form.columns.items()
    )
    if kind != "SQLite":
        return typed
    return typed.with_columns(_as_text(name, dtype) for name, dtype in form.columns.items())


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    match dtype.base_type():
        case pl.Datetime:
            return value.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        case pl.Date:
            return value.dt.strftime("%Y-%m-%d")
        case pl.List:
            written = pl.struct(value.alias("v")).struct.json_encode()
            inner = written.str.strip_prefix('{"v":').str.head(-1)
            return pl.when(value.is_not_null()).then(inner).alias(name)
        case _:
            return value


def _plain(dtype: pl.DataType) -> pl.DataType:
    """The nearest type of those that databases have."""
    if dtype.is_integer():
        return pl.Int64()
    if dtype.is_float() or dtype.is_decimal():
        return pl.Float64()
    if isinstance(dtype, pl.Datetime):
        return pl.Datetime("us", "UTC")
    if isinstance(dtype, pl.Boolean | pl.Date):
        return dtype
    if isinstance(dtype, pl.List):
        return pl.List(pl.String())
    return pl.String()


def _about(schema: type[dy.Schema]) -> str:
    return (inspect.getdoc(schema) or "").partition("\n")[0].rstrip(".")

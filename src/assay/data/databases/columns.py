"""A query's columns with types that hold for all of its rows, and that Polars has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.data.databases.session import Session

_AS_THEY_ARE: Final = frozenset(
    {
        "smallint",
        "integer",
        "bigint",
        "real",
        "double precision",
        "boolean",
        "text",
        "character varying",
        "date",
        "timestamp without time zone",
        "timestamp with time zone",
    }
)
"""Types of PostgreSQL that come as they are; of the others, numeric comes as a float, the rest as
text (time of day, uuid, json, enum, interval, inet …)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A statement, and how its batches become rows.

    Attributes:
        texts: columns that come as bytes, since the driver does not check that they are UTF-8.
        typed: whether a row that only gives the types comes before the others.
    """

    sql: str
    texts: tuple[str, ...] = ()
    typed: bool = False

    def read(self, batch: pl.DataFrame, *, first: bool) -> pl.DataFrame:
        """The rows of a batch.

        Raises:
            PolarsError: where a text is not UTF-8.
        """
        rows = batch.tail(-1) if first and self.typed else batch
        return rows.with_columns(pl.col(self.texts).cast(pl.String)) if self.texts else rows


def quoted(*names: str) -> str:
    """Names as SQL takes them, whatever they hold.

    >>> print(quoted("public", "a b"))
    "public"."a b"
    """
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def selection(
    open_session: Session, inner: str, names: Sequence[str], columns: Sequence[str] | None
) -> Selection:
    """The statement that reads these columns (all of them by default)."""
    wanted = [name for name in names if columns is None or name in columns] or list(names[:1])
    if open_session.address.kind == "SQLite":
        return _of_sqlite(open_session, inner, wanted)
    return _of_postgresql(open_session, inner, wanted)


def _of_postgresql(open_session: Session, inner: str, names: Sequence[str]) -> Selection:
    asked = ", ".join(
        f"CAST(pg_typeof(asked.{quoted(name)}) AS text) AS {quoted(str(i))}"
        for i, name in enumerate(names)
    )
    types = open_session.rows(f"SELECT {asked} FROM (SELECT 1) AS one LEFT JOIN {inner} ON false")  # noqa: S608
    parts = [
        f"{_cast(quoted(name), str(type_))} AS {quoted(name)}"
        for name, type_ in zip(names, types.row(0), strict=True)
    ]
    return Selection(sql=f"SELECT {', '.join(parts)} FROM {inner}")  # noqa: S608


def _cast(column: str, type_: str) -> str:
    element = type_.removesuffix("[]")
    many = type_[len(element) :]
    if element in _AS_THEY_ARE:
        return column
    return f"CAST({column} AS {'double precision' if element == 'numeric' else 'text'}{many})"


def _of_sqlite(open_session: Session, inner: str, names: Sequence[str]) -> Selection:
    """SQLite's columns hold values of any type: what they all fit is found by looking at them."""
    kinds = ("integer", "real", "text", "blob")
    asked = ", ".join(
        f"max(typeof({quoted(name)}) = '{kind}') AS {quoted(f'{i} {kind}')}"
        for i, name in enumerate(names)
        for kind in kinds
    )
    seen = open_session.rows(f"SELECT {asked} FROM {inner}").row(0, named=True)  # noqa: S608
    heads, parts, texts = [], [], []
    for i, name in enumerate(names):
        column = quoted(name)
        integer, real, text, blob = (bool(seen[f"{i} {kind}"]) for kind in kinds)
        if text or blob or not (integer or real):
            written = f"CAST({column} AS text)"
            if blob:
                written = f"CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE {written} END"
            part, head = f"CAST({written} AS blob)", "x''"
            texts.append(name)
        elif real:
            part, head = f"CAST({column} AS real)", "0.0"
        else:
            part, head = column, "0"
        parts.append(f"{part} AS {column}")
        heads.append(f"{head} AS {column}")
    sql = f"SELECT {', '.join(heads)} UNION ALL SELECT {', '.join(parts)} FROM {inner}"  # noqa: S608
    return Selection(sql=sql, texts=tuple(texts), typed=True)

"""The rows of a table or query: in batches, with types that do not change on the way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from assay.core.errors import DataError, ParameterError, nearest
from assay.data.databases.address import Address
from assay.data.databases.arrow import batches, column_names
from assay.data.databases.columns import quoted, selection
from assay.data.databases.session import session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.core.settings import NamedSource
    from assay.data.databases.session import Session

UPDATED: Final = "updated_at"

_SQLITE_TABLES: Final = """
    SELECT name FROM sqlite_master
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""
_POSTGRESQL_TABLES: Final = """
    WITH readable AS (
        SELECT c.relname AS name, n.nspname AS place, pg_table_is_visible(c.oid) AS visible
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f')
          AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    )
    SELECT name::text FROM readable WHERE visible
    UNION SELECT place || '.' || name FROM readable
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPiece:
    """The rows of one table or query.

    Attributes:
        label: the address without credentials, and the table or query.
    """

    label: str
    address: Address
    kind: Literal["query"] = "query"

    def batches(self, rows: int) -> Iterator[pl.DataFrame]:
        """The rows, at most `rows` at a time; memory does not grow with their number.

        Numbers of any precision come as floats, and what Polars has no type for as text.

        Raises:
            DataError: where the database cannot be reached, or refuses the query.
        """
        with session(self.address) as open_session:
            yield from _read(open_session, rows)

    def digest(self) -> str:
        """Changes when the rows do: SHA-256 of address, query, row count and newest `updated_at`.

        Without such a column the rows themselves count: by a sum of hashes that the server makes,
        or by the content of an SQLite file.

        Raises:
            DataError: as `batches`.
        """
        with session(self.address) as open_session:
            inner = _inner(open_session)
            names = _names(open_session, inner)
            rows = open_session.value(f"SELECT count(*) FROM {inner}")  # noqa: S608
            state = _newest(open_session, inner) if UPDATED in names else None
            if state is None:
                state = _content(open_session, inner)
        parts = [self.address.table, self.address.query, names, rows, state]
        return hashlib.sha256(json.dumps([self.label, *parts]).encode()).hexdigest()


def query_piece(url: str, *, table: str | None = None, query: str | None = None) -> QueryPiece:
    """The rows behind the address of a database; nothing is asked of it yet.

    Raises:
        ParameterError: where the address names neither table nor query, or holds a password.
        DataError: where a variable that it names is not set.
    """
    address = Address.of(url, table=table, query=query)
    if address.table is None and address.query is None:
        raise ParameterError(
            f"{address.label} names no table and no query, expected one of them",
            remedy=f"add ?table=NAME: {address.label}?table=interactions",
        )
    return QueryPiece(label=address.label, address=address)


def open_database(source: str | NamedSource) -> tuple[pl.LazyFrame, str]:
    """The rows as a lazy frame, read each time it is collected, and the kind of database.

    Columns that are not asked for are not read.

    Raises:
        DataError: where the database cannot be reached, refuses the query, or has no rows.
        ParameterError: as `query_piece`.
    """
    if isinstance(source, str):
        piece = query_piece(source)
    else:
        piece = query_piece(str(source.url), table=source.table, query=source.query)
    with session(piece.address) as open_session:
        first = next(_read(open_session, 1), None)
    if first is None or first.is_empty():
        raise DataError(f"{piece.label} has no rows, expected at least one row")

    def source_rows(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        with session(piece.address) as reading:
            for batch in _read(reading, size or 50_000, columns=columns):
                part = batch if n_rows is None else batch.head(n_rows)
                if n_rows is not None:
                    n_rows -= len(part)
                yield part if predicate is None else part.filter(predicate)
                if n_rows == 0:
                    return

    from polars.io.plugins import register_io_source  # noqa: PLC0415  unstable, so kept to here

    return register_io_source(source_rows, schema=first.schema), piece.address.kind


def _read(
    open_session: Session, rows: int, columns: Sequence[str] | None = None
) -> Iterator[pl.DataFrame]:
    inner = _inner(open_session)
    asked = selection(open_session, inner, _names(open_session, inner), columns)
    waiting: list[pl.DataFrame] = []
    with open_session.opened(asked.sql, rows=rows) as handle:
        for number, batch in enumerate(batches(handle)):
            waiting.append(asked.read(batch, first=number == 0))
            if sum(len(frame) for frame in waiting) >= rows:
                whole = pl.concat(waiting)
                full = len(whole) // rows * rows
                yield from whole.head(full).iter_slices(rows)
                waiting = [whole.tail(-full)]
    last = pl.concat(waiting) if waiting else pl.DataFrame()
    if not last.is_empty():
        yield last


def _inner(open_session: Session) -> str:
    """What rows are taken from, to stand after FROM.

    Raises:
        DataError: where there is no such table; it offers the nearest.
    """
    address = open_session.address
    if address.query is not None:
        return f"(\n{address.query.strip().rstrip(';')}\n) AS asked"
    table = str(address.table)
    known = tables_of(open_session)
    if table not in known:
        raise DataError(
            f"{address.label}: there is no table {table!r}", remedy=nearest(table, known)
        )
    return f"{quoted(*table.split('.', 1)) if '.' in table else quoted(table)} AS asked"


def tables_of(open_session: Session) -> list[str]:
    """The tables and views that can be read: by name, or by SCHEMA.NAME beside the search path."""
    sql = _SQLITE_TABLES if open_session.address.kind == "SQLite" else _POSTGRESQL_TABLES
    found = open_session.rows(sql)
    return [str(name) for name in found.to_series()] if found.width else []


def _names(open_session: Session, inner: str) -> list[str]:
    with open_session.opened(f"SELECT * FROM {inner} LIMIT 0") as handle:  # noqa: S608
        names = column_names(handle)
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise DataError(
            f"{open_session.address.label} has several columns {double!r}, expected each name once",
            remedy="name them apart: SELECT a.id AS a_id, b.id AS b_id …",
        )
    return names


def _newest(open_session: Session, inner: str) -> str | None:
    newest = open_session.value(f"SELECT CAST(max({quoted(UPDATED)}) AS text) FROM {inner}")  # noqa: S608
    return None if newest is None else f"{newest}"


def _content(open_session: Session, inner: str) -> str:
    if open_session.address.file is None:
        sql = f"SELECT CAST(sum(hashtextextended(CAST(asked AS text), 0)) AS text) FROM {inner}"  # noqa: S608
        return str(open_session.value(sql))
    file, whole = open_session.address.file, hashlib.sha256()
    for path in (file, file.with_name(f"{file.name}-wal")):
        if path.is_file():
            with path.open("rb") as content:
                whole.update(hashlib.file_digest(content, "sha256").digest())
    return whole.hexdigest()

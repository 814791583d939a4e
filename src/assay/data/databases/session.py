"""A connection to a database, and what it refuses, told in the user's terms."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import adbc_driver_manager
import polars as pl
from adbc_driver_postgresql import dbapi as postgresql  # type: ignore[import-untyped]
from adbc_driver_sqlite import dbapi as sqlite

from assay.core.errors import DataError, without_values
from assay.data.databases.arrow import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from adbc_driver_manager.dbapi import Connection

    from assay.data.databases.address import Address

_ERROR: Final = re.compile(r"(?:ERROR|FATAL):\s*(.+)")
_PREFIXES: Final = re.compile(
    r"^(got external error: |\[Errno \d+\] |[A-Z_]+: |\[(libpq|SQLite)\]\s*|"
    r"Failed to prepare query: )+"
)
_MAGIC: Final = b"SQLite format 3\0"
_BATCH_ROWS: Final = "adbc.sqlite.query.batch_rows"
_BATCH_BYTES: Final = "adbc.postgresql.batch_size_hint_bytes"
_BYTES: Final = 16 << 20


class Session:
    """One connection and one transaction; left without `commit`, it changes nothing."""

    def __init__(self, address: Address, connection: Connection) -> None:
        self.address = address
        self._connection = connection

    def run(self, sql: str, parameters: pl.DataFrame | None = None) -> None:
        """Runs a statement, once for each row of the parameters where there are some."""
        with self._connection.cursor() as cursor:
            if parameters is None:
                cursor.execute(sql)
            else:
                cursor.executemany(sql, parameters)

    def rows(self, sql: str) -> pl.DataFrame:
        """The rows of a small result."""
        with self.opened(sql) as handle:
            return rows_of(handle)

    def value(self, sql: str) -> Any:  # noqa: ANN401  whatever the database holds
        """The one value of a result."""
        return self.rows(sql).item()

    @contextmanager
    def opened(self, sql: str, *, rows: int = 50_000) -> Iterator[Any]:
        """The result's stream, in the driver's own form."""
        sizes = {_BATCH_ROWS: rows} if self.address.kind == "SQLite" else {_BATCH_BYTES: _BYTES}
        with self._connection.cursor(adbc_stmt_kwargs=sizes) as cursor:
            cursor.execute(sql)
            yield cursor.fetch_arrow()

    def ingest(self, table: str, frame: pl.DataFrame) -> None:
        """Appends rows to a table that is there."""
        with self._connection.cursor() as cursor:
            cursor.adbc_ingest(table, frame, mode="append")

    def commit(self) -> None:
        """Makes what was changed visible to others."""
        self._connection.commit()


@contextmanager
def session(address: Address, *, write: bool = False) -> Iterator[Session]:
    """A connection that reads only, unless `write`; closed, and rolled back, at the end.

    Raises:
        DataError: where the database cannot be reached or refuses what is asked.
    """
    if address.file is not None and not write and not address.file.is_file():
        raise DataError(
            f"{address.label}: there is no such file",
            remedy="sqlite:///logs.db lies where you stand or in the project; four slashes begin "
            "at the root",
        )
    if address.file is not None and not _is_sqlite(address.file):
        raise DataError(
            f"{address.label}: the file is no SQLite database",
            remedy="check its name, and that it is whole",
        )
    with told(address):
        connection = _connect(address, write=write)
    try:
        with told(address):
            yield Session(address, connection)
    finally:
        connection.close()


def _is_sqlite(file: Path) -> bool:
    if not file.is_file() or file.stat().st_size == 0:
        return True
    with file.open("rb") as content:
        return content.read(len(_MAGIC)) == _MAGIC


def _connect(address: Address, *, write: bool) -> Connection:
    if address.kind == "SQLite":
        mode = "rwc" if write else "ro"
        connection = sqlite.connect(f"{address.uri}?mode={mode}")
        # What is deleted is overwritten: a person who was forgotten must not stay in free pages.
        begin = ["PRAGMA busy_timeout = 10000", *(["PRAGMA secure_delete = ON"] if write else [])]
    else:
        connection = postgresql.connect(address.uri)
        begin = ["SET TIME ZONE 'UTC'"]
        if not write:
            begin.insert(0, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    try:
        with connection.cursor() as cursor:
            for statement in begin:
                cursor.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def told(address: Address) -> Iterator[None]:
    """What the driver reports, as an error of the data, without credentials and without the query.

    Raises:
        DataError: in place of the driver's error.
    """
    try:
        yield
    except (adbc_driver_manager.Error, pl.exceptions.PolarsError, OSError) as error:
        message = address.masked(_first(without_values(str(error))))
        raise DataError(f"{address.label}: {message}", remedy=_remedy(message)) from None


def _first(text: str) -> str:
    """What went wrong, without the driver's prefixes and without the query that it repeats."""
    found = _ERROR.search(text)
    line = found[1] if found else next(iter(text.strip().splitlines()), "no reason given")
    return _PREFIXES.sub("", line).partition(" Query was: ")[0].partition(". SQLSTATE")[0].strip()


def _remedy(message: str) -> str:
    return next((remedy for word, remedy in _REMEDIES.items() if word in message), "")


_REMEDIES: Final = {
    "password authentication failed": "set PGPASSWORD (or PGPASSFILE) and PGUSER to what the "
    "server knows",
    "no password supplied": "set PGPASSWORD, or name a PGPASSFILE",
    "role ": "set PGUSER to a role of the server",
    "no pg_hba.conf entry": "ask for access, or add ?sslmode=require",
    "refused": "check that the server runs, and its host and port",
    "translate host name": "check the name of the host",
    "timeout": "check host and port, and that a firewall lets you through",
    "read-only": "a source is only read: write a query that selects",
    "permission denied": "ask for the right to read it",
    "locked": "another program is writing: try again when it has ended",
    "syntax error": "try the query in psql or sqlite3 first",
}

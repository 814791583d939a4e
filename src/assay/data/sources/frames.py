"""Sources as lazy frames: files of a format, folders of them, the store, databases, Spark."""

from __future__ import annotations

import json
from dataclasses import dataclass
from glob import escape
from typing import TYPE_CHECKING, Final, cast

import polars as pl

from assay.core.addresses import scheme_of
from assay.core.errors import DataError
from assay.data.convert import parsed_moment
from assay.data.shown import told_context
from assay.data.sources.delimited import scan_csv
from assay.data.sources.files import FilePiece, Kind, list_files
from assay.data.sources.pieces import (
    is_database,
    is_store,
    shown,
    source_named,
    store_folder,
    table_of_store,
)
from assay.data.sources.streams import (
    is_lines,
    is_wide,
    narrow,
    open_bytes,
    readable,
    unpacked_lines,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

_DATE: Final = r"^\d{4}-\d{2}-\d{2}"
_DAY: Final = r"^\d{4}-\d{2}-\d{2}$"
_LOOK: Final = 100
"""Rows that are looked at for dates before the whole column is."""


def scan(path: str | Path) -> pl.LazyFrame:
    """The rows of a source, without reading them yet.

    The types of CSV and JSON lines are inferred from **all** rows, so that a column with one word
    among its numbers is text, wherever the word stands; a column that holds nothing but ISO dates
    or times becomes one of days or of moments in UTC.

    Args:
        path: of a file, folder or glob: absolute, or relative to where one stands, or to the
            project's folder; `store` or `store:TABLE`; `sqlite:///FILE?table=NAME` or
            `postgresql://HOST/DATABASE?table=NAME` (or `query=…`); the name of a source.
            `spark://…` gives a DataFrame of PySpark, which the summaries take as well.

    Raises:
        DataError: where there is no such source, it has no rows, cannot be read, or a file's name
            does not tell its format; and where files read together differ in their columns.
    """
    if scheme_of(str(path)) == "spark":
        from assay.data.spark import open_spark  # noqa: PLC0415  rarely needed

        return cast("pl.LazyFrame", open_spark(str(path)))
    table = open_table(path)
    if table.kind not in {"CSV", "JSON lines", "SQLite"}:
        return table.frame
    with readable(path, table.kind):
        return dated(table.frame)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a source, and what it is: a format of files, `store`, SQLite or PostgreSQL."""

    frame: pl.LazyFrame
    kind: str


def open_table(path: str | Path, *, as_text: Callable[[str], bool] = lambda _: False) -> Table:
    """As `scan`, but dates are left as they are written, and so are a CSV's columns `as_text`.

    Raises:
        DataError: as `scan`.
    """
    named = source_named(path)
    if named is not None and named.path is not None:
        path = named.path
    elif named is not None or is_database(path):
        from assay.data.databases import open_database  # noqa: PLC0415  loads the drivers

        return Table(*open_database(str(path) if named is None else named))
    elif is_store(path):
        return Table(_of_store(table_of_store(str(path))), "store")
    elif scheme_of(str(path)) == "spark":
        raise DataError(
            f"{shown(path)} holds rows of a Spark cluster, expected rows that are read here",
            remedy="give a file, a database or the store; an A/B test takes the cluster's",
        )
    elif scheme_of(str(path)):
        raise DataError(
            f"{shown(path)} is of no known kind, expected sqlite, postgresql or spark",
            remedy="copy the files here, or mount them as a folder",
        )
    pieces = list_files(path).pieces()
    kind = _one_kind(pieces)
    with readable(path, kind):
        frames = [_scan_file(piece, as_text) for piece in pieces]
        frame = frames[0] if len(frames) == 1 else _joined(pieces, frames)
        rows = frame.select(pl.len()) if kind == "Parquet" else frame.head(1).select(pl.len())
        empty = rows.collect().item() == 0
    if empty:
        raise DataError(
            f"{path} has columns but no rows, expected at least one row",
            remedy="check the export or query that made it"
            + (", and that every quotation mark is closed" if kind == "CSV" else ""),
        )
    return Table(frame, kind)


def _of_store(table: str) -> pl.LazyFrame:
    from assay.data.store import Store  # noqa: PLC0415  rarely needed

    store = Store.at(store_folder())
    rows = store.scan(table)
    if table not in store.tables():
        raise DataError(
            f"the store has no rows of {table}, expected at least one row",
            remedy="import some with `assay import SOURCE`",
        )
    return rows


def dated(frame: pl.LazyFrame, columns: Collection[str] | None = None) -> pl.LazyFrame:
    """The frame with its texts that are all ISO dates, or all ISO times, read as such."""
    texts = [
        name
        for name, dtype in frame.collect_schema().items()
        if dtype == pl.String and (columns is None or name in columns)
    ]
    look = frame.select(texts).head(_LOOK).collect()
    likely = [name for name in texts if _all_match(look[name])]
    if not likely:
        return frame
    whole = frame.select(
        *(pl.col(name).str.contains(_DAY).all().alias(f"{name} day") for name in likely),
        *(
            (parsed_moment(pl.col(name)).is_not_null() | pl.col(name).is_null())
            .all()
            .alias(f"{name} moment")
            for name in likely
        ),
    ).collect()
    days = [name for name in likely if whole[f"{name} moment"][0] and whole[f"{name} day"][0]]
    moments = [name for name in likely if whole[f"{name} moment"][0] and name not in days]
    return frame.with_columns(
        *(parsed_moment(pl.col(name)).dt.date().alias(name) for name in days),
        *(parsed_moment(pl.col(name)).alias(name) for name in moments),
    )


def _all_match(texts: pl.Series) -> bool:
    known = texts.drop_nulls()
    return len(known) > 0 and bool(known.str.contains(_DATE).all())


def _one_kind(pieces: tuple[FilePiece, ...]) -> Kind:
    kinds = {piece.kind for piece in pieces}
    if len(kinds) > 1:
        raise DataError(
            f"{len(pieces)} files of several formats ({', '.join(sorted(kinds))}), expected one",
            remedy="narrow the pattern, for example to *.parquet",
        )
    return kinds.pop()


def _scan_file(piece: FilePiece, as_text: Callable[[str], bool]) -> pl.LazyFrame:
    file = piece.path
    if piece.kind == "Parquet":
        return pl.scan_parquet(file, glob=False)
    if piece.kind == "JSON lines":
        return _scan_json(piece)
    return scan_csv(piece, as_text)


def _scan_json(piece: FilePiece) -> pl.LazyFrame:
    if is_lines(piece.path) and not is_wide(piece.path):
        lazy = pl.scan_ndjson(escape(str(piece.path)), infer_schema_length=None)
        return _in_order(lazy, _first_line(piece.path))
    with open_bytes(piece) as stream:
        lines = narrow(stream.read())
    frame = pl.read_ndjson(lines, infer_schema_length=None)
    return _in_order(frame.lazy(), lines.partition(b"\n")[0].decode())


def _first_line(file: Path) -> str:
    with unpacked_lines(file) as lines:
        return str(lines.readline())


def _in_order(frame: pl.LazyFrame, first_line: str) -> pl.LazyFrame:
    """Columns as the first object has them, then others by name: Polars has no order of its own."""
    names = frame.collect_schema().names()
    first = [name for name in json.loads(first_line) if name in names]
    return frame.select(*first, *sorted(set(names) - set(first)))


def _joined(pieces: tuple[FilePiece, ...], frames: list[pl.LazyFrame]) -> pl.LazyFrame:
    files = [piece.path for piece in pieces]
    schemas = [frame.collect_schema() for frame in frames]
    first = schemas[0]
    for file, schema in zip(files[1:], schemas[1:], strict=True):
        if odd := set(first) ^ set(schema):
            more, less = (file, files[0]) if odd & set(schema) else (files[0], file)
            told, _ = told_context(odd & set(schema) or odd)
            column = f"the column {told[0]!r}" if told else "columns that are more than a word"
            raise DataError(
                f"{more} has {column}, {less} has not: files that are read together "
                f"have the same columns ({len(odd)} differ)",
                remedy="narrow the pattern, or read them one by one",
            )
    if all(schema == first for schema in schemas) and pieces[0].kind == "Parquet":
        return pl.scan_parquet(files, glob=False)
    return pl.concat([frame.select(first.names()) for frame in frames], how="vertical_relaxed")

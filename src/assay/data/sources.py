"""Files as lazy frames: Parquet, CSV and JSON lines, one file or a glob of equal ones."""

from __future__ import annotations

import gzip
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from assay.core.errors import DataError, nearest
from assay.core.project import resolve_path
from assay.data.convert import parsed_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

Kind = Literal["Parquet", "CSV", "JSON lines"]

SUFFIXES: Final[dict[str, Kind]] = {
    ".parquet": "Parquet",
    ".csv": "CSV",
    ".csv.gz": "CSV",
    ".jsonl": "JSON lines",
    ".jsonl.gz": "JSON lines",
    ".ndjson": "JSON lines",
}
_SEPARATORS: Final = ",;\t|"
_QUOTED: Final = re.compile(r'"[^"]*"')
_DATE: Final = r"^\d{4}-\d{2}-\d{2}"
_DAY: Final = r"^\d{4}-\d{2}-\d{2}$"
_LOOK: Final = 100
"""Rows that are looked at for dates before the whole column is."""


def scan(path: str | Path) -> pl.LazyFrame:
    """The rows of a file, or of all files that a glob matches, without reading them yet.

    The types of CSV and JSON lines are inferred from **all** rows, so that a column with one word
    among its numbers is text, wherever the word stands; a column that holds nothing but ISO dates
    or times becomes one of days or of moments in UTC.

    Args:
        path: absolute, or relative to where one stands, or to the project's folder.

    Raises:
        DataError: where there is no such file, it has no rows, cannot be read, or its name does
            not tell its format; and where the files of a glob differ in their columns.
    """
    table = open_table(path)
    if table.kind == "Parquet":
        return table.frame
    with readable(path, table.kind):
        return dated(table.frame)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one or several files, and the format that they are in."""

    frame: pl.LazyFrame
    kind: Kind


def open_table(path: str | Path, *, as_text: Callable[[str], bool] = lambda _: False) -> Table:
    """As `scan`, but dates are left as they are written, and so are a CSV's columns `as_text`.

    Raises:
        DataError: as `scan`.
    """
    files = files_of(path)
    kind = _kind_of(files)
    with readable(path, kind):
        frames = [_scan_file(file, kind, as_text) for file in files]
        frame = frames[0] if len(frames) == 1 else _joined(files, frames)
        rows = frame.select(pl.len()) if kind == "Parquet" else frame.head(1).select(pl.len())
        empty = rows.collect().item() == 0
    if empty:
        raise DataError(
            f"{path} has columns but no rows, expected at least one row",
            remedy="check the export or query that made it"
            + (", and that every quotation mark is closed" if kind == "CSV" else ""),
        )
    return Table(frame, kind)


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


def files_of(path: str | Path) -> tuple[Path, ...]:
    """The files that a path or glob names, sorted.

    Raises:
        DataError: where there is none, or one is empty.
    """
    found = resolve_path(path)
    if found.is_dir():
        raise DataError(
            f"{path} is a folder, expected a file or a glob",
            remedy=f"name its files, for example {path}/*.parquet",
        )
    files: tuple[Path, ...]
    if found.is_file():
        files = (found,)
    elif has_magic(str(path)):
        matches = sorted(glob(str(found), recursive=True))  # noqa: PTH207  the pattern may be absolute
        files = tuple(file for match in matches if (file := Path(match)).is_file())
        if not files:
            raise DataError(
                f"no file matches {path}", remedy=f"looked in {found.parent}; check the pattern"
            )
    else:
        raise DataError(f"no file {path}, expected a data file", remedy=_neighbours(found))
    for file in files:
        if file.stat().st_size == 0:
            raise DataError(
                f"{file} is empty (0 bytes), expected a table",
                remedy="check the export that made it",
            )
    return files


@contextmanager
def readable(path: str | Path, kind: str) -> Iterator[None]:
    """What Polars finds wrong with a file, told as an error of the data.

    Raises:
        DataError: in place of an error of Polars or of the operating system.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, OSError, ValueError, EOFError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise DataError(
            f"{path} cannot be read as {kind}: {lines[0]}",
            remedy=_REMEDIES.get(kind, "check the file"),
        ) from error


_REMEDIES: Final = {
    "Parquet": "it is damaged, or no Parquet file: make it again, or copy it again",
    "CSV": "save it as UTF-8 text with a header and the same number of fields in every line",
    "JSON lines": "write one complete JSON object per line, in UTF-8",
}


def _kind_of(files: tuple[Path, ...]) -> Kind:
    kinds = {_kind(file) for file in files}
    if len(kinds) > 1:
        raise DataError(
            f"{len(files)} files of several formats ({', '.join(sorted(kinds))}), expected one",
            remedy="narrow the pattern, for example to *.parquet",
        )
    return kinds.pop()


def _kind(file: Path) -> Kind:
    name = file.name.lower()
    ending = max((s for s in SUFFIXES if name.endswith(s)), key=len, default=None)
    if ending is None:
        raise DataError(
            f"{file} has the unknown suffix {file.suffix or 'none'}, expected one of "
            f"{', '.join(SUFFIXES)}",
            remedy="rename the file after its format, or convert it",
        )
    return SUFFIXES[ending]


def _scan_file(file: Path, kind: Kind, as_text: Callable[[str], bool]) -> pl.LazyFrame:
    if kind == "Parquet":
        return pl.scan_parquet(file, glob=False)
    if kind == "JSON lines":
        return _in_order(pl.scan_ndjson(file, infer_schema_length=None), _first_line(file))
    names = _scan_csv(file).collect_schema().names()
    if all(as_text(name) for name in names):
        return _scan_csv(file)
    texts = {name: pl.String for name in names if as_text(name)}
    return _scan_csv(file, infer_schema=True, infer_schema_length=None, schema_overrides=texts)


def _scan_csv(
    file: Path,
    *,
    infer_schema: bool = False,
    infer_schema_length: int | None = 1,
    schema_overrides: dict[str, type[pl.String]] | None = None,
) -> pl.LazyFrame:
    header = _QUOTED.sub("", _first_line(file))
    return pl.scan_csv(
        file,
        separator=max(_SEPARATORS, key=header.count),
        infer_schema=infer_schema,
        infer_schema_length=infer_schema_length,
        schema_overrides=schema_overrides,
        glob=False,
    )


def _first_line(file: Path) -> str:
    opened = gzip.open if file.suffix.lower() == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        return str(lines.readline())


def _in_order(frame: pl.LazyFrame, first_line: str) -> pl.LazyFrame:
    """Columns as the first object has them, then others by name: Polars has no order of its own."""
    names = frame.collect_schema().names()
    first = [name for name in json.loads(first_line) if name in names]
    return frame.select(*first, *sorted(set(names) - set(first)))


def _joined(files: tuple[Path, ...], frames: list[pl.LazyFrame]) -> pl.LazyFrame:
    schemas = [frame.collect_schema() for frame in frames]
    first = schemas[0]
    for file, schema in zip(files[1:], schemas[1:], strict=True):
        if odd := set(first) ^ set(schema):
            more, less = (file, files[0]) if odd & set(schema) else (files[0], file)
            name = min(odd & set(schema) or odd)
            raise DataError(
                f"{more} has the column {name!r}, {less} has not: files that are read together "
                f"have the same columns ({len(odd)} differ)",
                remedy="narrow the pattern, or read them one by one",
            )
    if all(schema == first for schema in schemas) and _kind(files[0]) == "Parquet":
        return pl.scan_parquet(list(files), glob=False)
    return pl.concat([frame.select(first.names()) for frame in frames], how="vertical_relaxed")


def _neighbours(missing: Path) -> str:
    if not missing.parent.is_dir():
        return f"there is no folder {missing.parent} either"
    names = (file.name for file in missing.parent.iterdir())
    data = [name for name in names if name.lower().endswith(tuple(SUFFIXES))]
    return f"in {missing.parent}: {nearest(missing.name, data)}"

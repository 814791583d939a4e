"""Rows that broke a rule, kept with where they stood and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import DataError
from assay.data.store.spool import write_parquet

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from assay.data.store.manifest import DataFile

FOLDER: Final = "quarantine"
GIVEN: Final[dict[str, pl.DataType]] = {
    "row": pl.Int64(),
    "hash": pl.String(),
    "reasons": pl.List(pl.String()),
    "excerpt": pl.String(),
}
"""What a rejected row is told by: its place in the source, what it holds (as a hash and as a
masked excerpt), and the rules that it broke."""
COLUMNS: Final[dict[str, pl.DataType]] = {
    "table": pl.String(),
    "source": pl.String(),
    **GIVEN,
    "imported_at": pl.Datetime("us", "UTC"),
    "import": pl.String(),
    "superseded_at": pl.Datetime("us", "UTC"),
}
"""`superseded_at`: when a source of the same name came in again, null until then."""
MOST_FILES: Final = 8


def entries(
    rejected: pl.DataFrame, *, table: str, source: str, key: str, at: datetime
) -> pl.DataFrame:
    """Rejected rows as they are kept.

    Raises:
        DataError: where a column that tells of a rejected row is missing.
    """
    if missing := [name for name in GIVEN if name not in rejected.columns]:
        raise DataError(f"rejected rows have no column {missing[0]}, expected {', '.join(GIVEN)}")
    return rejected.select(
        pl.lit(table).alias("table"),
        pl.lit(source).alias("source"),
        *(pl.col(name).cast(dtype) for name, dtype in GIVEN.items()),
        pl.lit(at).cast(COLUMNS["imported_at"]).alias("imported_at"),
        pl.lit(key).alias("import"),
        pl.lit(None, dtype=COLUMNS["superseded_at"]).alias("superseded_at"),
    )


def scan_entries(folder: Path, files: Sequence[DataFile]) -> pl.LazyFrame:
    """Every rejected row that is kept."""
    if not files:
        return pl.LazyFrame(schema=COLUMNS)
    paths = [folder / file.path for file in files]
    return pl.scan_parquet(paths, schema=COLUMNS, missing_columns="insert", glob=False)


def write_entries(
    folder: Path,
    files: Sequence[DataFile],
    added: Sequence[pl.DataFrame],
    sources: Collection[str],
    *,
    at: datetime,
) -> tuple[DataFile, ...]:
    """The files of the quarantine after imports of these sources, whose old entries are superseded.

    No entry goes: a file that was mended, or a log that goes on under its old name, tells nothing
    of the rows that were rejected before. A row is kept once per source, however often it was
    repeated there.
    """
    rows = pl.concat(added) if added else pl.DataFrame(schema=COLUMNS)
    stay = tuple(files)
    if files:
        came_again = pl.col("source").is_in(list(sources)) & pl.col("superseded_at").is_null()
        old = scan_entries(folder, files).with_columns(came_again.alias("again")).collect()
        if old["again"].any() or len(files) >= MOST_FILES:
            moment = pl.lit(at).cast(COLUMNS["superseded_at"])
            when = pl.when("again").then(moment).otherwise("superseded_at").alias("superseded_at")
            stay, rows = (), pl.concat([rows, old.with_columns(when).drop("again")])
    rows = rows.unique(["table", "source", "hash", "row"], keep="first", maintain_order=True)
    if not rows.height:
        return stay
    return (*stay, write_parquet(folder, FOLDER, rows, day="none", time=None))


def replace_entries(
    folder: Path, files: Sequence[DataFile], kept: pl.Expr
) -> tuple[tuple[DataFile, ...], int]:
    """The files of the quarantine with only those entries that are kept, and how many went."""
    if not files:
        return tuple(files), 0
    rows = scan_entries(folder, files).collect()
    remain = rows.filter(kept)
    if remain.height == rows.height:
        return tuple(files), 0
    gone = rows.height - remain.height
    if not remain.height:
        return (), gone
    return (write_parquet(folder, FOLDER, remain, day="none", time=None),), gone


def added(files: Sequence[DataFile], before: Sequence[DataFile]) -> list[DataFile]:
    """The files that were not there before."""
    known = {file.path for file in before}
    return [file for file in files if file.path not in known]

"""Rows that are let go for good: those past their time, and those of a person who asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import numpy as np
import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.data.store.disk import write_file
from assay.data.store.identity import UNDATED
from assay.data.store.manifest import Counts, DataFile, Manifest
from assay.data.store.merge import Settled
from assay.data.store.parts import scan_files
from assay.data.store.people import Traces, hanging_on, marked, traces_of
from assay.data.store.quarantine import added, replace_entries
from assay.data.store.rewrite import rewrite
from assay.data.store.rollups import FOLDER, rolled_up
from assay.data.store.spool import write_parquet
from assay.privacy.forgotten import Forgotten
from assay.schema import schema_of, time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


MARKS: Final = "forgotten-"
"""Begins the name of the file that holds the marks of whom is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What was removed, in numbers alone.

    Attributes:
        rows: removed rows by table; `quarantine` counts rejected rows.
        lines: daily lines that were kept of them, by table.
        suppressed: removed rows of which no line was kept, since their day had too few persons.
    """

    rows: dict[str, int]
    lines: dict[str, int] = field(default_factory=dict)
    suppressed: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Change:
    """The next state, and the files that were written for it."""

    manifest: Manifest
    written: list[DataFile]


def older(
    folder: Path, manifest: Manifest, cutoffs: Mapping[str, date], *, k: int, time_zone: str
) -> tuple[Removal, Change]:
    """Lets go of rows from before a day (UTC) per table, and keeps their daily lines.

    Rows without a time stay. A cut-off never moves back, so what is let go is not taken again.

    Raises:
        ParameterError: where a table is unknown or its rows carry no time.
    """
    tables, rollups = dict(manifest.tables), dict(manifest.rollups)
    limits = dict(manifest.cutoffs)
    removed: dict[str, int] = {}
    kept: dict[str, int] = {}
    suppressed: dict[str, int] = {}
    written: list[DataFile] = []
    for table, cutoff in cutoffs.items():
        if time_of(schema_of(table)) is None:
            raise ParameterError(f"rows of {table} carry no time, so none is older than another")
        moment = datetime(cutoff.year, cutoff.month, cutoff.day, tzinfo=UTC).isoformat()
        limits[table] = max(moment, limits.get(table, moment))
        files = tables.get(table, ())
        gone = [file for file in files if file.day != UNDATED and file.day < limits[table][:10]]
        if not gone:
            continue
        found = [(folder / file.path, file.context) for file in gone]
        lines = rolled_up(table, scan_files(table, found, {}), k=k, time_zone=time_zone)
        if lines.lines.height:
            under = f"{FOLDER}/{table}"
            file = write_parquet(folder, under, lines.lines, day="none", time="day")
            rollups[table] = (*rollups.get(table, ()), file)
            written.append(file)
        names = {file.path for file in gone}
        tables[table] = tuple(file for file in files if file.path not in names)
        removed[table] = sum(file.rows for file in gone)
        kept[table] = lines.lines.height
        suppressed[table] = lines.suppressed
    early = pl.any_horizontal(
        (pl.col("table") == table) & (pl.col("imported_at") < datetime.fromisoformat(limit))
        for table, limit in limits.items()
    )
    quarantine, entries = replace_entries(folder, manifest.quarantine, ~early)
    written.extend(added(quarantine, manifest.quarantine))
    removed |= {"quarantine": entries} if entries else {}
    changed = manifest.followed_by(
        tables={name: files for name, files in tables.items() if files},
        rollups=rollups,
        cutoffs=limits,
        quarantine=quarantine,
    )
    removal = Removal(
        rows=removed, lines=kept, suppressed={t: n for t, n in suppressed.items() if n}
    )
    return removal, Change(changed, written)


def person(
    folder: Path, manifest: Manifest, pseudonym: str, *, length: int
) -> tuple[Removal, Change]:
    """Removes every row that names a person or hangs on such a row, and marks them as forgotten.

    Args:
        folder: of the store.
        manifest: its state.
        pseudonym: as it is in the store.
        length: number of keys of the ring under which the pseudonym was made.
    """
    traces = traces_of(folder, manifest.tables, pseudonym)
    tables, written = _without(folder, manifest, traces)
    # Digits of an excerpt are all nines, so an id of digits alone names nothing in it.
    names = {v for values in traces.ids.values() for v in values if any(s.isalpha() for s in v)}
    told = pl.col("excerpt").str.contains_any([pseudonym, *sorted(names)])
    quarantine, entries = replace_entries(folder, manifest.quarantine, ~told.fill_null(value=False))
    written.extend(added(quarantine, manifest.quarantine))
    marks = read_marks(folder, manifest).plus([pseudonym], length=length)
    for column, values in traces.ids.items():
        marks = marks.plus(values, length=length, of=column)
    changed = manifest.followed_by(
        tables=tables, quarantine=quarantine, forgotten=_write_marks(folder, marks)
    )
    rows = traces.counts() | ({"quarantine": entries} if entries else {})
    return Removal(rows=rows), Change(changed, written)


def withdrawn(
    folder: Path, manifest: Manifest, refused: Sequence[pl.Series], *, length: int
) -> tuple[Removal, Change]:
    """Removes interactions whose consent is refused now, and what hangs on them, and marks them.

    A refusal is final: a later import of an older export does not bring the row back.

    Args:
        folder: of the store.
        manifest: its state.
        refused: ids as the store has them; those that it does not have are passed over.
        length: number of keys of the ring under which pseudonyms are made.
    """
    files = [(folder / f.path, f.context) for f in manifest.tables.get("interactions", ())]
    if not files or not refused:
        return Removal(rows={}), Change(manifest, [])
    ids = scan_files("interactions", files, {}).select("interaction_id")
    wanted = pl.concat(refused).unique().alias("interaction_id").to_frame().lazy()
    there = ids.join(wanted, on="interaction_id", how="semi").collect().to_series()
    if not len(there):
        return Removal(rows={}), Change(manifest, [])
    new = Forgotten.none().plus(there, length=length, of="interaction_id")
    traces = hanging_on(folder, manifest.tables, there)
    tables, written = _without(folder, manifest, traces)
    marks = _write_marks(folder, read_marks(folder, manifest) | new)
    changed = replace(manifest, tables=tables, forgotten=marks)
    return Removal(rows=traces.counts()), Change(changed, written)


def remembered(folder: Path, manifest: Manifest, marks: Forgotten) -> Change:
    """An earlier state without the rows that were forgotten since, and with the marks of both."""
    both = read_marks(folder, manifest) | marks
    tables, written = _without(folder, manifest, marked(folder, manifest.tables, both))
    changed = manifest.followed_by(tables=tables, forgotten=_write_marks(folder, both))
    return Change(changed, written)


def _without(
    folder: Path, manifest: Manifest, traces: Traces
) -> tuple[dict[str, tuple[DataFile, ...]], list[DataFile]]:
    tables = dict(manifest.tables)
    written: list[DataFile] = []
    for table, lost in traces.lost.items():
        settled = Settled(np.empty(0, bool), Counts(), lost)
        rewritten = rewrite(folder, table, tables[table], (), settled)
        tables[table] = rewritten.files
        written.extend(rewritten.written)
    return {table: files for table, files in tables.items() if files}, written


def _write_marks(folder: Path, marks: Forgotten) -> str:
    name = f"{MARKS}{uuid4().hex}.json"
    write_file(folder / name, marks.to_bytes())
    return name


def read_marks(folder: Path, manifest: Manifest) -> Forgotten:
    """The marks of whom is forgotten.

    Raises:
        DataError: where they are damaged or gone; without them removals could come undone.
    """
    if manifest.forgotten is None:
        return Forgotten.none()
    try:
        content = (folder / manifest.forgotten).read_bytes()
    except OSError as error:
        raise DataError(
            f"the marks of the forgotten cannot be read: {error}",
            remedy="restore the store from a backup",
        ) from None
    return Forgotten.from_bytes(content)


def rekeyed(
    folder: Path, manifest: Manifest, advance: Callable[[pl.Series], pl.Series], ring: str
) -> Change:
    """Every pseudonym as the longer ring makes it, in all columns of text of all files.

    Where the store came from a backup with shorter keys, those who were forgotten since are known
    only by what they are called now; they go here.
    """
    written: list[DataFile] = []

    def renamed(file: DataFile, rows: pl.DataFrame) -> DataFile:
        changed = advanced(rows, advance)
        if changed.equals(rows):
            return file
        under = file.path.rpartition("/")[0]
        new = write_parquet(folder, under, changed, day=file.day, time=None)
        written.append(new)
        return DataFile(
            path=new.path,
            day=file.day,
            rows=new.rows,
            bytes=new.bytes,
            first=file.first,
            last=file.last,
            context=file.context,
        )

    def all_of(files: tuple[DataFile, ...]) -> tuple[DataFile, ...]:
        return tuple(renamed(file, pl.read_parquet(folder / file.path)) for file in files)

    changed = manifest.followed_by(
        tables={table: all_of(files) for table, files in manifest.tables.items()},
        rollups={table: all_of(files) for table, files in manifest.rollups.items()},
        quarantine=all_of(manifest.quarantine),
        ring=ring,
    )
    tables, without = _without(
        folder, changed, marked(folder, changed.tables, read_marks(folder, manifest))
    )
    return Change(replace(changed, tables=tables), [*written, *without])


def advanced(rows: pl.DataFrame, advance: Callable[[pl.Series], pl.Series]) -> pl.DataFrame:
    """Rows with their pseudonyms as a longer ring makes them, in columns and lists of text."""
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    lists = [name for name, dtype in rows.schema.items() if dtype == pl.List(pl.String)]
    return rows.with_columns(
        *(advance(rows[name]).alias(name) for name in texts),
        *(_advanced_list(rows[name], advance) for name in lists),
    )


def _advanced_list(column: pl.Series, advance: Callable[[pl.Series], pl.Series]) -> pl.Series:
    values = column.explode()
    known = values.drop_nulls().unique()
    if not len(known):
        return column
    new = advance(known)
    name = column.name
    return column.to_frame().select(
        pl.col(name).list.eval(pl.element().replace(known, new)).alias(name)
    )[name]

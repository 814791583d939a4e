"""Writing to the store: everything since the last commit becomes visible at once, or never."""

from __future__ import annotations

import shutil
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from assay.core.errors import DataError
from assay.data.store.disk import PASSING, remove, storing, sync_folders
from assay.data.store.lock import holding
from assay.data.store.manifest import (
    Counts,
    ImportRecord,
    Manifest,
    Retired,
    read_manifest,
    write_manifest,
)
from assay.data.store.merge import settle
from assay.data.store.quarantine import entries, write_entries
from assay.data.store.rewrite import rewrite
from assay.data.store.spool import Spool, conforming
from assay.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    import polars as pl

    from assay.data.store.manifest import DataFile

GRACE: Final = timedelta(minutes=15)
"""Files that a commit replaced stay so long for readers that began before it."""
INBOX: Final = "inbox"


class Stage:
    """Valid rows of one table on their way into the store."""

    def __init__(self, table: str, spool: Spool) -> None:
        schema_of(table)
        self.table = table
        self._spool = spool

    def add(self, valid: pl.DataFrame) -> None:
        """Takes rows with the types of the schema, and any columns `ctx_…`; optional ones may lack.

        They are on the disk soon after, in memory only as a hash per row.

        Raises:
            DataError: where a column has another type, or one that every row needs is missing.
            ProjectError: where rows that were added before could not be written.
        """
        frame = conforming(self.table, valid)
        if frame.height:
            self._spool.add(self.table, frame)


class Writer:
    """The one process that writes; made by `Store.writing`."""

    def __init__(self, folder: Path, *, grace: timedelta = GRACE) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        self._grace = grace
        self._spool = Spool(folder, self.manifest.cutoffs)
        self._rejected: list[pl.DataFrame] = []

    def has(self, key: str) -> bool:
        """Whether what has this digest was imported already."""
        return key in self.manifest.imports

    def stage(self, table: str) -> Stage:
        """Where rows of a table are added.

        Raises:
            ParameterError: where there is no such table.
        """
        return Stage(table, self._spool)

    def quarantine(
        self, rejected: pl.DataFrame, *, table: str, source: str, key: str, at: datetime
    ) -> None:
        """Keeps rejected rows (row, hash, reasons, excerpt) with the next commit."""
        self._rejected.append(entries(rejected, table=table, source=source, key=key, at=at))

    def commit(self, *records: ImportRecord) -> dict[str, Counts]:
        """Makes all that was added since the last commit part of the store, in one step.

        Returns what became of the rows of each table that something was added to. Several
        imports may be committed together; their rows are then counted together.

        Raises:
            ProjectError: where the disk is full or the folder cannot be written; nothing was
                changed, and what was added is gone.
        """
        written: list[DataFile] = []
        try:
            with storing(self.folder):
                counts, manifest = self._merged(records, written)
                self.publish(manifest, written)
        except BaseException:
            for file in written:
                remove(self.folder / file.path)
            self.discard()
            raise
        self._spool.clear(kept=[self.folder / path for path in manifest.paths()])
        self._spool = Spool(self.folder, self.manifest.cutoffs)
        self._rejected = []
        return counts

    def discard(self) -> None:
        """Forgets what was added since the last commit."""
        self._spool.clear()
        self._rejected = []

    def publish(
        self, manifest: Manifest, written: Iterable[DataFile], *, at_once: bool = False
    ) -> None:
        """Makes a state the store's, and lets go of files that it does not name any more.

        Args:
            manifest: the next state; the files that it names are on the disk.
            written: files of it that are new.
            at_once: remove what it does not name now instead of after the time of grace.
        """
        now = datetime.now(UTC)
        gone = self.manifest.paths() - manifest.paths()
        retired = [*self.manifest.retired, *(Retired(path=path, at=now) for path in sorted(gone))]
        keep = () if at_once else tuple(file for file in retired if now - file.at < self._grace)
        manifest = replace(manifest, retired=keep)
        sync_folders([self.folder / file.path for file in written], self.folder)
        write_manifest(self.folder, manifest)
        self.manifest = manifest
        for file in set(retired) - set(keep):
            remove(self.folder / file.path)

    def _merged(
        self, records: Collection[ImportRecord], written: list[DataFile]
    ) -> tuple[dict[str, Counts], Manifest]:
        for record in records:
            if self.has(record.key):
                raise DataError(f"{record.label} was imported already (digest {record.key[:12]}…)")
        tables = dict(self.manifest.tables)
        counts: dict[str, Counts] = defaultdict(Counts)
        for table, arrivals in self._spool.arrivals().items():
            files = tables.get(table, ())
            settled = settle(self.folder, arrivals, files)
            rewritten = rewrite(self.folder, table, files, arrivals.pieces, settled)
            written.extend(rewritten.written)
            tables[table] = rewritten.files
            counts[table] = settled.counts
        quarantine = write_entries(
            self.folder,
            self.manifest.quarantine,
            self._rejected,
            {record.label for record in records},
        )
        written.extend(set(quarantine) - set(self.manifest.quarantine))
        number = self.manifest.generation + 1
        imports = self.manifest.imports | {
            record.key: replace(record, tables=dict(counts), commit=number) for record in records
        }
        changed = self.manifest.followed_by(
            tables={name: files for name, files in sorted(tables.items()) if files},
            quarantine=quarantine,
            imports=imports,
        )
        return dict(counts), changed


@contextmanager
def writer(folder: Path, *, grace: timedelta = GRACE) -> Iterator[Writer]:
    """Holds the store for writing; what was not committed at the end is forgotten.

    Raises:
        ProjectError: where another process holds the store.
    """
    with holding(folder):
        writing = Writer(folder, grace=grace)
        sweep(folder, writing.manifest)
        try:
            yield writing
        finally:
            writing.discard()


def sweep(folder: Path, manifest: Manifest) -> None:
    """Removes what killed writers left: files that nothing names. Only under the lock."""
    named = manifest.paths() | {file.path for file in manifest.retired}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(PASSING):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif path.is_dir() and path.name != INBOX:
            for file in path.rglob("*"):
                if file.is_file() and str(file.relative_to(folder)) not in named:
                    remove(file)

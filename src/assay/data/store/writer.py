"""Writing to the store: everything since the last commit becomes visible at once, or never."""

from __future__ import annotations

import shutil
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from assay.core.errors import DataError
from assay.data.store import inbox
from assay.data.store.absorb import Absorption
from assay.data.store.disk import PASSING, remove, remove_file, storing, sync_folders
from assay.data.store.forgetting import (
    MARKS,
    Removal,
    older,
    person,
    read_marks,
    rekeyed,
    withdrawn,
)
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
from assay.data.store.quarantine import added, entries, write_entries
from assay.data.store.rewrite import rewrite
from assay.data.store.spool import Spool, conforming
from assay.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    import polars as pl

    from assay.data.store.forgetting import Change
    from assay.data.store.manifest import DataFile
    from assay.privacy.forgotten import Forgotten

GRACE: Final = timedelta(minutes=15)
"""Files that a commit replaced stay so long for readers that began before it."""
_Told = TypeVar("_Told")


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
        self._refused: list[pl.Series] = []
        self._length = 1
        self.withdrawn: dict[str, int] = {}
        """Rows that the last commit removed because consent was withdrawn, by table."""

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

    def withdraw(self, refused: pl.Series, *, length: int) -> None:
        """Removes interactions, with this writer's next commits, whose consent is refused now.

        Args:
            refused: their ids as the store has them; most of them will never have been in it.
            length: number of keys of the ring under which pseudonyms are made.
        """
        self._refused.append(refused)
        self._length = length

    def forgotten(self) -> Forgotten:
        """Marks of whom is forgotten; what they cover is not to be added."""
        return read_marks(self.folder, self.manifest)

    def commit(self, *records: ImportRecord, ring: str | None = None) -> dict[str, Counts]:
        """Makes all that was added since the last commit part of the store, in one step.

        Returns what became of the rows of each table that something was added to. Several
        imports may be committed together; their rows are then counted together. What was
        rejected before of a source of the same label gives way to what is rejected now.

        Args:
            records: the imports.
            ring: public fingerprint of the keys under which its pseudonyms were made.

        Raises:
            DataError: where one of the imports was committed before, or the ring is another one.
            ProjectError: where the disk is full or the folder cannot be written; nothing was
                changed, and what was added is gone.
        """
        for record in records:
            if self.has(record.key):
                raise DataError(f"{record.label} was imported already (digest {record.key[:12]}…)")
        if ring is not None and self.manifest.ring not in {None, ring}:
            raise DataError(
                f"pseudonyms were made under the keys {ring}, those of the store under "
                f"{self.manifest.ring}",
                remedy="give the store the new pseudonyms first",
            )
        return self._commit(records, {record.label for record in records}, ring)

    def absorb(
        self,
        advance: Callable[[pl.Series, str], pl.Series] | None = None,
        *,
        ring: str | None = None,
        length: int | None = None,
    ) -> int:
        """Merges what applications left in the inbox, and commits it; the number of their rows.

        Segments with pseudonyms under other keys than the store's stay where they are, unless
        there is a way to advance them.

        Args:
            advance: from a column and the fingerprint of the ring of its pseudonyms to those of
                the store's ring.
            ring: fingerprint of that ring, for a store that has none yet.
            length: number of its keys; without it, withdrawals of consent wait as well.

        Raises:
            ProjectError: where the folder cannot be written; the segments stay.
        """
        taken = Absorption(self, advance, inbox.waiting(self.folder), ring=ring, length=length)
        if not taken.segments:
            return 0
        record = taken.add(datetime.now(UTC))
        self._commit([record], set(), taken.ring)
        for segment in taken.segments:
            if segment in taken.unreadable:
                inbox.set_aside(segment)
            else:
                remove_file(segment.path)
        return taken.rows

    def _commit(
        self, records: Collection[ImportRecord], mended: Collection[str], ring: str | None
    ) -> dict[str, Counts]:
        written: list[DataFile] = []
        try:
            with storing(self.folder):
                counts, manifest = self._merged(records, mended, written)
                settled = replace(manifest, ring=ring or manifest.ring)
                self.publish(settled, written, at_once=bool(self.withdrawn))
                if self.withdrawn:
                    self._sweep()
        except BaseException:
            self._refused = []
            self.discard()
            self._sweep()
            raise
        self.discard()
        self._spool = Spool(self.folder, self.manifest.cutoffs)
        return counts

    def forget_older(
        self, cutoffs: Mapping[str, date], *, k: int = 10, time_zone: str = "UTC"
    ) -> Removal:
        """Lets go of rows from before a day (UTC) per table, and keeps their daily lines.

        Their files are removed at once. A later import does not take back what is older.

        Args:
            cutoffs: the first day that stays, by table.
            k: fewest persons that a daily line may be of.
            time_zone: whose days the lines are of.

        Raises:
            ParameterError: where a table is unknown or its rows carry no time.
            ProjectError: where the folder cannot be written; nothing was changed.
        """
        return self._let_go(
            lambda state: older(self.folder, state, cutoffs, k=k, time_zone=time_zone)
        )

    def forget_person(self, pseudonym: str, *, length: int) -> Removal:
        """Removes every row that names a person or hangs on theirs, and marks them as forgotten.

        Their files are removed at once; nothing of the person is told but numbers of rows.

        Args:
            pseudonym: as it is in the store.
            length: number of keys of the ring that it was made with.

        Raises:
            ProjectError: where the folder cannot be written; nothing was changed.
        """
        self.absorb()
        return self._let_go(lambda state: person(self.folder, state, pseudonym, length=length))

    def rekey(self, advance: Callable[[pl.Series], pl.Series], ring: str) -> None:
        """Writes every pseudonym as a longer ring makes it, and names that ring, in one step.

        Killed half-way, nothing has changed; run it again.

        Args:
            advance: gives the new pseudonyms of a column, and leaves what is none as it is.
            ring: public fingerprint of the longer ring.

        Raises:
            ProjectError: where the folder cannot be written; nothing was changed.
        """
        self.absorb()
        self._let_go(lambda state: (None, rekeyed(self.folder, state, advance, ring)))
        self._sweep()

    def _let_go(self, make: Callable[[Manifest], tuple[_Told, Change]]) -> _Told:
        with storing(self.folder):
            try:
                told, change = make(self.manifest)
                self.publish(change.manifest, change.written, at_once=True)
            except BaseException:
                self._sweep()
                raise
        self._spool = Spool(self.folder, self.manifest.cutoffs)
        return told

    def discard(self) -> None:
        """Forgets what was added since the last commit."""
        self.manifest = read_manifest(self.folder)
        self._spool.clear(kept=[self.folder / path for path in self.manifest.paths()])
        self._rejected = []

    def _sweep(self) -> None:
        """Removes what a failure left; what is part of the store is for its manifest to say.

        A failure may come after the commit (an interrupt while old files are removed), so the
        manifest on the disk counts, not what was meant to be done.
        """
        self.manifest = read_manifest(self.folder)
        sweep(self.folder, self.manifest)

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
        for file in retired:
            if file not in keep:
                remove(self.folder / file.path)

    def _merged(
        self,
        records: Collection[ImportRecord],
        mended: Collection[str],
        written: list[DataFile],
    ) -> tuple[dict[str, Counts], Manifest]:
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
            mended,
            at=datetime.now(UTC),
        )
        written.extend(added(quarantine, self.manifest.quarantine))
        number = self.manifest.generation + 1
        imports = self.manifest.imports | {
            record.key: replace(record, tables=dict(counts), commit=number) for record in records
        }
        changed = self.manifest.followed_by(
            tables={name: files for name, files in sorted(tables.items()) if files},
            quarantine=quarantine,
            imports=imports,
        )
        self.withdrawn = {}
        if self._refused:
            removal, change = withdrawn(self.folder, changed, self._refused, length=self._length)
            written.extend(change.written)
            changed, self.withdrawn = change.manifest, removal.rows
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
        elif path.is_file() and path.name.startswith(MARKS) and path.name not in named:
            remove(path)
        elif path.is_dir() and path.name != inbox.FOLDER:
            for file in list(path.rglob("*")):
                if file.is_file() and str(file.relative_to(folder)) not in named:
                    remove(file)

"""The store: canonical tables as Parquet by day, and one manifest that says what is in it."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from assay.core.errors import ProjectError
from assay.data.store import inbox
from assay.data.store.disk import (
    FILE_MODE,
    FOLDER_MODE,
    private_folder,
    storing,
    too_open,
)
from assay.data.store.forgetting import read_marks
from assay.data.store.lock import holding
from assay.data.store.manifest import MANIFEST, Manifest, read_manifest, write_manifest
from assay.data.store.parts import scan_files, widest
from assay.data.store.quarantine import scan_entries
from assay.data.store.rollups import read_lines
from assay.data.store.writer import GRACE, Writer, writer
from assay.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import timedelta

    import polars as pl

    from assay.data.store.manifest import DataFile, ImportRecord
    from assay.privacy.forgotten import Forgotten


@dataclass(frozen=True, slots=True)
class Store:
    """A folder with the tables of a project.

    Every method reads the manifest anew, then exactly the files that it names: a reader sees the
    state before a commit or after it. Frames from `scan` may be collected for `GRACE` (15 min)
    after a later commit.

    Attributes:
        warnings: what others than the owner may read or write, and how to mend it.
    """

    folder: Path
    warnings: tuple[str, ...] = ()

    @classmethod
    def at(cls, folder: Path) -> Store:
        """The store in a folder.

        Raises:
            ProjectError: where there is none, it is damaged, or a newer Assay wrote it.
        """
        manifest = read_manifest(folder)
        return cls(folder, _too_open(folder, manifest))

    @classmethod
    def create(cls, folder: Path) -> Store:
        """The store in a folder, made there if there is none yet.

        Raises:
            ProjectError: where the folder cannot be written, or holds a damaged store.
        """
        if not (folder / MANIFEST).exists():
            with storing(folder):
                private_folder(folder)
            with holding(folder):
                if not (folder / MANIFEST).exists():
                    write_manifest(folder, Manifest())
        return cls.at(folder)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether a folder holds a store."""
        return (folder / MANIFEST).is_file()

    @property
    def ring(self) -> str | None:
        """Public fingerprint of the keys under which its pseudonyms were made."""
        return self.manifest().ring

    def manifest(self) -> Manifest:
        """The state that the last commit left.

        Raises:
            ProjectError: where it cannot be read.
        """
        return read_manifest(self.folder)

    def tables(self) -> tuple[str, ...]:
        """The tables that have rows, by name."""
        return tuple(self.manifest().tables)

    def files(self, table: str) -> tuple[DataFile, ...]:
        """The files of a table, by day."""
        schema_of(table)
        return self.manifest().tables.get(table, ())

    def scan(self, table: str) -> pl.LazyFrame:
        """The rows of a table, lazily: all its columns, then the user's own.

        Raises:
            ParameterError: where there is no such table.
        """
        files = self.files(table)
        found = [(self.folder / file.path, file.context) for file in files]
        return scan_files(table, found, widest(file.context for file in files))

    def fingerprint(self, table: str) -> str:
        """Changes whenever the rows of the table do; costs no reading of them."""
        files = [(file.path, file.rows, file.bytes) for file in self.files(table)]
        return hashlib.sha256(orjson.dumps([table, files])).hexdigest()

    def imports(self) -> tuple[ImportRecord, ...]:
        """What was imported, in the order of import."""
        return tuple(self.manifest().imports.values())

    def quarantine(self) -> pl.LazyFrame:
        """Every rejected row that is kept: where it stood, what it held (masked), and why."""
        return scan_entries(self.folder, self.manifest().quarantine)

    def forgotten(self) -> Forgotten:
        """Marks of whom is forgotten.

        Raises:
            DataError: where they are damaged or gone.
        """
        return read_marks(self.folder, self.manifest())

    def rollups(self, table: str) -> pl.DataFrame:
        """The daily lines of rows that were let go: `day`, groups, and `DAILY_COLUMNS`."""
        schema_of(table)
        return read_lines(self.folder, table, self.manifest().rollups.get(table, ()))

    def waiting(self) -> int:
        """Segments that applications left and that are not merged yet."""
        return len(inbox.waiting(self.folder))

    def absorb_if_free(
        self,
        advance: Callable[[pl.Series, str], pl.Series] | None = None,
        *,
        ring: str | None = None,
    ) -> int:
        """Merges what applications left, unless somebody else is writing; the number of rows.

        Takes what `Writer.absorb` takes.
        """
        if not self.waiting():
            return 0
        with suppress(ProjectError), self.writing() as writing:
            return writing.absorb(advance, ring=ring)
        return 0

    def writing(self, *, grace: timedelta = GRACE) -> AbstractContextManager[Writer]:
        """Holds the store for writing.

        Raises:
            ProjectError: where another process holds it; names that and since when.
        """
        return writer(self.folder, grace=grace)


def _too_open(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    with suppress(OSError):
        if too_open(folder, FOLDER_MODE):
            return (f"{folder} is open to others than its owner; mend it with: chmod 700 {folder}",)
    wide = []
    for path in [folder / MANIFEST, *(folder / name for name in sorted(manifest.paths()))]:
        with suppress(OSError):
            if too_open(path, FILE_MODE):
                wide.append(path)
    if not wide:
        return ()
    told = f"{len(wide)} files of the store are open to others than their owner"
    return (f"{told}, such as {wide[0]}; mend it with: chmod -R go-rwx {folder}",)

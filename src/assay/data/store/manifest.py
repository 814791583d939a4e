"""What the store holds, as one small file: who has read it knows exactly which files to read."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from assay.core.errors import ProjectError
from assay.data.store.disk import storing, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MANIFEST: Final = "manifest.json"
VERSION: Final = 1
MIGRATIONS: Final[dict[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {}
"""How the manifest of a version becomes one of the next; the key is the version it comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One Parquet file of a table; never changed once it is named.

    Attributes:
        path: relative to the store's folder.
        day: ISO date, or "none" where its rows carry no time.
        first, last: the earliest and the latest time of its rows, ISO.
        context: the columns of the user's own that it has, and their types.
    """

    path: str
    day: str
    rows: int
    bytes: int
    first: str | None = None
    last: str | None = None
    context: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the rows that were added to a table.

    Attributes:
        new: rows that were not there before.
        replaced: rows that took the place of an older version, or of the same version with
            other content.
        unchanged: rows that were there, word by word.
        older: rows of which the store holds a newer version.
        repeated: rows of which the same import holds a newer or a later version.
        expired: rows from before the table's retention cut-off.
    """

    new: int = 0
    replaced: int = 0
    unchanged: int = 0
    older: int = 0
    repeated: int = 0
    expired: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in COUNTED})

    @property
    def total(self) -> int:
        """All rows that were added."""
        return sum(getattr(self, name) for name in COUNTED)


COUNTED: Final = ("new", "replaced", "unchanged", "older", "repeated", "expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """What is kept of one import: where it came from and what became of every record.

    Attributes:
        key: digest of what was imported; `Writer.has` knows it again.
        label: the source as it may be printed.
        read: records that the source holds.
        rejected: rows that broke a rule; they are in quarantine.
        skipped: records that are none of ours, by reason.
        dropped: rows that may not be kept, by reason (consent, forgotten).
        reasons: rejected rows by reason; a row may have several.
        tables: what became of the rows of all imports of the same commit, by table.
        commit: number of the commit that brought it.
    """

    key: str
    label: str
    format: str
    at: datetime
    read: int = 0
    rejected: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    tables: dict[str, Counts] = field(default_factory=dict)
    commit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """A file that no table names any more; readers that began earlier may still read it."""

    path: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The whole state of a store.

    Attributes:
        generation: number of commits; every commit adds one.
        ring: public fingerprint of the keys under which its pseudonyms were made.
        cutoffs: per table the time (ISO) before which rows were let go and are not taken back.
        quarantine, rollups: files beside those of the tables.
        forgotten: file with the marks of whom is forgotten, relative to the folder.
    """

    generation: int = 0
    ring: str | None = None
    tables: dict[str, tuple[DataFile, ...]] = field(default_factory=dict)
    quarantine: tuple[DataFile, ...] = ()
    rollups: dict[str, tuple[DataFile, ...]] = field(default_factory=dict)
    imports: dict[str, ImportRecord] = field(default_factory=dict)
    cutoffs: dict[str, str] = field(default_factory=dict)
    forgotten: str | None = None
    retired: tuple[Retired, ...] = ()

    def files(self) -> tuple[DataFile, ...]:
        """Every Parquet file that is part of this state."""
        groups = (*self.tables.values(), *self.rollups.values(), self.quarantine)
        return tuple(file for group in groups for file in group)

    def paths(self) -> set[str]:
        """Every file that is part of this state, relative to the store's folder."""
        marks = {self.forgotten} if self.forgotten else set()
        return {file.path for file in self.files()} | marks

    def followed_by(self, **changes: Any) -> Manifest:  # noqa: ANN401  fields of any type
        """The state that the next commit brings."""
        return replace(self, generation=self.generation + 1, **changes)


def read_manifest(folder: Path) -> Manifest:
    """The state of the store as its last commit left it.

    Raises:
        ProjectError: where there is no store, it is damaged, or a newer Assay wrote it.
    """
    path = folder / MANIFEST
    try:
        content = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise ProjectError(
            f"{folder} holds no {MANIFEST}, expected a store",
            remedy="import something first: assay import SOURCE",
        ) from None
    except (OSError, ValueError) as error:
        raise ProjectError(
            f"{path} cannot be read: {error}", remedy="restore the store from a backup"
        ) from None
    try:
        return _from_json(_migrated(content, path))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProjectError(
            f"{path} is not as a store's manifest should be: {error!r}",
            remedy="restore the store from a backup",
        ) from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Makes a state the one that readers see, in one step.

    Raises:
        ProjectError: where it cannot be written; the old state stays.
    """
    with storing(folder / MANIFEST):
        write_file(folder / MANIFEST, to_bytes(manifest))


def to_bytes(manifest: Manifest) -> bytes:
    """The manifest as it is kept: JSON, keys in a fixed order."""
    content = {"version": VERSION, **asdict(manifest)}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _migrated(content: dict[str, Any], path: Path) -> dict[str, Any]:
    found = content["version"]
    if not isinstance(found, int) or found > VERSION:
        raise ProjectError(
            f"{path} has version {found!r}, expected at most {VERSION}",
            remedy="it was written by a newer Assay: install that one",
        )
    while found < VERSION:
        content = MIGRATIONS[found](content)
        found = content["version"]
    return content


def _from_json(content: Mapping[str, Any]) -> Manifest:
    def files(found: list[dict[str, Any]]) -> tuple[DataFile, ...]:
        return tuple(DataFile(**file) for file in found)

    def record(found: dict[str, Any]) -> ImportRecord:
        tables = {name: Counts(**counts) for name, counts in found["tables"].items()}
        return ImportRecord(**{**found, "at": _moment(found["at"]), "tables": tables})

    return Manifest(
        generation=content["generation"],
        ring=content["ring"],
        tables={name: files(found) for name, found in content["tables"].items()},
        quarantine=files(content["quarantine"]),
        rollups={name: files(found) for name, found in content["rollups"].items()},
        imports={key: record(found) for key, found in content["imports"].items()},
        cutoffs=dict(content["cutoffs"]),
        forgotten=content["forgotten"],
        retired=tuple(
            Retired(path=found["path"], at=_moment(found["at"])) for found in content["retired"]
        ),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

"""Files that hold rows: found by path, glob or folder, and told apart by their names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from assay.core.errors import DataError, ProjectError, nearest
from assay.core.project import project_root, resolve_path

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["Parquet", "CSV", "JSON lines"]

_PLAIN: Final[dict[str, Kind]] = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".tab": "CSV",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".json": "JSON lines",
}
PACKED: Final = (".gz", ".zst")
SUFFIXES: Final[dict[str, Kind]] = {
    ".parquet": "Parquet",
    **{f"{plain}{pack}": kind for plain, kind in _PLAIN.items() for pack in ("", *PACKED)},
}

_SHEETS: Final = (".xlsx", ".xls", ".xlsm", ".ods")
_ARCHIVES: Final = (".zip", ".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePiece:
    """One file of a source.

    Attributes:
        label: as it may be printed and kept: seen from the project, or from the folder that was
            named; never a path of this machine.
    """

    path: Path
    kind: Kind
    label: str

    def digest(self) -> str:
        """SHA-256 of the file as it lies there.

        Raises:
            DataError: where it cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{self.label} cannot be read: {error.strerror}") from None

    def size(self) -> int:
        """Bytes on disk.

        Raises:
            DataError: where the file is gone.
        """
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise DataError(f"{self.label} cannot be read: {error.strerror}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files that a path stands for.

    Attributes:
        base: the folder from which they were looked for.
        passed_over: why files below a folder are not read → their names, seen from the folder.
    """

    base: Path
    files: tuple[Path, ...]
    passed_over: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def pieces(self) -> tuple[FilePiece, ...]:
        """The files with their formats.

        Raises:
            DataError: where a file's name does not tell its format.
        """
        return tuple(
            FilePiece(path=file, kind=kind_of(file), label=label_of(file, self.base))
            for file in self.files
        )


def files_of(path: str | Path) -> tuple[Path, ...]:
    """The files that a path, glob or folder names, sorted.

    Raises:
        DataError: where there is none, or one that was asked for by name is empty.
    """
    return list_files(path).files


def list_files(path: str | Path) -> Listing:
    """The files that a path, glob or folder names, and those of the folder that are not read.

    Of a folder these are all data files at any depth; hidden files and folders (`.x`, `_x`), empty
    files, and files of other formats are passed over.

    Raises:
        DataError: as `files_of`.
    """
    found = resolve_path(path)
    if found.is_dir():
        return _below(path, found)
    if found.is_file():
        listing = Listing(base=found.parent, files=(found,))
    elif has_magic(str(path)):
        listing = _matching(path, found)
    else:
        raise DataError(f"no file {path}, expected a data file", remedy=_neighbours(found))
    for file in listing.files:
        if file.stat().st_size == 0:
            raise DataError(
                f"{file} is empty (0 bytes), expected a table",
                remedy="check the export that made it",
            )
    return listing


def kind_of(file: Path) -> Kind:
    """The format that a file's name tells.

    Raises:
        DataError: where it tells none.
    """
    kind = _kind(file)
    if kind is None:
        raise DataError(
            f"{file} has the unknown suffix {file.suffix or 'none'}, expected one of "
            f"{', '.join(SUFFIXES)}",
            remedy=_remedy((file,)) or "rename the file after its format, or convert it",
        )
    return kind


def label_of(file: Path, base: Path) -> str:
    """The file as it may be printed: seen from the project, or from the folder named."""
    try:
        return file.resolve().relative_to(project_root()).as_posix()
    except (ProjectError, ValueError):
        inner = file.relative_to(base) if file.is_relative_to(base) else Path(file.name)
    return inner.as_posix() if len(inner.parts) == 1 else (base.name / inner).as_posix()


def _kind(file: Path) -> Kind | None:
    name = file.name.lower()
    return next((SUFFIXES[s] for s in sorted(SUFFIXES, key=len)[::-1] if name.endswith(s)), None)


def _matching(path: str | Path, found: Path) -> Listing:
    matches = sorted(glob(str(found), recursive=True))  # noqa: PTH207  the pattern may be absolute
    files = tuple(file for match in matches if (file := Path(match)).is_file())
    base = found
    while has_magic(str(base)):
        base = base.parent
    if not files:
        raise DataError(
            f"no file matches {path}", remedy=f"looked in {found.parent}; check the pattern"
        )
    return Listing(base=base, files=files)


def _below(path: str | Path, folder: Path) -> Listing:
    files: list[Path] = []
    passed: dict[str, list[str]] = {}
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        inner = file.relative_to(folder)
        if any(part.startswith((".", "_")) for part in inner.parts):
            reason = "hidden"
        elif _kind(file) is None:
            reason = "no format that is read"
        elif file.stat().st_size == 0:
            reason = "empty"
        else:
            files.append(file)
            continue
        passed.setdefault(reason, []).append(inner.as_posix())
    if not files:
        others = sum(len(names) for names in passed.values())
        raise DataError(
            f"the folder {path} holds no data file ({others} others), expected "
            f"{', '.join(SUFFIXES)}",
            remedy=_remedy(Path(name) for names in passed.values() for name in names)
            or f"name the folder that holds the export, or a pattern such as {path}/*.parquet",
        )
    return Listing(
        base=folder,
        files=tuple(files),
        passed_over={reason: tuple(names) for reason, names in passed.items()},
    )


def _remedy(files: Iterable[Path]) -> str:
    """What to do about files that could be read in another form; nothing where there are none."""
    names = [file.name.lower() for file in files]
    if any(name.endswith(_SHEETS) for name in names):
        return "save the sheet as CSV, and name that file"
    packed = any(name.endswith((*_ARCHIVES, ".tar.gz", ".tar.zst")) for name in names)
    return "unpack it, and name a file in it or its folder" if packed else ""


def _neighbours(missing: Path) -> str:
    if not missing.parent.is_dir():
        return f"there is no folder {missing.parent} either"
    names = (file.name for file in missing.parent.iterdir())
    data = [name for name in names if name.lower().endswith(tuple(SUFFIXES))]
    if not data:
        return "there is none of data beside it either"
    return f"in {missing.parent}: {nearest(missing.name, data)}"

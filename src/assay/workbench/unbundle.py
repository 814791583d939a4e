"""Unpacks a bundle that somebody sent: only what it lists, only where it belongs, only so much."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

from assay.core.errors import DataError, ProjectError
from assay.core.project import SETTINGS_FILE
from assay.workbench.bundle import BUNDLE_FILE, FORMAT, VERSION_FOLDER
from assay.workbench.layout import MANIFEST_FILE, NOTEBOOK_FILE, RESULT_FILE

MOST_FILES: Final = 20_000
MOST_BYTES: Final = 8_000_000_000
"""Unpacked; a bundle that is larger is refused before a byte of it is written."""
MOST_ABOUT: Final = 20_000_000
_PIECE: Final = 1 << 20
_NEEDED: Final = (MANIFEST_FILE, RESULT_FILE, NOTEBOOK_FILE)

Json = dict[str, Any]


def unpack(file: Path, folder: Path) -> Json:
    """Unpacks into an empty folder what `bundle.json` lists, and says what that is about.

    Raises:
        DataError: where the archive is damaged, is no bundle, holds a name that leads outside, a
            link or anything that is not listed, or is larger than it says.
        ProjectError: where the file cannot be read.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            about = _about(archive, file)
            for entry in _checked(archive, about, file):
                if entry.filename != BUNDLE_FILE:
                    _extract(archive, entry, folder, about["files"][entry.filename], file)
        (folder / BUNDLE_FILE).write_text(json.dumps(about), encoding="utf-8")
    except FileNotFoundError:
        raise ProjectError(f"there is no file {file}") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _damaged(file, str(error)) from None
    return about


def read_about(folder: Path) -> Json:
    """What an unpacked bundle says of itself; its files are not looked at.

    Raises:
        DataError: where it is none.
    """
    try:
        return _understood((folder / BUNDLE_FILE).read_bytes(), folder)
    except OSError as error:
        raise DataError(f"{folder} is no unpacked bundle: {error.strerror}") from None


def _about(archive: zipfile.ZipFile, file: Path) -> Json:
    try:
        entry = archive.getinfo(BUNDLE_FILE)
    except KeyError:
        raise DataError(
            f"{file} is no bundle: it has no {BUNDLE_FILE}", remedy="make one with assay bundle"
        ) from None
    with archive.open(entry) as source:
        content = source.read(MOST_ABOUT + 1)
    if len(content) > MOST_ABOUT:
        raise _damaged(file, f"{BUNDLE_FILE} is too large")
    return _understood(content, file)


def _understood(content: bytes, place: Path) -> Json:
    try:
        about = json.loads(content)
    except ValueError as error:
        raise _damaged(place, str(error)) from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        found = about.get("format") if isinstance(about, dict) else None
        raise DataError(
            f"{place} is a bundle of format {found!r}, expected {FORMAT}",
            remedy="use the Assay that made it",
        )
    files, parameters = about.get("files"), about.get("parameters")
    good = isinstance(files, dict) and all(
        isinstance(told, dict) and {"sha256", "bytes"} <= told.keys() for told in files.values()
    )
    needed = {SETTINGS_FILE, *(f"{VERSION_FOLDER}/{about.get('version')}/{n}" for n in _NEEDED)}
    if not good or not isinstance(parameters, dict) or not needed <= set(files or ()):
        raise _damaged(place, "it lacks what a bundle needs")
    return about


def _checked(archive: zipfile.ZipFile, about: Json, file: Path) -> list[zipfile.ZipInfo]:
    """All entries, none of which is anything but a listed file in its place."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_FILES:
        raise _damaged(file, f"{len(entries)} files, at most {MOST_FILES} are unpacked")
    for entry in entries:
        if not _is_inside(entry.filename):
            raise _damaged(file, f"{entry.filename!r} leads outside the archive")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.is_dir() or kind not in {0, stat.S_IFREG}:
            raise _damaged(file, f"{entry.filename!r} is no plain file")
    if sorted(names) != sorted({*about["files"], BUNDLE_FILE}):
        raise _damaged(file, "it holds other files than it lists")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise _damaged(file, f"more than {MOST_BYTES / 1e9:g} GB unpacked")
    return entries


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and not PurePosixPath(name).is_absolute()
        and not PureWindowsPath(name).drive
        and ".." not in parts
        and "\\" not in name
        and PurePosixPath(name).as_posix() == name
    )


def _extract(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, told: Json, file: Path
) -> None:
    path = folder / entry.filename
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    found, size = hashlib.sha256(), 0
    with archive.open(entry) as source, path.open("xb") as into:
        path.chmod(0o600)
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > told["bytes"]:
                raise _damaged(file, f"{entry.filename} is larger than it says")
            found.update(piece)
            into.write(piece)
    if found.hexdigest() != told["sha256"]:
        raise _damaged(file, f"{entry.filename} is not what was packed")


def _damaged(file: Path, why: str) -> DataError:
    return DataError(f"{file} cannot be unpacked: {why}", remedy="ask for the bundle again")

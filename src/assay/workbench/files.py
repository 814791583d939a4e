"""Files that are there in full or not at all, whatever stops the process that writes them."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from assay.core.errors import AssayError, ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

STAGING: Final = ".staging-"
"""Begins the name of every file and folder that is still being written."""


def write_atomically(path: Path, content: bytes | str) -> None:
    """Replaces the file at once: a reader sees the old content or the new, never half of it.

    Raises:
        ProjectError: where the disk is full or the folder cannot be written.
    """
    write_together(path.parent, {path.name: content})


def write_together(folder: Path, contents: Mapping[str, bytes | str]) -> None:
    """Replaces files that belong together: all are safely on the disk before the first is replaced.

    Raises:
        ProjectError: where the disk is full or the folder cannot be written; all is as it was.
    """
    staged = {folder / name: staging_beside(folder / name) for name in contents}
    with writing(folder / next(iter(contents), "")):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for path, beside in staged.items():
                content = contents[path.name]
                with beside.open("wb") as file:
                    file.write(content.encode() if isinstance(content, str) else content)
                    file.flush()
                    os.fsync(file.fileno())
            for path, beside in staged.items():
                beside.replace(path)
            sync(folder)
        finally:
            for beside in staged.values():
                with suppress(OSError):
                    beside.unlink(missing_ok=True)


def replace_file(path: Path, content: str) -> None:
    """Replaces the file at once, without waiting for the disk: for what is worth little after a
    power cut, and is written often.

    Raises:
        ProjectError: where the disk is full or the folder cannot be written.
    """
    staged = staging_beside(path)
    with writing(path):
        try:
            staged.write_text(content, encoding="utf-8")
            staged.replace(path)
        finally:
            with suppress(OSError):
                staged.unlink(missing_ok=True)


def json_text(value: object) -> str:
    """JSON as we keep it: readable, in the order given, without NaN or infinity."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file that the workbench wrote.

    Raises:
        ProjectError: where the file cannot be read or holds something else.
    """
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise ProjectError(f"{path} holds a {type(value).__name__}, expected an object")
    return value


def move_folder(staged: Path, folder: Path) -> None:
    """Makes a complete folder visible in one step, its content safely on the disk before.

    Both must lie on the same file system; `folder` must not exist.
    """
    with writing(folder):
        for path in staged.rglob("*"):
            if path.is_file():
                sync(path)
        sync(staged)
        staged.rename(folder)
        sync(folder.parent)


def staging_beside(path: Path) -> Path:
    """A name in the same folder (so on the same file system) that no reader takes for a result."""
    return path.with_name(f"{STAGING}{os.getpid()}-{uuid4().hex[:8]}-{path.name}")


def sweep(folder: Path, beginning: str = STAGING) -> None:
    """Removes what processes that are no more left in a folder; names tell it: `<beginning>PID-…`.

    Other processes may sweep the same folder, and make and remove things in it, meanwhile.
    """
    for path in sorted(folder.glob(f"{beginning}*")):
        process = path.name.removeprefix(beginning).partition("-")[0]
        if not process.isdigit() or is_alive(int(process)):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def is_alive(process: int) -> bool:
    """Whether a process of that number runs on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sync(path: Path) -> None:
    """Waits until a file's content or a folder's entries are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turns a failure of the file system into an error that names the place and a remedy."""
    try:
        yield
    except OSError as error:
        raise write_error(place, error) from error


def write_error(place: Path, error: OSError) -> AssayError:
    """What to tell when `place` cannot be written."""
    return ProjectError(
        f"cannot write {place}: {error.strerror or error}",
        remedy="free some space, or mend the folder's permissions; what was there before is intact",
    )

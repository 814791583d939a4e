"""Files of the store: private to their owner, and on the disk before anything names them."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import polars as pl

from assay.core.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
PASSING: Final = ".passing-"
"""Begins the name of what a writer leaves behind only when it is killed."""


@contextmanager
def storing(place: Path) -> Iterator[None]:
    """Turns a failure to write into an error that names the place and a remedy.

    Raises:
        ProjectError: where the disk is full or the folder cannot be written.
    """
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        if isinstance(error, pl.exceptions.PolarsError) and not _of_the_disk(error):
            raise
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ProjectError(
            f"cannot write {place}: {told}",
            remedy="free some space, or mend the folder's permissions; the store is as it was",
        ) from error


def private_folder(path: Path) -> None:
    """Makes a folder, and those above it that are missing, for its owner alone."""
    if path.is_dir():
        return
    private_folder(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=FOLDER_MODE)


def private_file(path: Path) -> None:
    """Makes an empty file for its owner alone; its folder is made where it is missing."""
    private_folder(path.parent)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))


def write_file(path: Path, content: bytes) -> None:
    """Replaces a file at once: a reader sees the old content or the new, also after a crash."""
    beside = path.with_name(f"{PASSING}{uuid4().hex}")
    try:
        private_file(beside)
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Waits until a file's content or a folder's entries are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folders(files: Iterable[Path], root: Path) -> None:
    """Puts the entries of the folders of these files, and of those up to `root`, on the disk."""
    folders = {root}
    for file in files:
        folder = file.parent
        while folder not in folders:
            folders.add(folder)
            folder = folder.parent
    for folder in folders:
        sync(folder)


def remove(path: Path) -> None:
    """Removes a file that nothing names any more, and its folder where that is empty then."""
    remove_file(path)
    with suppress(OSError):
        path.parent.rmdir()


def remove_file(path: Path) -> None:
    """Removes a file that nothing names any more."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def too_open(path: Path, mode: int) -> bool:
    """Whether others than the owner may read or write a file or folder."""
    return bool(stat.S_IMODE(path.stat().st_mode) & ~mode)


def _of_the_disk(error: Exception) -> bool:
    text = str(error)
    numbers = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS, errno.EIO)
    return any(f"os error {number}" in text for number in numbers)

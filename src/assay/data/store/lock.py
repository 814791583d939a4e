"""One writer at a time; readers need no lock."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from assay.core.errors import ProjectError
from assay.data.store.disk import FILE_MODE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK: Final = "writer.lock"


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Holds the store for writing; the system lets go of it however the process ends.

    Raises:
        ProjectError: where another process, which is named, holds it, or the folder is read-only.
    """
    path = folder / LOCK
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    except OSError as error:
        raise ProjectError(
            f"cannot write {path}: {error.strerror}",
            remedy="mend the permissions of the store's folder",
        ) from error
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ProjectError(
                f"another import holds {folder} ({_holder(file.read())})",
                remedy="wait until it has ended, then try again",
            ) from None
        file.truncate(0)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(json.dumps({"process": os.getpid(), "since": since}))
        file.flush()
        yield


def _holder(text: str) -> str:
    try:
        held = json.loads(text)
        return f"process {held['process']} since {held['since']}"
    except (ValueError, TypeError, KeyError):
        return "a process that has just begun"

"""One publisher at a time in a project."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from assay.core.errors import ProjectError
from assay.workbench.files import writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.project import Project

LOCK_FILE: Final = "publish.lock"


class BusyError(ProjectError):
    """Another process is publishing; it will have ended some time."""


@contextmanager
def publishing(project: Project) -> Iterator[None]:
    """Holds the project's lock; the system lets go of it however the process ends.

    Raises:
        BusyError: where another process is publishing.
    """
    with writing(project.state):
        project.state.mkdir(parents=True, exist_ok=True)
        file = (project.state / LOCK_FILE).open("a+", encoding="utf-8")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BusyError(
                f"this project is being published by another process ({file.read().strip()})",
                remedy="wait until it has ended, then try again",
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        yield

"""Content hashes of files, remembered so that an unchanged big file is read only once."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from assay.core.errors import DataError, ProjectError
from assay.workbench.files import json_text, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

Found = TypeVar("Found")

_RACY_NS: Final = 2_000_000_000
"""A file that changed so shortly before it was hashed may change again within the same tick of
the file system's clock, so its hash is not remembered."""


class Digests:
    """SHA-256 by path; a remembered one counts only while size, times and inode are the same."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known: dict[str, list[int | str]] = _load(memory)
        self._changed = False
        self._found: dict[Hashable, Any] = {}

    def once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What `find` found when it was first asked for under this key; kept as long as this is.

        For what is dear to find and stays the same while one command looks at many reports.
        """
        if key not in self._found:
            self._found[key] = find()
        found: Found = self._found[key]
        return found

    def forget(self, key: Hashable) -> None:
        """What was found under this key is to be found again."""
        self._found.pop(key, None)

    def of(self, path: Path) -> str:
        """The file's hash.

        Raises:
            DataError: where the file cannot be read.
        """
        try:
            status = path.stat()
            mark = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
            known = self._known.get(str(path))
            if known is not None and known[:-1] == mark:
                return str(known[-1])
            begun = time.time_ns()
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}") from None
        if begun - max(status.st_mtime_ns, status.st_ctime_ns) > _RACY_NS:
            self._known[str(path)] = [*mark, digest]
            self._changed = True
        return digest

    def save(self) -> None:
        """Keeps what was learnt for the next time; where nothing can be kept, goes without."""
        if self._changed:
            with suppress(ProjectError):
                write_atomically(self._memory, json_text(self._known))
            self._changed = False


def hash_of(value: object) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    written = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(written.encode()).hexdigest()


def _load(memory: Path) -> dict[str, list[int | str]]:
    try:
        known = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {
        path: entry for path, entry in known.items() if isinstance(entry, list) and len(entry) == 5
    }

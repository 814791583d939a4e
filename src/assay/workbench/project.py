"""A project: its folder, its settings, and where its notebooks, parameters and pages lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from assay.core.project import expand_home, project_root
from assay.core.provenance import Fingerprint, only_files
from assay.core.sections import Limits
from assay.core.settings import Settings, read_settings

__all__ = ["Limits", "Project"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where things lie; every path is absolute.

    Attributes:
        store: the canonical tables; `audit`: what was done with them; `key`: of the pseudonyms.
        fingerprint: tells the state of sources that are no files (databases, the store, names).
        state: the workbench's own memory (locks, remembered hashes); safe to delete.
    """

    root: Path
    name: str
    notebooks: Path
    params: Path
    runs: Path
    published: Path
    sample: Path
    store: Path
    audit: Path
    key: Path
    state: Path
    limits: Limits
    settings: Settings
    fingerprint: Fingerprint = only_files

    @classmethod
    def at(cls, root: Path | None = None, *, fingerprint: Fingerprint = only_files) -> Self:
        """The project whose `assay.toml` lies at or above `root` (default: where one stands).

        Raises:
            ProjectError: where there is none, or it has a key or value that is not understood.
        """
        folder = project_root(root)
        settings = read_settings(folder)
        paths = {
            name: folder / expand_home(value) for name, value in settings.paths.model_dump().items()
        }
        return cls(
            root=folder,
            name=settings.project.name,
            state=folder / ".assay",
            limits=settings.limits,
            settings=settings,
            fingerprint=fingerprint,
            **paths,
        )

    def relative(self, path: Path) -> str:
        """The path as it may be printed and kept: seen from the project, never of this machine."""
        return Path(os.path.relpath(path, self.root)).as_posix()

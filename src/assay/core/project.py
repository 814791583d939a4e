"""The project's folder: the one that holds `assay.toml`, found upwards from where one stands."""

from __future__ import annotations

import os
from glob import iglob
from pathlib import Path
from typing import Final

from assay.core.errors import ProjectError

SETTINGS_FILE: Final = "assay.toml"
PROJECT_VARIABLE: Final = "ASSAY_PROJECT"


def project_root(start: Path | None = None) -> Path:
    """The nearest folder at or above `start` (default: where one stands) with `assay.toml`.

    `ASSAY_PROJECT` overrides the search.

    Raises:
        ProjectError: where there is none.
    """
    named = os.environ.get(PROJECT_VARIABLE)
    begin = Path(named) if named and start is None else (start or Path.cwd())
    for folder in (begin.resolve(), *begin.resolve().parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise ProjectError(
        f"no {SETTINGS_FILE} at or above {begin}, expected a project's folder",
        remedy=f"change into the project, or name it with --project or {PROJECT_VARIABLE}",
    )


def resolve_path(path: str | Path) -> Path:
    """An input's path: as given where it exists, otherwise seen from the project's folder.

    So `data/sample/x.parquet` means the same in a scheduled run and in JupyterLab, whose kernels
    stand in `notebooks/`. A glob exists where it matches a file.
    """
    given = expand_home(path)
    if given.is_absolute() or _exists(given):
        return given
    try:
        root = project_root()
    except ProjectError:
        return given
    return root / given if _exists(root / given) else given


def expand_home(path: str | Path) -> Path:
    """The path with `~` as the home folder; as given where no home is known."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  Path.expanduser raises without a home


def _exists(path: Path) -> bool:
    if path.exists():
        return True
    return any(True for _ in iglob(str(path), recursive=True))  # noqa: PTH207  also absolute globs

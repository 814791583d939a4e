"""Whether the index still says what is on the shelves, told without reading what lies there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assay import __version__
from assay.core.errors import AssayError
from assay.workbench.catalogue import reports
from assay.workbench.files import json_text, write_atomically
from assay.workbench.layout import FEED_FILE, INDEX_FILE, SCHEDULES_FILE
from assay.workbench.presentation import THEME
from assay.workbench.sets import sets_of
from assay.workbench.versions import shelves

if TYPE_CHECKING:
    from pathlib import Path

    from assay.workbench.project import Project


def index_is_fresh(project: Project) -> bool:
    """Whether nothing was published, failed, mended, added or taken away since it was written."""
    if not all((project.published / name).exists() for name in (INDEX_FILE, FEED_FILE)):
        return False
    try:
        noted = json.loads(_note(project).read_bytes())
    except (OSError, ValueError):
        return False
    return bool(noted == _seen(project))


def note_index(project: Project) -> None:
    """Remembers what the index was just written from."""
    write_atomically(_note(project), json_text(_seen(project)))


def _note(project: Project) -> Path:
    return project.state / "index.json"


def _seen(project: Project) -> dict[str, Any]:
    """Folders' times change with every file that is put in or taken out."""
    schedules = project.params / SCHEDULES_FILE
    return {
        "assay": __version__,
        "project": project.name,
        "theme": [
            [path.name, path.stat().st_mtime_ns]
            for path in sorted((project.root / THEME).glob("*"))
        ],
        "schedules": schedules.stat().st_mtime_ns if schedules.exists() else None,
        "publishing": project.settings.publishing.model_dump(),
        "wanted": [[report.name, _sets(project, report.name)] for report in reports(project)],
        "shelves": [
            [project.relative(folder), folder.stat().st_mtime_ns] for folder in shelves(project)
        ],
    }


def _sets(project: Project, report: str) -> list[str] | None:
    try:
        return list(sets_of(project, report))
    except AssayError:
        return None

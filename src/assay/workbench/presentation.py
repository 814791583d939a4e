"""What decides how a page looks, besides the run: the code that renders it, theme and settings.

It is no part of a run's key: where only the look has changed, the newest version's executed
notebook is rendered again, without a kernel, and what it says stays to the last digit.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from assay.workbench.digests import hash_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from assay.workbench.notebook import Notebook
    from assay.workbench.project import Project

THEME: Final = "reports/theme"
FIELD: Final = "presentation"
"""Of the manifest."""
_INCLUDE: Final = re.compile(r"\{\{<\s+include\s+(\S+)\s+>\}\}")
_PICTURE: Final = re.compile(
    r"!\[[^\]]*\]\(([^)\s:]+)|<img\b[^>]*?\bsrc\s*=\s*[\"']?([^\"'\s>:]+)", re.IGNORECASE
)
_LONGEST: Final = 1_000


def presentation_of(report: str, notebook: Notebook, project: Project) -> str:
    """A hash: two versions of one run with the same one are the same page."""
    style = project.settings.report
    theme = project.root / THEME
    beside = sorted({path for path in _beside(notebook, project) if _within(path, project.root)})
    return hash_of(
        [
            _code(),
            [style.code, style.max_marks, style.max_mb, report in style.trusted],
            [(path.name, _hash(path)) for path in sorted(theme.glob("*")) if path.is_file()],
            [(path.name, _hash(path)) for path in beside],
        ]
    )


def _beside(notebook: Notebook, project: Project) -> Iterator[Path]:
    """Bibliographies, included texts and pictures."""
    folder = notebook.path.parent
    if not folder.is_relative_to(project.root):
        return
    for cell in notebook.cells:
        if cell.kind == "markdown":
            yield from (folder / name for name in _INCLUDE.findall(cell.source))
            pictures = (a or b for a, b in _PICTURE.findall(cell.source))
            yield from (folder / unquote(name) for name in pictures if len(name) < _LONGEST)
    named = notebook.front_matter.get("bibliography", [])
    yield from (folder / str(name) for name in (named if isinstance(named, list) else [named]))


def _within(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root.resolve()) and path.is_file()
    except (OSError, ValueError):
        return False


@cache
def _code() -> str:
    """Of everything under `render/`."""
    return hash_of(sorted(_files(files("assay.workbench").joinpath("render"))))


def _files(folder: Traversable) -> Iterator[tuple[str, str]]:
    for each in folder.iterdir():
        if each.is_dir() and each.name != "__pycache__":
            yield from _files(each)
        elif each.is_file():
            yield each.name, hash_of(each.read_bytes().hex())


def _hash(path: Path) -> str:
    return hash_of(path.read_bytes().hex())

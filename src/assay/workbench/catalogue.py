"""The reports of a project: its numbered notebooks, by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.errors import ProjectError, nearest
from assay.workbench.notebook import Notebook

if TYPE_CHECKING:
    from assay.workbench.project import Project

_NUMBERED = re.compile(r"(\d+)-([A-Za-z0-9][A-Za-z0-9_-]*)\.ipynb")


@dataclass(frozen=True, slots=True, order=True)
class Report:
    """A notebook `NN-name.ipynb`; the number orders the list, the name is what people type."""

    number: int
    name: str
    path: Path

    def notebook(self) -> Notebook:
        """What is written in it.

        Raises:
            NotebookError: where the file is not a notebook.
        """
        return Notebook.read(self.path)


def reports(project: Project) -> tuple[Report, ...]:
    """All reports in the order of their numbers.

    Raises:
        ProjectError: where the folder is missing, or two notebooks share a name.
    """
    if not project.notebooks.is_dir():
        raise ProjectError(
            f"the folder {project.relative(project.notebooks)} is missing, expected notebooks in it"
        )
    found: dict[str, Report] = {}
    for path in sorted(project.notebooks.iterdir()):
        match = _NUMBERED.fullmatch(path.name)
        if match is None:
            continue
        report = Report(number=int(match[1]), name=match[2], path=path)
        if report.name in found:
            raise ProjectError(
                f"{found[report.name].path.name} and {path.name} are both called {report.name!r}",
                remedy="rename one of them",
            )
        found[report.name] = report
    return tuple(sorted(found.values()))


def find_report(project: Project, name: str) -> Report:
    """The report of that name.

    Raises:
        ProjectError: where there is none; the nearest name is offered.
    """
    known = {report.name: report for report in reports(project)}
    if name not in known:
        unnumbered = project.notebooks / f"{Path(name).stem}.ipynb"
        if unnumbered.is_file() and _NUMBERED.fullmatch(unnumbered.name) is None:
            raise ProjectError(
                f"{project.relative(unnumbered)} is no report: reports are numbered notebooks",
                remedy=f"rename it to 10-{unnumbered.name}, or another number that is free",
            )
        raise ProjectError(f"there is no report {name!r}", remedy=nearest(name, known))
    return known[name]


def title_of(report: Report) -> str:
    """The notebook's first heading; without one, its name made readable.

    Raises:
        NotebookError: where the file is not a notebook.
    """
    return report.notebook().title or readable(report.name)


def readable(name: str) -> str:
    """A report's name as a title."""
    return name.replace("-", " ").replace("_", " ").capitalize()

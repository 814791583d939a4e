"""The notebook that somebody works in: where it lies, whether it is saved, what became of it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from assay.app.added_sets import add_set
from assay.core.errors import NotebookError, ParameterError, ProjectError
from assay.core.project import project_root
from assay.workbench.catalogue import reports
from assay.workbench.layout import PAGE_FILE
from assay.workbench.notebook import Notebook, belongs_to_a_run
from assay.workbench.parameters import Form
from assay.workbench.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from IPython.core.interactiveshell import InteractiveShell

JUPYTER: Final = "JPY_SESSION_NAME"
VISUAL_STUDIO: Final = "__vsc_ipynb_file__"
_MAGIC: Final = re.compile(r"^\s*%publish\b", re.MULTILINE)
_EXCERPT: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What became of one set: in words, and as a link to its page."""

    set_name: str
    state: str
    text: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookAtHand:
    """A notebook file in its project."""

    path: Path
    project: Project

    @classmethod
    def at(cls, path: Path) -> Self:
        """The notebook of that file.

        Raises:
            NotebookError: where it is not there.
        """
        if not path.is_file():
            raise NotebookError(
                f"there is no notebook {path}",
                remedy="save it; where it was renamed, restart the kernel or name it: "
                "%publish PATH",
            )
        return cls(path=path.resolve(), project=Project.at(project_root(path.resolve().parent)))

    @property
    def report(self) -> str:
        """The name of the report that it is, "" where it is none."""
        known = {report.path.resolve(): report.name for report in reports(self.project)}
        return known.get(self.path, "")

    @property
    def saved_at(self) -> str:
        """When the file was written, by the clock on the wall."""
        return f"{datetime.fromtimestamp(self.path.stat().st_mtime).astimezone():%H:%M:%S}"

    def insist_on_a_report(self) -> None:
        """Refuses what is not to be published.

        Raises:
            ProjectError: for free notebooks, and those without a number.
        """
        if self.report:
            return
        folder = self.project.relative(self.project.notebooks)
        shown = self.project.relative(self.path)
        name = re.sub(r"[^a-z0-9]+", "-", self.path.stem.lower()).strip("-0123456789")
        why = "has no number" if self.path.parent == self.project.notebooks else "is free"
        raise ProjectError(
            f"{shown} is never published: it {why}, and reports are the numbered notebooks of "
            f"{folder}/",
            remedy=f"make it one: move it to {folder}/30-{name or 'my-report'}.ipynb",
        )

    def insist_on_cells_of_their_own(self) -> None:
        """Refuses where a run would meet %publish.

        Raises:
            NotebookError: where it stands beside other code.
        """
        for cell in Notebook.read(self.path).cells:
            if cell.is_code and _MAGIC.search(cell.source):
                raise NotebookError(
                    f"cell {cell.number} holds %publish beside other code",
                    remedy="give %publish a cell of its own: such cells are left out of the report",
                )

    def insist_on_saved(self, ran: Mapping[str, str]) -> None:
        """Refuses where cells were run that the file does not hold.

        Raises:
            NotebookError: where one is not there as it was run.
        """
        notebook = Notebook.read(self.path)
        saved = {cell.source.strip() for cell in notebook.cells}
        for source in ran.values():
            if source.strip() in saved or not belongs_to_a_run(source, ()) or not source.strip():
                continue
            line = source.strip().splitlines()[0]
            raise NotebookError(
                f"{self.path.name} is not saved: a cell that you ran is not in the file: "
                f"{line[:_EXCERPT]}",
                remedy="save it (Ctrl-S) and publish again; where that cell is gone for good, "
                "publish what is saved: %publish --as-saved",
            )

    def with_set(self, name: str | None, assignments: Sequence[str]) -> str:
        """Adds a named set with the values given, and says so; "" where there was nothing to add.

        What is published must be found again, so values without a name are refused.

        Raises:
            ParameterError: where values have no name, or do not fit.
        """
        if not assignments:
            return ""
        if name is None:
            raise ParameterError(
                "values need the name of a set to be published under",
                remedy=f"for example %publish --set trial -p {' -p '.join(assignments)}",
            )
        form = Form.of(Notebook.read(self.path), report=self.report)
        values = form.parse(assignments)
        form.resolve(values)
        file = add_set(self.project, self.report, name, values)
        return f"The set {name} was added to {self.project.relative(file)}." if file else ""

    def outcomes(self, ended: Sequence[Mapping[str, Any]]) -> tuple[Shown, ...]:
        """How each set ended, from the events of the command line."""
        return tuple(self._shown(event) for event in ended)

    def _shown(self, outcome: Mapping[str, Any]) -> Shown:
        name, state = outcome["set"], outcome["event"].removeprefix("item-")
        if not outcome["version"]:
            why = str(outcome["error"] or "")
            return Shown(
                set_name=name, state=state, text=f"{state}  {name}: {why}", link=escape(why)
            )
        page = self.project.published / self.report / name / outcome["version"] / PAGE_FILE
        shown = self.project.relative(page)
        address = f"/files/{shown}" if JUPYTER in os.environ else page.as_uri()
        link = f'<a href="{escape(address)}" target="_blank" rel="noopener">{escape(shown)}</a>'
        return Shown(set_name=name, state=state, text=f"{state}  {name}: {page}", link=link)


def find_notebook(shell: InteractiveShell, named: str | None) -> NotebookAtHand:
    """The notebook that was named, or the one in which one stands.

    Raises:
        NotebookError: where nothing tells which that is.
    """
    told = named or shell.user_ns.get(VISUAL_STUDIO) or os.environ.get(JUPYTER)
    if not told or not str(told).endswith(".ipynb"):
        raise NotebookError(
            "nothing here tells which notebook this is",
            remedy="name it: %publish notebooks/30-my-report.ipynb",
        )
    return NotebookAtHand.at(Path(str(told)))

"""The language that a report is written in: its front matter's, or else the project's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.language import is_tag

if TYPE_CHECKING:
    from assay.workbench.notebook import Notebook
    from assay.workbench.project import Project


def language_of(notebook: Notebook, project: Project) -> str:
    """A language's tag; what is wrong with a front matter is told when the page is made."""
    lang = notebook.front_matter.get("lang")
    return lang if isinstance(lang, str) and is_tag(lang) else project.settings.report.lang

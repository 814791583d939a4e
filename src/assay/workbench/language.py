"""The language that a report is written in: its front matter's, or else the project's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from assay.core.language import is_tag

if TYPE_CHECKING:
    from assay.workbench.notebook import Notebook
    from assay.workbench.project import Project


def language_of(notebook: Notebook, project: Project) -> str:
    """A language's tag; what is wrong with a front matter is told when the page is made."""
    first = next(iter(notebook.cells), None)
    text = first.source.strip() if first is not None and first.kind == "raw" else ""
    if text.startswith("---"):
        try:
            found = yaml.safe_load(text.strip("-"))
        except yaml.YAMLError:
            found = None
        lang = found.get("lang") if isinstance(found, dict) else None
        if isinstance(lang, str) and is_tag(lang):
            return lang
    return project.settings.report.lang

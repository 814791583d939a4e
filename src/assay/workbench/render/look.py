"""What a project says of its pages: language, code, theme and sizes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from assay.workbench.render.theme import Theme

if TYPE_CHECKING:
    from assay.workbench.project import Project

Showing = Literal["hide", "fold", "show"]
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the pages of a project are written; a notebook's front matter wins.

    Attributes:
        lang: a language's tag.
        code: whether code cells are shown.
        max_marks: of one chart, from where on it is warned of.
        max_bytes: of a page and its paper together.
        root: the project's folder, in which bibliographies are looked for.
    """

    lang: str = "en"
    code: Showing = "hide"
    max_marks: int = 5_000
    max_bytes: int = 8 * MEGABYTE
    theme: Theme = field(default_factory=Theme)
    root: Path | None = None

    @classmethod
    def of(cls, project: Project) -> Self:
        """From `[report]` in `assay.toml` and `reports/theme/`.

        Raises:
            ProjectError: where the theme cannot be used.
        """
        style = project.settings.report
        return cls(
            lang=style.lang,
            code=style.code,
            max_marks=style.max_marks,
            max_bytes=int(style.max_mb * MEGABYTE),
            theme=Theme.read(project.root),
            root=project.root,
        )

"""`{{< include FILE.md >}}`: markdown of the project, put in its place before anything else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assay.core.errors import RenderError
from assay.workbench.render.escape import printable

LINE: Final = re.compile(
    r"^\{\{<[ \t]+include[ \t]+(?P<name>[^\s>]+)[ \t]+>\}\}[ \t]*$", re.MULTILINE
)
ENDINGS: Final = (".md", ".qmd", ".markdown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """Puts files in the place of their lines; they hold no includes of their own."""

    root: Path | None
    folder: str

    def __call__(self, text: str, place: str) -> str:
        """The text with its files.

        Raises:
            RenderError: where a file is not there, or lies outside of the project.
        """

        def content(match: re.Match[str]) -> str:
            line = text[: match.start()].count("\n") + 1
            return self._read(match["name"], f"{place}, line {line}")

        return LINE.sub(content, text)

    def _read(self, name: str, place: str) -> str:
        base = (self.root or Path()).resolve()
        path = (base / self.folder / name).resolve()
        if self.root is None or not path.is_relative_to(base) or path.suffix not in ENDINGS:
            raise RenderError(
                f"{place}: include of {name!r}, expected markdown inside the project",
                remedy=f"name a file that ends in {' or '.join(ENDINGS)}",
            )
        try:
            return printable(path.read_text(encoding="utf-8")).strip("\n")
        except (OSError, UnicodeDecodeError):
            raise RenderError(
                f"{place}: include of {name!r}, which cannot be read",
                remedy=f"it is looked for beside the notebook, in {self.folder}/",
            ) from None

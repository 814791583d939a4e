"""A notebook as it is written: cells, tags and headings, read without starting anything."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import yaml

from assay.core.errors import NotebookError

if TYPE_CHECKING:
    from collections.abc import Iterable

PARAMETERS: Final = "parameters"
INJECTED: Final = "injected-parameters"
ALERTS: Final = "assay-alerts"
LEFT_BY_A_RUN: Final = frozenset({INJECTED, ALERTS, "papermill-error-cell-tag"})
"""Tags of cells that an earlier run put in; they are no part of the source."""

_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_MAGIC_LINE = re.compile(r"^([ \t]*)[%!?].*$|^([ \t]*)([\w, ]+)=[ \t]*[%!].*$", re.MULTILINE)
_FOR_THE_LAB = re.compile(
    r"%(publish|params|assay|(re)?load_ext[ \t]+(assay|autoreload)|autoreload)\b"
)
_PYTHON_CELL_MAGICS: Final = ("%%time", "%%timeit", "%%capture", "%%prun")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; `number` counts all cells from 1, as a reader does."""

    number: int
    kind: str
    source: str
    tags: tuple[str, ...]

    @property
    def is_code(self) -> bool:
        """Whether a kernel has to run it: an empty code cell is passed over."""
        return self.kind == "code" and bool(self.source.strip())

    @property
    def python(self) -> str:
        """The source as plain Python: IPython's magics and shell lines become `pass`."""
        if _parses(self.source):
            return self.source
        head, _, rest = self.source.lstrip().partition("\n")
        if head.startswith("%%"):
            if not head.startswith(_PYTHON_CELL_MAGICS):
                return ""
            return _without_magics("\n" + rest)
        return _without_magics(self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """The cells of a notebook file and the kernel that it asks for.

    Attributes:
        raw: the file's content, so that what is hashed is also what is run.
        cells: as written; what an earlier run put in is left out.
    """

    path: Path
    raw: dict[str, Any] = field(repr=False, compare=False)
    cells: tuple[Cell, ...]
    kernel: str
    language: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads the file and checks its form.

        Raises:
            NotebookError: where the file is missing, torn, or not a notebook of format 4.
        """
        raw = _object(path)
        if raw.get("nbformat") != 4:
            raise NotebookError(
                f"{path.name} has nbformat {raw.get('nbformat')!r}, expected 4",
                remedy="open and save it in JupyterLab, or run: jupyter nbconvert --to notebook",
            )
        cells = raw.get("cells")
        if not isinstance(cells, list):
            raise NotebookError(f"{path.name} has no list of cells")
        metadata = raw.get("metadata", {})
        if not isinstance(metadata, dict):
            raise NotebookError(f"{path.name}: expected a table as metadata")
        spec = _dict(metadata.get("kernelspec"))
        language = _dict(metadata.get("language_info")).get("name") or spec.get("language")
        read = tuple(_cell(path, number, cell) for number, cell in enumerate(cells, start=1))
        return cls(
            path=path,
            raw=raw,
            cells=tuple(cell for cell in read if belongs_to_a_run(cell.source, cell.tags)),
            kernel=str(spec.get("name") or ""),
            language=str(language or "python").lower(),
        )

    @property
    def title(self) -> str | None:
        """The first heading, None where there is none."""
        return next((found for cell in self.cells for found in _headings(cell)), None)

    @property
    def front_matter(self) -> dict[str, Any]:
        """The YAML between `---` lines of a raw first cell; what cannot be read is left out.

        The page's own reader insists on what it may say, and tells what is wrong with it.
        """
        first = next(iter(self.cells), None)
        text = first.source.strip() if first is not None and first.kind == "raw" else ""
        if not (text.startswith("---") and text.endswith("---")):
            return {}
        try:
            return _dict(yaml.safe_load(text.strip("-")))
        except yaml.YAMLError:
            return {}

    @property
    def parameters(self) -> Cell | None:
        """The cell tagged `parameters`, None where there is none."""
        return next((cell for cell in self.cells if PARAMETERS in cell.tags), None)

    @property
    def hands_over(self) -> bool:
        """Whether the notebook promises a result: some cell calls `hand_over(`."""
        return any(
            re.search(r"\bhand_over\s*\(", cell.python) for cell in self.cells if cell.is_code
        )


def belongs_to_a_run(source: str, tags: Iterable[str]) -> bool:
    """Whether a cell is part of the report: neither left by a run nor for JupyterLab alone.

    A cell of nothing but `%load_ext assay`, `%publish` and the like is a tool of whoever works in
    the notebook; a report that ran it would publish itself.
    """
    lines = [line for line in map(str.strip, source.splitlines()) if line and line[0] != "#"]
    for_the_lab = bool(lines) and all(_FOR_THE_LAB.match(line) for line in lines)
    return not for_the_lab and not LEFT_BY_A_RUN & set(tags)


def section_of(cells: list[dict[str, Any]], index: int) -> str | None:
    """The heading under which cell `index` stands."""
    found = None
    for cell in cells[: index + 1]:
        if cell.get("cell_type") == "markdown":
            found = next(reversed(_headings_in(_text(cell.get("source")))), found)
    return found


def _object(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotebookError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NotebookError(f"{path.name} is not a notebook: not text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotebookError(
            f"{path.name} is not a notebook: {error.msg} at line {error.lineno}, "
            f"column {error.colno}",
            remedy=f"restore it, for example: git checkout -- {path.parent.name}/{path.name}",
        ) from None
    if not isinstance(raw, dict):
        raise NotebookError(f"{path.name} is not a notebook: a {type(raw).__name__} at the top")
    return raw


def _cell(path: Path, number: int, cell: object) -> Cell:
    if not isinstance(cell, dict) or "cell_type" not in cell or "source" not in cell:
        raise NotebookError(f"{path.name}, cell {number}: expected cell_type and source")
    metadata = cell.get("metadata", {})
    if not isinstance(metadata, dict):
        raise NotebookError(f"{path.name}, cell {number}: expected a table as metadata")
    tags = metadata.get("tags")
    return Cell(
        number=number,
        kind=str(cell["cell_type"]),
        source=_text(cell["source"]),
        tags=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
    )


def _text(source: object) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _headings(cell: Cell) -> list[str]:
    return _headings_in(cell.source) if cell.kind == "markdown" else []


def _headings_in(markdown: str) -> list[str]:
    return _HEADING.findall(_FENCE.sub("", markdown))


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


def _without_magics(source: str) -> str:
    return _MAGIC_LINE.sub(lambda found: f"{found[1] or found[2] or ''}pass", source)

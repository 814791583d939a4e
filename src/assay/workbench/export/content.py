"""What a version shows, read back from its notebook and its result: blocks with their names."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import nbformat

from assay.core.errors import AssayError, ProjectError
from assay.workbench.layout import NOTEBOOK_FILE
from assay.workbench.render.blocks import Block, Figure, Prose, Table
from assay.workbench.render.collect import collect
from assay.workbench.render.options import front_matter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.versions import Version

_ATTACHED: Final = re.compile(r"(!\[[^\]]*\]\()attachment:([^)\s]+)(\))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A block; `name` is what the page calls it ("Figure 1"), "" where it has no number."""

    block: Block
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One version, ready to be written in another form.

    Attributes:
        files: pictures that the author's text names, by name.
    """

    title: str
    subtitle: str
    brief: dict[str, Any]
    result: dict[str, Any]
    manifest: dict[str, Any]
    version: str
    shown: tuple[Shown, ...]
    files: dict[str, bytes]


def read_content(version: Version) -> Content:
    """Everything that the version's page shows, in order.

    Raises:
        ProjectError: where its notebook cannot be read as it was published.
    """
    path = version.folder / NOTEBOOK_FILE
    try:
        notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        front = front_matter(notebook.cells)
        placed = tuple(collect(notebook.cells))
    except (AssayError, OSError, ValueError) as error:
        raise ProjectError(
            f"{path} cannot be read as it was published: {error}",
            remedy="its html, pdf, json and ipynb can be exported as they are",
        ) from error
    files: dict[str, bytes] = {}
    blocks = [
        Prose(text=_with_files(each.block.text, notebook.cells, each.place, files))
        if isinstance(each.block, Prose)
        else each.block
        for each in placed
    ]
    brief = version.result.get("brief") or {}
    heading = front.title or _first_heading(blocks)
    if heading and not front.title:
        blocks = _without_first_heading(blocks)
    return Content(
        title=str(brief.get("title") or heading or version.manifest.get("report", "")),
        subtitle=str(brief.get("subtitle") or front.subtitle),
        brief=brief,
        result=version.result,
        manifest=version.manifest,
        version=version.id,
        shown=tuple(_named(blocks)),
        files=files,
    )


def _named(blocks: list[Block]) -> Iterator[Shown]:
    """Numbered as on the page: every figure, and tables that have a caption or a label."""
    figures = tables = 0
    for block in blocks:
        name = ""
        if isinstance(block, Figure):
            figures += 1
            name = f"Figure {figures}"
        elif isinstance(block, Table) and (block.caption or block.label):
            tables += 1
            name = f"Table {tables}"
        yield Shown(block=block, name=name)


_TITLE: Final = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*(?:\{#[^}]*\})?[ \t]*#*[ \t]*(?:\n|\Z)")


def _first_heading(blocks: list[Block]) -> str:
    first = next((block for block in blocks if isinstance(block, Prose)), None)
    found = _TITLE.match(first.text) if first else None
    return found[1] if found else ""


def _without_first_heading(blocks: list[Block]) -> list[Block]:
    index = next(i for i, block in enumerate(blocks) if isinstance(block, Prose))
    first = blocks[index]
    text = _TITLE.sub("", first.text, count=1).strip() if isinstance(first, Prose) else ""
    return [*blocks[:index], *([Prose(text=text)] if text else []), *blocks[index + 1 :]]


def _with_files(text: str, cells: list[Any], place: str, files: dict[str, bytes]) -> str:
    """The author's text with its pictures beside it instead of within the notebook."""
    number = int(place.rpartition(" ")[2])
    attachments = cells[number - 1].get("attachments", {})

    def taken(match: re.Match[str]) -> str:
        bundle = attachments.get(match[2])
        if not bundle:
            return match[0]
        _, data = next(iter(bundle.items()))
        name = f"cell-{number}-{re.sub(r'[^A-Za-z0-9._-]', '-', match[2]).lstrip('.')}"
        files[name] = base64.b64decode("".join(data))
        return f"{match[1]}{name}{match[3]}"

    return _ATTACHED.sub(taken, text)

"""Executed notebook → publication notebook of one format, which both renderers read alike.

Every cell of it is markdown: what the author wrote, checked; and what the notebook showed, as raw
blocks of the format. Code, execution metadata, random ids and paths of this machine are gone.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from assay.core.errors import RenderError
from assay.workbench.render import author
from assay.workbench.render.blocks import (
    Details,
    Figure,
    Listing,
    Markup,
    Note,
    Prose,
    Section,
    Table,
)
from assay.workbench.render.collect import Placed, collect
from assay.workbench.render.escape import Format
from assay.workbench.render.head import (
    DECISION,
    Head,
    HeadTile,
    head,
    provenance,
    tiles,
    version_name,
)
from assay.workbench.render.options import front_matter
from assay.workbench.render.outline import Entry, Outline
from assay.workbench.render.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any


_EXTENSION: Final = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A page before it is set.

    Attributes:
        notebook: markdown cells only; the body.
        files: pictures that the notebook names, by name.
        inserts: large parts of the page that the notebook only names.
        version: as printed (day and key).
        charts: whether anything is drawn live, so that the page needs the script for it.
        dark: how charts change their colours on a dark page.
    """

    language: Format
    notebook: NotebookNode
    head: Head
    nav: tuple[Entry, ...]
    report: str
    set_name: str
    version: str
    as_of: str
    lang: str
    charts: bool
    dark: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    inserts: Mapping[str, str] = field(default_factory=dict)


class Writer(Protocol):
    """How each block is written in one format; every method returns markdown."""

    files: dict[str, bytes]
    inserts: dict[str, str]

    def decision(self, decision: dict[str, Any]) -> str:
        """The card that says what to do."""

    def tiles(self, found: tuple[HeadTile, ...]) -> str:
        """At most four headline numbers."""

    def section(self, section: Section) -> str:
        """Heading (with its id) and lead."""

    def table(self, table: Table, name: str) -> str:
        """`name` is "Table 1", "" where it has no caption."""

    def note(self, note: Note) -> str:
        """A box."""

    def details(self, details: Details) -> str:
        """Folded, or an appendix."""

    def figure(self, figure: Figure, name: str) -> str:
        """`name` is "Figure 1"."""

    def listing(self, listing: Listing) -> str:
        """Printed text, or code."""

    def markup(self, markup: Markup) -> str:
        """What was HTML."""

    def image(self, alt: str, data: bytes, media: str) -> str:
        """Target of an image within the author's text."""


def prepare(page: Page, writer: Writer, language: Format) -> Publication:
    """The publication notebook of one format.

    Raises:
        RenderError: where something cannot be published; the message names the cell.
    """
    front = front_matter(page.notebook.cells)
    placed = tuple(collect(page.notebook.cells))
    has_brief = bool(page.result.get("brief"))
    outline = Outline.of(placed, titled=has_brief or bool(front.title))
    cells = [*_opening(page, writer), *_Body(page, outline, writer, language).write(placed)]
    nav = [Entry(label="Decision", id=DECISION), *outline.nav] if has_brief else outline.nav
    if (origin := provenance(page)) is not None:
        cells.append(writer.details(origin))
        nav = [*nav, Entry(label="Where it comes from", id=origin.id)]
    figures = [each.block for each in placed if isinstance(each.block, Figure)]
    return Publication(
        language=language,
        notebook=_notebook(cells),
        head=head(
            page,
            title=front.title or outline.title or page.report,
            subtitle=front.subtitle or front.description,
        ),
        nav=tuple(nav),
        report=page.report,
        set_name=page.set_name,
        version=version_name(page),
        as_of=page.as_of,
        lang=front.lang,
        charts=any(figure.spec is not None for figure in figures),
        dark={light: dark for figure in figures for light, dark in figure.dark.items()},
        files=dict(writer.files),
        inserts=dict(writer.inserts),
    )


def file_name(data: bytes, media: str) -> str:
    """A picture's name in the job's folder, from its content."""
    return f"{hashlib.sha256(data).hexdigest()[:16]}.{_EXTENSION[media]}"


def _opening(page: Page, writer: Writer) -> Iterator[str]:
    brief = page.result.get("brief") or {}
    if decision := brief.get("decision"):
        yield writer.decision(decision)
    if shown := tiles(page):
        yield writer.tiles(shown)


@dataclass(frozen=True, slots=True)
class _Body:
    page: Page
    outline: Outline
    writer: Writer
    language: Format

    def write(self, placed: Sequence[Placed]) -> Iterator[str]:
        for index, each in enumerate(placed):
            yield self._block(index, each)

    def _block(self, index: int, each: Placed) -> str:
        writer, outline = self.writer, self.outline
        match each.block:
            case Prose():
                written = self._prose(index, each.place)
            case Section() as section:
                written = writer.section(section.model_copy(update={"id": self._id(index)}))
            case Details() as details:
                written = writer.details(details.model_copy(update={"id": self._id(index)}))
            case Table() as table:
                written = writer.table(table, outline.names.get(index, ""))
            case Figure() as figure:
                written = writer.figure(figure, outline.names[index])
            case Note() as note:
                written = writer.note(note)
            case Listing() as listing:
                written = writer.listing(listing)
            case Markup() as markup:
                written = writer.markup(markup)
        return written

    def _id(self, index: int) -> str:
        return self.outline.headings[index][0][1]

    def _prose(self, index: int, place: str) -> str:
        return author.write(
            self.outline.texts[index],
            language=self.language,
            headings=self.outline.headings.get(index, ()),
            targets=self.outline.targets,
            image=lambda alt, target: self._attached(alt, target, place),
            place=place,
        )

    def _attached(self, alt: str, target: str, place: str) -> str:
        number = int(place.rpartition(" ")[2])
        name = target.removeprefix("attachment:")
        attachments = self.page.notebook.cells[number - 1].get("attachments", {})
        if name == target or name not in attachments:
            raise RenderError(
                f"{place}: image {target[:60]!r} lies outside the notebook",
                remedy="paste it into the cell as an attachment, or show it from a code cell",
            )
        media, data = next(iter(attachments[name].items()))
        if media not in _EXTENSION:
            raise RenderError(f"{place}: image {name!r} is {media}, expected PNG, JPEG or SVG")
        return self.writer.image(alt, base64.b64decode(data), media)


def _notebook(cells: Sequence[str]) -> NotebookNode:
    written = [new_markdown_cell(text, id=f"cell-{i}") for i, text in enumerate(cells, 1)]  # type: ignore[no-untyped-call]
    return new_notebook(cells=written, metadata={})  # type: ignore[no-untyped-call, no-any-return]

"""Executed notebook → publication notebook of one format, which both renderers read alike.

Every cell of it is markdown: what the author wrote, checked; and what the notebook showed, as raw
blocks of the format. Code, execution metadata, random ids and paths of this machine are gone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

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
from assay.workbench.render.escape import Format, printable
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

if TYPE_CHECKING:
    from typing import Any

    from nbformat import NotebookNode

    from assay.workbench.render.page import Page

_EXTENSION: Final = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the side menu."""

    label: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A page before it is set.

    Attributes:
        notebook: markdown cells only; the body.
        files: pictures that the notebook names, by name.
        version: as printed (day and key).
        charts: whether anything is drawn live, so that the page needs the script for it.
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
    files: Mapping[str, bytes] = field(default_factory=dict)


class Writer(Protocol):
    """How each block is written in one format; every method returns markdown."""

    files: dict[str, bytes]

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
        RenderError: as `collect` and `author.read` do; and for a reference to nothing.
    """
    front = front_matter(page.notebook.cells)
    placed = list(collect(page.notebook.cells))
    texts = _Texts(placed, has_title=bool(page.result.get("brief") or front.title))
    title = front.title or texts.title or page.report
    top = head(page, title=title, subtitle=front.subtitle or front.description)
    names = _names(placed)
    cells = [*_opening(page, writer), *_body(page, placed, texts, names, writer, language)]
    nav = list(texts.nav)
    if page.result.get("brief"):
        nav.insert(0, Entry(label="Decision", id=DECISION))
    if (origin := provenance(page)) is not None:
        cells.append(writer.details(origin))
        nav.append(Entry(label="Where it comes from", id=origin.id))
    return Publication(
        language=language,
        notebook=_notebook(cells),
        head=top,
        nav=tuple(nav),
        report=page.report,
        set_name=page.set_name,
        version=version_name(page),
        as_of=page.as_of,
        lang=front.lang,
        charts=any(isinstance(p.block, Figure) and p.block.spec is not None for p in placed),
        files=dict(writer.files),
    )


def _opening(page: Page, writer: Writer) -> Iterator[str]:
    brief = page.result.get("brief") or {}
    if decision := brief.get("decision"):
        yield writer.decision(decision)
    if shown := tiles(page):
        yield writer.tiles(shown)


def _body(  # noqa: PLR0913, PLR0917  one argument for each thing a block may need
    page: Page,
    placed: list[Placed],
    texts: _Texts,
    names: dict[int, str],
    writer: Writer,
    language: Format,
) -> Iterator[str]:
    targets = {
        **{p.block.label: names[i] for i, p in enumerate(placed) if _labelled(p, names.get(i))},
        **texts.targets,
    }
    for index, each in enumerate(placed):
        block = each.block
        match block:
            case Prose():
                yield texts.write(index, targets, writer, language, page, each.place)
            case Section():
                yield writer.section(block.model_copy(update={"id": texts.section(index)}))
            case Table():
                yield writer.table(block, names.get(index, ""))
            case Note():
                yield writer.note(block)
            case Details():
                yield writer.details(block.model_copy(update={"id": texts.section(index)}))
            case Figure():
                yield writer.figure(block, names[index])
            case Listing():
                yield writer.listing(block)
            case Markup():
                yield writer.markup(block)


def _names(placed: list[Placed]) -> dict[int, str]:
    names: dict[int, str] = {}
    figures = tables = 0
    for index, each in enumerate(placed):
        if isinstance(each.block, Figure):
            figures += 1
            names[index] = f"Figure {figures}"
        elif isinstance(each.block, Table) and (each.block.caption or each.block.label):
            tables += 1
            names[index] = f"Table {tables}"
    return names


def _labelled(placed: Placed, name: str | None) -> bool:
    return isinstance(placed.block, Figure | Table) and bool(placed.block.label and name)


class _Texts:
    """The document's outline: ids and levels of all headings, and the title if a text holds it."""

    def __init__(self, placed: list[Placed], *, has_title: bool) -> None:
        self.title = ""
        self.nav: list[Entry] = []
        self.targets: dict[str, str] = {}
        self._ids: dict[int, list[tuple[int, str]]] = {}
        self._texts: dict[int, author.Text] = {}
        self._used: set[str] = {DECISION, "provenance", "main"}
        self._read(placed, has_title=has_title)

    def _read(self, placed: list[Placed], *, has_title: bool) -> None:
        for index, each in enumerate(placed):
            if isinstance(each.block, Prose):
                self._texts[index] = author.read(each.block.text, place=each.place)
        self._take_title(keep=not has_title)
        found = {index: author.headings(text) for index, text in self._texts.items()}
        top = min((h.level for hs in found.values() for h in hs), default=2)
        above = 1
        for index, each in enumerate(placed):
            if isinstance(each.block, Section):
                name = self._own(each.block.id or f"sec-{_slug(each.block.heading)}")
                self._ids[index] = [(2, name)]
                self.nav.append(Entry(label=each.block.nav or each.block.heading, id=name))
                above = 2
            elif isinstance(each.block, Details):
                name = self._own(each.block.id or _slug(each.block.summary))
                self._ids[index] = [(2, name)]
                self.nav.append(Entry(label=each.block.summary.partition(":")[0], id=name))
            for heading in found.get(index, ()):
                above = min(heading.level - top + 2, above + 1)
                plain = _plain(heading.text)
                name = self._own(heading.id or f"sec-{_slug(plain)}")
                self._ids.setdefault(index, []).append((above, name))
                self.targets[name] = f"“{plain}”"
                if above == 2:
                    self.nav.append(Entry(label=plain, id=name))

    def _take_title(self, *, keep: bool) -> None:
        """The first heading of the first text is the title, if it is of the first level."""
        for index, text in self._texts.items():
            for heading in author.headings(text)[:1]:
                if heading.level == 1:
                    self.title = _plain(heading.text) if keep else ""
                    self._texts[index] = author.without_first_heading(text)
            if text.masked.strip():
                return

    def _own(self, name: str) -> str:
        unique, number = name, 1
        while unique in self._used:
            number += 1
            unique = f"{name}-{number}"
        self._used.add(unique)
        return unique

    def section(self, index: int) -> str:
        return self._ids[index][0][1]

    def write(  # noqa: PLR0913, PLR0917  one argument for each thing a text may need
        self,
        index: int,
        targets: dict[str, str],
        writer: Writer,
        language: Format,
        page: Page,
        place: str,
    ) -> str:
        ids = iter(self._ids.get(index, ()))
        return author.write(
            self._texts[index],
            language=language,
            heading=lambda: next(ids),
            targets=targets,
            image=lambda alt, target: _attached(page, writer, alt, target, place),
            place=place,
        )


def _attached(page: Page, writer: Writer, alt: str, target: str, place: str) -> str:
    number = int(place.rpartition(" ")[2])
    name = target.removeprefix("attachment:")
    attachments = page.notebook.cells[number - 1].get("attachments", {})
    if name == target or name not in attachments:
        raise RenderError(
            f"{place}: image {target[:60]!r} lies outside the notebook",
            remedy="paste it into the cell as an attachment, or show it from a code cell",
        )
    media, data = next(iter(attachments[name].items()))
    if media not in _EXTENSION:
        raise RenderError(f"{place}: image {name!r} is {media}, expected PNG, JPEG or SVG")
    return writer.image(alt, base64.b64decode(data), media)


def file_name(data: bytes, media: str) -> str:
    """A picture's name in the job's folder, from its content."""
    return f"{hashlib.sha256(data).hexdigest()[:16]}.{_EXTENSION[media]}"


def _slug(text: str) -> str:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "-".join(words)[:48].strip("-") or "section"


def _plain(text: str) -> str:
    unmarked = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return printable(re.sub(r"\\([!-/:-@\[-`{-~])|[*_`]", r"\1", unmarked)).strip()


def _notebook(cells: list[str]) -> NotebookNode:
    return new_notebook(
        cells=[new_markdown_cell(text, id=f"cell-{i}") for i, text in enumerate(cells, 1)],
        metadata={},
    )

"""Executed notebook → publication notebook of one format, which both renderers read alike.

Every cell of it is markdown: what the author wrote, checked; and what the notebook showed, as raw
blocks of the format. Code, execution metadata, random ids and paths of this machine are gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from assay.core.errors import RenderError
from assay.workbench.render import author, clean, described
from assay.workbench.render.blocks import (
    Details,
    Figure,
    Listing,
    Live,
    Markup,
    Note,
    Paragraph,
    Prose,
    Section,
    Table,
)
from assay.workbench.render.budget import too_many_marks
from assay.workbench.render.citing import Library
from assay.workbench.render.collect import Placed, collect
from assay.workbench.render.divs import Divs
from assay.workbench.render.escape import Format, markdown
from assay.workbench.render.head import (
    DECISION,
    Head,
    HeadTile,
    head,
    provenance,
    tiles,
    version_name,
)
from assay.workbench.render.include import Include
from assay.workbench.render.options import FrontMatter, front_matter
from assay.workbench.render.outline import REFERENCES, Entry, Outline
from assay.workbench.render.page import Page
from assay.workbench.render.pictures import Pictures, shown_width
from assay.workbench.render.theme import Theme
from assay.workbench.render.words import Say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from assay.workbench.render.look import Showing


_EXTENSION: Final = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A page before it is set.

    Attributes:
        notebook: markdown cells only; the body.
        files: pictures that the notebook names, by name.
        scripts: hashes of a trusted notebook's own.
        inserts: large parts of the page that the notebook only names.
        version: as printed (day and key).
        charts: whether anything is drawn live, so that the page needs the script for it.
        toc: whether the menu of sections is shown.
        warnings: what makes the page heavy, and how to mend it.
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
    theme: Theme = field(default_factory=Theme)
    toc: bool = True
    warnings: tuple[str, ...] = ()
    dark: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    inserts: Mapping[str, str] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()


class Writer(Protocol):
    """How each block is written in one format; every method returns markdown."""

    files: dict[str, bytes]
    inserts: dict[str, str]
    say: Say

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

    def live(self, live: Live) -> str:
        """A trusted notebook's HTML with its scripts."""

    def image(self, alt: str, data: bytes, media: str) -> str:
        """Target of an image within the author's text."""


def prepare(page: Page, writer: Writer, language: Format) -> Publication:
    """The publication notebook of one format.

    Raises:
        RenderError: where something cannot be published; the message names notebook and cell.
    """
    try:
        return _prepare(page, writer, language)
    except RenderError as error:
        path = (page.manifest.get("notebook") or {}).get("path")
        if path and error.message.startswith(("cell ", "front matter")):
            raise RenderError(f"{path}, {error.message}", remedy=error.remedy) from error
        raise


def _prepare(page: Page, writer: Writer, language: Format) -> Publication:
    front = front_matter(page.notebook.cells)
    lang = front.lang or page.look.lang
    say = Say(lang)
    writer.say = say
    placed = tuple(collect(page.notebook.cells, _showing(front, page), trusted=page.trusted))
    has_brief = bool(page.result.get("brief"))
    folder = Path((page.manifest.get("notebook") or {}).get("path") or "").parent.as_posix()
    library = Library.of(front.bibliography, root=page.look.root, folder=folder)
    reader = author.Reader(
        language=language,
        divs=Divs(language=language, say=say),
        library=library,
        clean=lambda source, place: clean.markup(source, place=place).html,
        include=Include(root=page.look.root, folder=folder),
    )
    outline = Outline.of(placed, titled=has_brief or bool(front.title), reader=reader, say=say)
    cites, works = library.set(
        tuple(cite for text in outline.texts.values() for cite in text.cites), lang
    )
    pictures = Pictures(root=page.look.root, folder=folder, most=page.look.max_bytes)
    body = _Body(page, outline, writer, language, iter(cites), pictures)
    cells = [*_opening(page, writer, say), *body.write(placed)]
    nav = [Entry(label=say("Decision"), id=DECISION), *outline.nav] if has_brief else outline.nav
    if works:
        cells.append(f"## {say('References')} {{#{REFERENCES}}}\n\n" + "\n\n".join(works))
        nav = [*nav, Entry(label=say("References"), id=REFERENCES)]
    if (origin := provenance(page, lang, say)) is not None:
        cells.append(writer.details(origin))
        nav = [*nav, Entry(label=say("Where it comes from"), id=origin.id)]
    figures = [each.block for each in placed if isinstance(each.block, Figure)]
    return Publication(
        language=language,
        notebook=_notebook(cells),
        head=head(
            page, front, title=front.title or outline.title or page.report, lang=lang, say=say
        ),
        nav=tuple(nav),
        report=page.report,
        set_name=page.set_name,
        version=version_name(page),
        as_of=page.as_of,
        lang=lang,
        charts=any(figure.spec is not None for figure in figures),
        theme=page.look.theme,
        toc=front.toc,
        warnings=too_many_marks(placed, page.look.max_marks),
        dark={light: dark for figure in figures for light, dark in figure.dark.items()},
        files=dict(writer.files) | _beside(page.look.theme, language),
        inserts=dict(writer.inserts),
        scripts=tuple(
            script
            for each in placed
            if isinstance(each.block, Live)
            for script in each.block.scripts
        ),
    )


def _beside(theme: Theme, language: Format) -> dict[str, bytes]:
    if theme.logo is None or language != "typst":
        return {}
    return {theme.logo.file: theme.logo.data}


def _showing(front: FrontMatter, page: Page) -> Showing:
    if front.code_fold is None:
        return page.look.code
    return "fold" if front.code_fold else "show"


def file_name(data: bytes, media: str) -> str:
    """A picture's name in the job's folder, from its content."""
    return f"{hashlib.sha256(data).hexdigest()[:16]}.{_EXTENSION[media]}"


def _opening(page: Page, writer: Writer, say: Say) -> Iterator[str]:
    brief = page.result.get("brief") or {}
    if decision := brief.get("decision"):
        yield writer.decision(decision)
    if shown := tiles(page, say):
        yield writer.tiles(shown)


@dataclass(frozen=True, slots=True)
class _Body:
    page: Page
    outline: Outline
    writer: Writer
    language: Format
    cites: Iterator[str]
    pictures: Pictures

    def write(self, placed: Sequence[Placed]) -> Iterator[str]:
        for index, each in enumerate(placed):
            if index not in self.outline.hidden:
                written = self._block(index, each)
                yield f"::: {{.outset}}\n\n{written}\n\n:::" if each.wide else written

    def _details(self, details: Details, name: str) -> Details:
        """With its id, and without leads to what the project does not publish."""
        blocks = tuple(
            Paragraph(p=block.p)
            if isinstance(block, Paragraph) and block.beside not in self.page.beside
            else block
            for block in details.blocks
        )
        return details.model_copy(update={"id": name, "blocks": blocks})

    def _block(self, index: int, each: Placed) -> str:
        writer, outline = self.writer, self.outline
        match each.block:
            case Prose():
                written = self._prose(index, each.place)
            case Section() as section:
                written = writer.section(section.model_copy(update={"id": self._id(index)}))
            case Details() as details:
                written = writer.details(self._details(details, self._id(index)))
            case Table() as table:
                written = writer.table(table, outline.name(index))
            case Figure() as figure:
                written = writer.figure(figure, outline.name(index))
            case Note() as note:
                written = writer.note(note)
            case Listing() as listing:
                on_paper = self.language in {"typst", "docx"}
                written = writer.listing(listing) if listing.paper or not on_paper else ""
            case Markup() as markup:
                written = writer.markup(markup)
            case Live() as live:
                written = writer.live(live)
        return written

    def _id(self, index: int) -> str:
        return self.outline.headings[index][0][1]

    def _prose(self, index: int, place: str) -> str:
        text = self.outline.texts[index]
        given = author.Writing(
            language=self.language,
            headings=self.outline.headings.get(index, ()),
            targets=self.outline.targets,
            floats=self.outline.names.get(index, ()),
            cites=tuple(islice(self.cites, len(text.cites))),
            image=lambda alt, target, width: self._image(index, alt, target, width, place),
            figure=lambda found, name: self._figure(index, found, name, place),
            place=place,
        )
        return author.write(text, given)

    def _figure(self, index: int, found: author.Float, name: str, place: str) -> str:
        data, media = self._read(found.target, place)
        caption = author.plain(found.caption)
        alt = found.alt or self._without_words(index, caption, place)
        width = shown_width(data, media, {})
        figure = Figure(
            data=data, media=media, alt=alt, caption=caption, label=found.id, width=width
        )
        return self.writer.figure(figure, name)

    def _image(self, index: int, alt: str, target: str, width: int | None, place: str) -> str:
        data, media = self._read(target, place)
        said = alt or markdown(self._without_words(index, "", place))
        wide = width or shown_width(data, media, {})
        sized = f'{{width="{wide}"}}' if wide else ""
        return f"![{said}]({self.writer.image(said, data, media)}){sized}"

    def _without_words(self, index: int, caption: str, place: str) -> str:
        heading = ""
        for before in range(index, -1, -1):
            if found := author.headings(self.outline.texts.get(before, author.Text("", ()))):
                heading = author.plain(found[-1].text)
                break
        return described.fallback("Picture", caption=caption, heading=heading, place=place)

    def _read(self, target: str, place: str) -> tuple[bytes, str]:
        number = int(place.rpartition(" ")[2])
        attachments = self.page.notebook.cells[number - 1].get("attachments", {})
        return self.pictures.read(target, attachments, place)


def _notebook(cells: Sequence[str]) -> NotebookNode:
    written = [new_markdown_cell(text, id=f"cell-{i}") for i, text in enumerate(cells, 1)]  # type: ignore[no-untyped-call]
    return new_notebook(cells=written, metadata={})  # type: ignore[no-untyped-call, no-any-return]

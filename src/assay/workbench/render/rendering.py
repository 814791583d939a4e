"""Page → files: prepare once per format, render, write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from assay.core.errors import RenderError, nearest
from assay.workbench.files import write_atomically
from assay.workbench.render.budget import within_budget
from assay.workbench.render.collect import collect
from assay.workbench.render.docx import DocxWriter
from assay.workbench.render.embedded import Embedded
from assay.workbench.render.html import HtmlWriter
from assay.workbench.render.numbers import traced
from assay.workbench.render.page import Page, Rendered, Renderer
from assay.workbench.render.paper import TypstWriter
from assay.workbench.render.publication import prepare
from assay.workbench.render.quarto import VARIABLE, Quarto, find_quarto
from assay.workbench.render.slides import SlidesWriter

if TYPE_CHECKING:
    from pathlib import Path

Other = Literal["slides", "docx"]
Choice = Literal["auto", "quarto", "embedded"]


def render(page: Page, out: Path, *, renderer: Choice = "auto") -> Rendered:
    """The run as `index.html`, `report.pdf` and `thumbnail.png` in `out`.

    Nothing is written unless all three could be made. The same page gives the same bytes.

    Raises:
        RenderError: where the notebook shows what cannot be published, names the cell; or where
            the renderer that was asked for is not there.
    """
    chosen = choose(renderer)
    publication = prepare(page, HtmlWriter(), "html")
    html = traced(chosen.html(publication).decode(), page).encode()
    pdf, thumbnail = chosen.pdf(prepare(page, TypstWriter(), "typst"))
    within_budget(len(html) + len(pdf), tuple(collect(page.notebook.cells)), page.look)
    rendered = Rendered(
        renderer=chosen.name,
        html=out / "index.html",
        pdf=out / "report.pdf",
        thumbnail=out / "thumbnail.png",
        warnings=publication.warnings,
    )
    out.mkdir(parents=True, exist_ok=True)
    rendered.html.write_bytes(html)
    rendered.pdf.write_bytes(pdf)
    rendered.thumbnail.write_bytes(thumbnail)
    return rendered


def render_as(page: Page, out: Path, wanted: Other) -> Path:
    """The run as slides (one HTML file) or as a Word document, by Quarto alone.

    `out` is the file to write; nothing is written unless it could be made.

    Raises:
        RenderError: where Quarto is not found, or the notebook shows what cannot be published.
    """
    program = find_quarto()
    if program is None:
        raise RenderError(
            f"{wanted} are made by Quarto, which was not found"
            if wanted == "slides"
            else f"{wanted} is made by Quarto, which was not found",
            remedy=f"install quarto-cli, or let {VARIABLE} name it; html and pdf need no Quarto",
        )
    writer = SlidesWriter() if wanted == "slides" else DocxWriter()
    made = Quarto(program).other(prepare(page, writer, wanted))
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, made)
    return out


def choose(renderer: str) -> Renderer:
    """The renderer by its name; `auto` is Quarto where it is found, otherwise the embedded one."""
    if renderer not in get_args(Choice):
        raise RenderError(
            f"renderer is {renderer!r}, expected one of {', '.join(get_args(Choice))}",
            remedy=nearest(renderer, get_args(Choice)),
        )
    if renderer == "embedded":
        return Embedded()
    program = find_quarto()
    if program is not None:
        return Quarto(program)
    if renderer == "quarto":
        raise RenderError(
            "Quarto was not found on the path or among the installed packages",
            remedy=f"install quarto-cli, let {VARIABLE} name it, or use --renderer embedded",
        )
    return Embedded()

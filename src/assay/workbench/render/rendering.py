"""Page → files: prepare once per format, render, write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from assay.workbench.render.embedded import Embedded
from assay.workbench.render.html import HtmlWriter
from assay.workbench.render.page import Page, Rendered
from assay.workbench.render.paper import TypstWriter
from assay.workbench.render.publication import prepare

if TYPE_CHECKING:
    from pathlib import Path

Choice = Literal["auto", "quarto", "embedded"]


def render(page: Page, out: Path, *, renderer: Choice = "auto") -> Rendered:
    chosen = Embedded()
    html = chosen.html(prepare(page, HtmlWriter(), "html"))
    pdf, thumbnail = chosen.pdf(prepare(page, TypstWriter(), "typst"))
    out.mkdir(parents=True, exist_ok=True)
    rendered = Rendered(
        renderer=chosen.name,
        html=out / "index.html",
        pdf=out / "report.pdf",
        thumbnail=out / "thumbnail.png",
    )
    rendered.html.write_bytes(html)
    rendered.pdf.write_bytes(pdf)
    rendered.thumbnail.write_bytes(thumbnail)
    return rendered

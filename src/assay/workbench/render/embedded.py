"""The renderer that every installation has: pandoc and Typst from their wheels."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

from assay.core.errors import RenderError
from assay.workbench.render.bundle import vega_bundle
from assay.workbench.render.pandoc import pandoc_path, pandoc_version
from assay.workbench.render.shell import finished, html_page, instant, typst_page
from assay.workbench.render.typesetting import typeset

if TYPE_CHECKING:
    from assay.workbench.render.publication import Publication

MARKDOWN: Final = (
    "markdown-raw_html-raw_tex-citations-example_lists-native_divs-native_spans"
    "-markdown_in_html_blocks-implicit_figures+lists_without_preceding_blankline"
)
TIME_LIMIT: Final = 120


class Embedded:
    """One page by pandoc, the same on paper by pandoc and Typst."""

    @property
    def name(self) -> str:
        """Name and versions, as the manifest records them."""
        parts = [f"pandoc {pandoc_version()}", f"typst {version('typst')}", vega_bundle().version]
        return f"embedded ({', '.join(parts)})"

    def html(self, publication: Publication) -> bytes:
        """One self-contained page."""
        body = _pandoc(publication, ["--to=html5", "--mathml", "--reference-location=section"])
        return html_page(publication, finished(body, publication)).encode()

    def pdf(self, publication: Publication) -> tuple[bytes, bytes]:
        """The pages on paper, and a picture (PNG) of the first."""
        body = _pandoc(publication, ["--to=typst", "--shift-heading-level-by=-1"])
        document = typst_page(publication, body)
        return typeset(document, publication.files, instant(publication))


def _pandoc(publication: Publication, options: list[str]) -> str:
    """The body in the target format; pandoc reads and writes nothing but its pipes."""
    source = "\n\n".join(cell.source for cell in publication.notebook.cells)
    with as_file(files("assay.workbench.render") / "assets" / "publication.lua") as filter_path:
        command = [
            pandoc_path(),
            f"--from={MARKDOWN}",
            "--sandbox",
            "--preserve-tabs",
            "--syntax-highlighting=none",
            "--wrap=preserve",
            f"--lua-filter={filter_path}",
            *options,
        ]
        done = subprocess.run(  # noqa: S603  a fixed command without a shell
            command, input=source.encode(), capture_output=True, timeout=TIME_LIMIT, check=False
        )
    if done.returncode:
        raise RenderError(
            f"pandoc ended with {done.returncode}: {done.stderr.decode(errors='replace')[:400]}",
            remedy="check the notebook's markdown cells",
        )
    return done.stdout.decode()

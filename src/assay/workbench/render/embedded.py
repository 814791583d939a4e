"""The renderer that every installation has: pandoc and Typst from their wheels."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import RenderError
from assay.workbench.render.bundle import vega_bundle
from assay.workbench.render.fonts import font_folder
from assay.workbench.render.shell import html_page, instant, typst_page

if TYPE_CHECKING:
    from assay.workbench.render.publication import Publication

MARKDOWN: Final = (
    "markdown-raw_html-raw_tex-citations-example_lists-native_divs-native_spans"
    "-markdown_in_html_blocks+lists_without_preceding_blankline"
)
THUMBNAIL_PPI: Final = 60
TIME_LIMIT: Final = 120


class Embedded:
    """One page by pandoc, the same on paper by pandoc and Typst."""

    @property
    def name(self) -> str:
        """Name and versions, as the manifest records them."""
        parts = [f"pandoc {_pandoc_version()}", f"typst {version('typst')}", vega_bundle().version]
        return f"embedded ({', '.join(parts)})"

    def html(self, publication: Publication) -> bytes:
        """One self-contained page."""
        body = _pandoc(publication, ["--to=html5", "--mathml", "--reference-location=section"])
        return html_page(publication, body).encode()

    def pdf(self, publication: Publication) -> tuple[bytes, bytes]:
        """The pages on paper, and a picture (PNG) of the first."""
        body = _pandoc(publication, ["--to=typst", "--shift-heading-level-by=-1"])
        return _typeset(publication, typst_page(publication, body))


def _pandoc(publication: Publication, options: list[str]) -> str:
    """The body in the target format; pandoc reads and writes nothing but its pipes."""
    source = "\n\n".join(cell.source for cell in publication.notebook.cells)
    with as_file(files("assay.workbench.render") / "assets" / "publication.lua") as filter_path:
        command = [
            _pandoc_path(),
            f"--from={MARKDOWN}",
            "--sandbox",
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


def _typeset(publication: Publication, document: str) -> tuple[bytes, bytes]:
    import typst  # noqa: PLC0415  loads a compiler

    moment = instant(publication)
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        for name, data in publication.files.items():
            (Path(folder) / name).write_bytes(data)
        main = Path(folder) / "report.typ"
        main.write_text(document, encoding="utf-8")
        compiler = typst.Compiler(input=str(main), root=folder, font_paths=_fonts())
        try:
            pdf, warnings = compiler.compile_with_warnings(
                format="pdf", pdf_standards=["ua-1"], timestamp=moment
            )
            pictures = compiler.compile(format="png", ppi=THUMBNAIL_PPI)
        except typst.TypstError as error:
            raise RenderError(
                f"the pages cannot be set: {error.message} {' '.join(error.hints)}".strip(),
                remedy=_where(error.diagnostic),
            ) from error
    if warnings:
        raise RenderError(
            f"the pages cannot be set well: {warnings[0].message}",
            remedy=_where(warnings[0].diagnostic),
        )
    return _first(pdf), _first(pictures)


def _first(made: bytes | list[bytes] | None) -> bytes:
    if isinstance(made, list):
        return made[0]
    return made or b""


def _where(diagnostic: str) -> str:
    lines = [line for line in diagnostic.splitlines() if "│" in line and line.strip("│ 0123456789")]
    return f"near {lines[0].strip()[:200]}" if lines else "check the notebook's outputs"


@cache
def _fonts() -> Any:  # noqa: ANN401
    import typst  # noqa: PLC0415

    return typst.Fonts(include_system_fonts=False, font_paths=[str(font_folder())])


@cache
def _pandoc_path() -> str:
    import pypandoc  # noqa: PLC0415

    return str(pypandoc.get_pandoc_path())


@cache
def _pandoc_version() -> str:
    import pypandoc  # noqa: PLC0415

    return str(pypandoc.get_pandoc_version())

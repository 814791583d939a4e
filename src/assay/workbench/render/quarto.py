"""The renderer of whoever has Quarto: the same publication notebook, the same page around it.

Quarto gets markdown cells only, never HTML output, since it answers any `text/html` with scripts
from the network. The page is a pandoc template that already holds everything but the body; on
paper our definitions take the place of Quarto's own. Every job has a folder of its own: renders
in one project disturb each other.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import nbformat
import yaml
from nbformat.v4 import new_raw_cell

from assay.core.errors import RenderError
from assay.workbench.render.bundle import vega_bundle
from assay.workbench.render.embedded import MARKDOWN, Embedded
from assay.workbench.render.escape import inert
from assay.workbench.render.fonts import font_folder
from assay.workbench.render.html import asset
from assay.workbench.render.shell import (
    BODY,
    as_template,
    finished,
    html_page,
    instant,
    typst_opening,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.workbench.render.escape import Format
    from assay.workbench.render.publication import Publication

VARIABLE: Final = "ASSAY_QUARTO"
TIME_LIMIT: Final = 300
INPUT: Final = "report.ipynb"
FILTER: Final = "publication.lua"
FONTS: Final = "fonts"
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
OUTPUT: Final[dict[Format, str]] = {
    "html": "index.html",
    "typst": "report.pdf",
    "slides": "slides.html",
    "docx": "report.docx",
}
TARGET: Final[dict[Format, str]] = {
    "html": "html",
    "typst": "typst",
    "slides": "revealjs",
    "docx": "docx",
}
"""What Quarto calls each format."""


def find_quarto() -> Path | None:
    """Where Quarto is: named by `ASSAY_QUARTO`, on the path, or from the `quarto-cli` package.

    Raises:
        RenderError: where `ASSAY_QUARTO` names something that cannot be run.
    """
    if named := os.environ.get(VARIABLE):
        if found := shutil.which(named):
            return Path(found)
        raise RenderError(
            f"{VARIABLE} is {named!r}, expected a program that can be run",
            remedy=f"let {VARIABLE} name Quarto's executable, or unset it",
        )
    beside = Path(sys.executable).with_name("quarto")
    if found := shutil.which("quarto") or shutil.which(beside):
        return Path(found)
    package = find_spec("quarto_cli")
    folders = package.submodule_search_locations if package else None
    programs = [path for folder in folders or () for path in Path(folder).glob("**/bin/quarto")]
    return next((path for path in sorted(programs) if os.access(path, os.X_OK)), None)


@dataclass(frozen=True, slots=True)
class Quarto:
    """Page and paper by the Quarto that was found."""

    program: Path

    @property
    def name(self) -> str:
        """Name and versions, as the manifest records them."""
        return f"quarto ({_version(self.program)}, {vega_bundle().version})"

    def html(self, publication: Publication) -> bytes:
        """One self-contained page."""
        page = self._render(publication).decode()
        return finished(page, publication).encode()

    def pdf(self, publication: Publication) -> tuple[bytes, bytes]:
        """The pages on paper, and a picture (PNG) of the first."""
        return self._render(publication), Embedded().pdf(publication)[1]

    def other(self, publication: Publication) -> bytes:
        """Slides or a Word document."""
        return self._render(publication)

    def _render(self, publication: Publication) -> bytes:
        with tempfile.TemporaryDirectory(prefix="assay-") as name:
            folder = Path(name)
            lay_out(publication, folder)
            _run(command(self.program, publication), folder, environment(publication))
            made = folder / OUTPUT[publication.language]
            if not made.is_file():
                raise RenderError(
                    f"Quarto ended without {made.name}",
                    remedy="render with --renderer embedded, or check `quarto check`",
                )
            return made.read_bytes()


def command(program: Path, publication: Publication) -> list[str]:
    """The call: nothing is executed, and the output has a bare name, in the job's own folder."""
    language = publication.language
    return [
        str(program), "render", INPUT, "--to", TARGET[language], "--output", OUTPUT[language],
        "--no-execute",
    ]  # fmt: skip


def environment(publication: Publication) -> dict[str, str]:
    """Time and fonts as the publication has them, not as this machine does."""
    moment = int(instant(publication).timestamp())
    return {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(moment),
        "TYPST_IGNORE_SYSTEM_FONTS": "true",
    }


def lay_out(publication: Publication, folder: Path) -> None:
    """The job's folder: a project of its own, the notebook, its pictures, page and filter."""
    nbformat.write(_with_title(publication), folder / INPUT)  # type: ignore[no-untyped-call]
    for name, data in publication.files.items():
        (folder / name).write_bytes(data)
    (folder / FONTS).symlink_to(font_folder())  # absolute paths are the project's own to Quarto
    (folder / FILTER).write_text(asset(FILTER), encoding="utf-8")
    for name, text in _templates(publication).items():
        (folder / name).write_text(as_template(text), encoding="utf-8")
    settings = yaml.safe_dump(project(publication), sort_keys=False)
    (folder / "_quarto.yml").write_text(settings, encoding="utf-8")


def project(publication: Publication) -> dict[str, Any]:
    """Quarto's settings of one job."""
    common = {
        "from": MARKDOWN,
        "filters": [FILTER],
        "toc": False,
        "reference-location": "section",
        "syntax-highlighting": "none",
        "html-table-processing": "none",
    }
    formats: dict[Format, dict[str, Any]] = {
        "slides": {
            "slide-level": 2,
            "slide-number": True,
            "embed-resources": True,
            "html-math-method": "mathml",
            "center": False,
            "menu": False,
            "scrollable": True,
            "css": "slides.css",
            **common,
        },
        "docx": common,
        "html": {
            "template": "page.html",
            "theme": "none",
            "minimal": True,
            "embed-resources": False,
            "html-math-method": "mathml",
            "section-divs": False,
            **common,
        },
        "typst": {
            "template-partials": ["typst-template.typ", "page.typ", "typst-show.typ"],
            "pdf-standard": "ua-1",
            "font-paths": [FONTS],
            "shift-heading-level-by": -1,
            **common,
        },
    }
    language = publication.language
    return {
        "project": {"type": "default"},
        "execute": {"enabled": False},
        "lang": publication.lang,
        "format": {TARGET[language]: formats[language]},
    }


def _with_title(publication: Publication) -> Any:  # noqa: ANN401  as nbformat has it
    """The notebook under a title, without which Quarto takes the first section's heading away."""
    top, language = publication.head, publication.language
    titled = {"title": "Report"}  # page and paper have a head of their own
    if language in {"slides", "docx"}:
        titled = {
            "title": inert(top.title),
            "pagetitle": inert(top.title),  # or it is a temporary file's name, ever another
            "subtitle": inert(top.subtitle),
            "date": publication.as_of[:10],
            "date-format": "long",
        }
    opening = f"---\n{yaml.safe_dump(titled, sort_keys=False, allow_unicode=True)}---"
    made = nbformat.from_dict(publication.notebook)  # type: ignore[no-untyped-call]
    made.cells = [new_raw_cell(opening, id="title"), *made.cells]  # type: ignore[no-untyped-call]
    return made


def _templates(publication: Publication) -> dict[str, str]:
    if publication.language == "html":
        return {"page.html": html_page(publication, BODY)}
    if publication.language != "typst":
        return {"slides.css": asset("slides.css")} if publication.language == "slides" else {}
    return {
        "typst-template.typ": asset("report.typ"),
        "page.typ": "",
        "typst-show.typ": typst_opening(publication),
    }


def _run(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603  a fixed command without a shell
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RenderError(
            f"Quarto cannot be run: {error}", remedy="render with --renderer embedded"
        ) from error
    if done.returncode:
        raise RenderError(
            f"Quarto ended with {done.returncode}: {_complaint(done.stderr, folder)}",
            remedy="render with --renderer embedded, or check `quarto check`",
        )


def _complaint(said: str, folder: Path) -> str:
    """What went wrong, without colours and the path of the job; from the first error on."""
    plain = _COLOUR.sub("", said).replace(f"{folder}/", "").strip()
    begin = max(plain.lower().find("error"), 0)
    return plain[begin : begin + 600] or "no message"


@cache
def _version(program: Path) -> str:
    done = subprocess.run(  # noqa: S603  a fixed command without a shell
        [program, "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip() or "unknown version"

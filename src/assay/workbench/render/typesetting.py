"""Typst: a document and its pictures become pages, tagged and PDF/UA-1."""

from __future__ import annotations

import re
import string
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import RenderError
from assay.workbench.render.fonts import font_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

THUMBNAIL_PPI: Final = 60
MISSING_CHARACTERS: Final = 100
_UNDISPLAYED: Final = re.compile(r'the text `"(.+)"` could not be displayed', re.DOTALL)
_CODE_POINT: Final = re.compile(r"\\u\{([0-9a-f]+)\}")


def typeset(document: str, pictures: Mapping[str, bytes], moment: datetime) -> tuple[bytes, bytes]:
    """The PDF, and its first page as PNG.

    Set with the fonts of the wheels; with this machine's too where those lack a character.

    What no font has is printed as its code point, since PDF/UA takes no empty boxes.

    Raises:
        RenderError: where Typst refuses the document, or warns of it.
    """
    import typst  # noqa: PLC0415  loads a compiler

    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        for name, data in pictures.items():
            (Path(folder) / name).write_bytes(data)
        main = Path(folder) / "report.typ"
        system = False
        for _ in range(MISSING_CHARACTERS):
            main.write_text(document, encoding="utf-8")
            try:
                return _compile(main, moment, system=system)
            except typst.TypstError as error:
                missing = _UNDISPLAYED.search(error.message)
                if missing is None:
                    raise RenderError(
                        f"the pages cannot be set: {error.message} {' '.join(error.hints)}",
                        remedy=_where(error.diagnostic),
                    ) from error
                if system:
                    document = _spelled_out(document, missing[1])
                system = True
    raise RenderError(
        f"more than {MISSING_CHARACTERS} characters that no font has",
        remedy="install a font for the language of the data, Noto Sans for example",
    )


def _compile(main: Path, moment: datetime, *, system: bool) -> tuple[bytes, bytes]:
    import typst  # noqa: PLC0415

    compiler = typst.Compiler(
        input=str(main), root=str(main.parent), font_paths=_fonts(system=system)
    )
    pdf, warnings = compiler.compile_with_warnings(
        format="pdf", pdf_standards=["ua-1"], timestamp=moment
    )
    if warnings:
        raise RenderError(
            f"the pages cannot be set well: {warnings[0].message}",
            remedy=_where(warnings[0].diagnostic),
        )
    pictures = compiler.compile(format="png", ppi=THUMBNAIL_PPI)
    return _first(pdf), _first(pictures)


def _spelled_out(document: str, missing: str) -> str:
    shown = _CODE_POINT.sub(lambda match: chr(int(match[1], 16)), missing)
    for char in set(shown) - set(string.printable):
        document = document.replace(char, f"(U+{ord(char):04X})")
    return document


def _first(made: bytes | list[bytes] | None) -> bytes:
    if isinstance(made, list):
        return made[0]
    return made or b""


def _where(diagnostic: str) -> str:
    lines = [line for line in diagnostic.splitlines() if "│" in line and line.strip("│ 0123456789")]
    return f"near {lines[0].strip()[:200]}" if lines else "check the notebook's outputs"


@cache
def _fonts(*, system: bool) -> Any:  # noqa: ANN401
    import typst  # noqa: PLC0415

    return typst.Fonts(include_system_fonts=system, font_paths=[str(font_folder())])

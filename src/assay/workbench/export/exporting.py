"""One version, one format, one file (or folder) that somebody asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote

from assay.core.errors import ParameterError, ProjectError, nearest
from assay.workbench.files import write_atomically
from assay.workbench.layout import NOTEBOOK_FILE, PAGE_FILE, PDF_FILE, RESULT_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from assay.workbench.versions import Version

COPIES: Final = {
    "html": PAGE_FILE,
    "pdf": PDF_FILE,
    "json": RESULT_FILE,
    "ipynb": NOTEBOOK_FILE,
}
"""Formats that a version has already."""

WRITTEN: Final = ("md", "csv", "xlsx")
BY_QUARTO: Final[tuple[Literal["slides"], Literal["docx"]]] = ("slides", "docx")
"""Formats that `workbench.other_formats` has Quarto set anew."""

_BESIDE: Final = re.compile(rb'<a class="beside" href="[^"]*">(.*?)</a>', re.DOTALL)

FORMATS: Final = (*COPIES, *WRITTEN)


def export(version: Version, wanted: str, out: Path) -> tuple[Path, ...]:
    """Writes the version in a format, and tells which files that made.

    Args:
        version: complete, published or run.
        wanted: one of `FORMATS`.
        out: a file, or a folder in which it gets a name of its own. For `csv` a folder of files,
            or an archive where the name ends in `.zip`.

    Raises:
        ParameterError: where the format is unknown.
        ProjectError: where the version cannot be read, or the place cannot be written.
    """
    if wanted not in FORMATS:
        raise ParameterError(
            f"format {wanted!r} is unknown", remedy=nearest(wanted, (*FORMATS, *BY_QUARTO))
        )
    stem = stem_of(version)
    if wanted == "csv":
        return _csv(version, out / f"{stem}-csv" if out.is_dir() else out)
    target = out / f"{stem}.{wanted}" if out.is_dir() else out
    if wanted in COPIES:
        source = version.folder / COPIES[wanted]
        try:
            content = source.read_bytes()
        except OSError as error:
            raise ProjectError(f"{source} cannot be read: {error.strerror}") from None
        write_atomically(target, alone(content) if wanted == "html" else content)
        return (target,)
    return _markdown(version, target) if wanted == "md" else _workbook(version, target)


def alone(page: bytes) -> bytes:
    """The page without its leads to reports that were published beside it."""
    return _BESIDE.sub(rb"\1", page)


def stem_of(version: Version) -> str:
    """How an exported file is called: report, set and version."""
    manifest = version.manifest
    parts = (manifest.get("report"), manifest.get("set"), version.id)
    named = "-".join(str(part) for part in parts if part and part != "default")
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in named)


def _markdown(version: Version, target: Path) -> tuple[Path, ...]:
    from assay.workbench.export.content import read_content  # noqa: PLC0415  loads the renderer
    from assay.workbench.export.markdown import markdown  # noqa: PLC0415

    folder = target.with_name(f"{target.stem}_files")
    text, files = markdown(read_content(version), quote(folder.name))
    for name, content in files.items():
        write_atomically(folder / name, content)
    write_atomically(target, text)
    return (target, *(folder / name for name in files))


def _csv(version: Version, target: Path) -> tuple[Path, ...]:
    from assay.workbench.export.commas import csv_files, zipped  # noqa: PLC0415
    from assay.workbench.export.content import read_content  # noqa: PLC0415  loads the renderer
    from assay.workbench.export.sheets import sheets_of  # noqa: PLC0415

    files = csv_files(sheets_of(read_content(version)))
    if target.suffix == ".zip":
        write_atomically(target, zipped(files))
        return (target,)
    if target.is_file() or target.suffix:
        raise ProjectError(
            f"{target} is no folder, and csv is one file for each table",
            remedy="name a folder, or an archive that ends in .zip",
        )
    for name, content in files.items():
        write_atomically(target / name, content)
    return tuple(target / name for name in files)


def _workbook(version: Version, target: Path) -> tuple[Path, ...]:
    from assay.workbench.export.content import read_content  # noqa: PLC0415  loads the renderer
    from assay.workbench.export.sheets import sheets_of  # noqa: PLC0415
    from assay.workbench.export.workbook import workbook  # noqa: PLC0415

    content = read_content(version)
    write_atomically(target, workbook(content, sheets_of(content)))
    return (target,)

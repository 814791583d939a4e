"""Sheets as CSV: UTF-8, a point as decimal sign, numbers as exact as they are."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.workbench.export.sheets import Sheet, Value

_FORMULA: Final = ("=", "@", "\t", "\r", "\n")
_NUMBER_LIKE: Final = re.compile(r"[-+][\d.,]+[^(|!=@]*")
"""A printed number with its words: calls nothing, and names no other program."""


def csv_files(sheets: Sequence[Sheet]) -> dict[str, bytes]:
    """One file for each sheet, by its name."""
    return {f"{slug(sheet.name)}.csv": _csv(sheet) for sheet in sheets}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files in one archive; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return buffer.getvalue()


def safe(value: Value) -> Value:
    """Text that no spreadsheet takes for a formula; a printed number stays what it is.

    >>> safe("=HYPERLINK(1)"), safe("+4.6 points [+2.9, +6.5]"), safe(-0.5)
    ("'=HYPERLINK(1)", '+4.6 points [+2.9, +6.5]', -0.5)
    """
    if not isinstance(value, str):
        return value
    signed = value.startswith(("+", "-")) and not _NUMBER_LIKE.fullmatch(value)
    return f"'{value}" if signed or value.startswith(_FORMULA) else value


def slug(name: str) -> str:
    """A sheet's name as a file's.

    >>> slug("Table 1")
    'table-1'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "table"


def _csv(sheet: Sheet) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe(column) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow(["" if value is None else _told(value) for value in row])
    return text.getvalue().encode()


def _told(value: Value) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    return safe(value)

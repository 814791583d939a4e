"""CSV as a lazy frame, read as an import reads it."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import DataError
from assay.data.headers import first_record, header_of
from assay.data.sources.files import PACKED
from assay.data.sources.streams import LARGEST, is_wide, narrow, open_bytes, unpacked_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assay.data.sources.files import FilePiece

_LOOK: Final = 1 << 16
"""Characters within which a line has its end, where lines end in LF at all."""


def scan_csv(piece: FilePiece, as_text: Callable[[str], bool]) -> pl.LazyFrame:
    """A CSV's rows; types are inferred from all of them, but for the columns `as_text`.

    A text in UTF-16, one whose lines end in CR alone, and one with zeros at its end are held in
    memory.

    Raises:
        DataError: where the header cannot be read, or the text would have to be held and is large.
    """
    content = _mended(piece)
    with unpacked_lines(piece.path) if content is None else _text(content) as lines:
        header = header_of(lines, piece.label, file=piece.path.name)
        header = replace(header, record=first_record(lines, header))
    source = piece.path if content is None else content
    names = [*header.names, ""] if header.more else list(header.names)
    texts = {name: pl.String for name in names if as_text(name)}
    whole = len(texts) == len(names)
    frame = pl.scan_csv(
        source,
        separator=header.separator,
        has_header=not header.more,
        skip_lines=header.line + header.more,
        new_columns=names,
        infer_schema=not whole,
        infer_schema_length=1 if whole else None,
        schema_overrides=None if whole else texts,
        glob=False,
    )
    return frame.select(header.names) if header.more else frame


def _text(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")


def _mended(piece: FilePiece) -> bytes | None:
    """The text as Polars can read it, where it cannot read the file itself."""
    if is_wide(piece.path):
        return _without_zeros(narrow(_whole(piece, "UTF-16")))
    with unpacked_lines(piece.path) as lines:
        if "\r" in _without_line(lines.read(_LOOK)):
            content = _whole(piece, "text whose lines end in CR")
            return _without_zeros(content.replace(b"\r", b"\n"))
    if _ends_in_zeros(piece.path):
        return _without_zeros(_whole(piece, "text with zeros at its end"))
    return None


def _without_line(begin: str) -> str:
    """The beginning of a text, or nothing where it has an LF."""
    return "" if "\n" in begin else begin


def _ends_in_zeros(file: Path) -> bool:
    if file.suffix.lower() in PACKED:
        return False
    with file.open("rb") as raw:
        raw.seek(-1, os.SEEK_END)
        return raw.read(1) == b"\0"


def _without_zeros(content: bytes) -> bytes:
    return content.rstrip(b"\0")


def _whole(piece: FilePiece, what: str) -> bytes:
    with open_bytes(piece) as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise DataError(
            f"{piece.label} is {what} of more than {LARGEST >> 20} MiB, expected UTF-8",
            remedy="save it as UTF-8 with lines that end in LF",
        )
    return content

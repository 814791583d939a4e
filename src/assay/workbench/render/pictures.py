"""Pictures that the author's text names: attachments of its cell, and files of the project."""

from __future__ import annotations

import base64
import binascii
import html
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from assay.core.errors import RenderError
from assay.workbench.render import svg

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMN: Final = 720
"""Width of the column of text, in CSS pixels."""
DENSE: Final = 144
"""Dots per inch from which on a PNG is meant to be shown smaller than its pixels."""
_PER_INCH: Final = 96
_INCH: Final = 0.0254
_ELSEWHERE: Final = re.compile(r"[A-Za-z][\w+.-]*:|//|/|\\")
_ATTRIBUTE: Final = re.compile(
    r"\b(src|alt|width)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>/]+))", re.IGNORECASE
)
_WIDTH: Final = re.compile(r"\s*(\d{1,5}(?:\.\d+)?)\s*(px|%)?\s*")
_STARTS: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_DRAWING: Final = re.compile(rb"\s*(<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<svg\b", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """An `<img>` as its author wrote it; width in pixels, None where it says nothing of it."""

    target: str
    alt: str
    width: int | None

    @classmethod
    def of(cls, written: str) -> Tag:
        """Read from its text."""
        given = {
            m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "")
            for m in reversed(list(_ATTRIBUTE.finditer(written)))
        }
        return cls(
            target=given.get("src", ""),
            alt=given.get("alt", ""),
            width=pixels(given.get("width", "")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Where the pictures of a notebook's text lie.

    Attributes:
        root: the project's folder, outside of which nothing is read.
        folder: the notebook's, below it.
        most: bytes of the largest that can be taken.
    """

    root: Path | None
    folder: str
    most: int

    def read(
        self, target: str, attachments: Mapping[str, Mapping[str, str]], place: str
    ) -> tuple[bytes, str]:
        """The picture and what it is.

        Raises:
            RenderError: where it lies outside of the project, is not there, or is no picture.
        """
        name = unquote(target.removeprefix("attachment:"))
        if name in attachments:
            data = _attached(attachments[name], name, place)
        else:
            data = self._file(target, place)
        media = media_of(data)
        if media is None:
            raise RenderError(
                f"{place}: image {name[:60]!r} is of another kind, expected PNG, JPEG or SVG",
                remedy="save it as PNG",
            )
        if media == "image/svg+xml":
            data = svg.clean(data, prefix=place.replace(" ", "-"), place=place).encode()
        return data, media

    def _file(self, target: str, place: str) -> bytes:
        name = unquote(target)
        outside = RenderError(
            f"{place}: image {name[:60]!r} lies outside the project",
            remedy="put the file beside the notebook, or paste it into the cell",
        )
        if self.root is None or _ELSEWHERE.match(name) or "\0" in name:
            raise outside
        base = self.root.resolve()
        path = (base / self.folder / name).resolve()
        if not path.is_relative_to(base):
            raise outside
        if not path.is_file():
            raise RenderError(
                f"{place}: image {name[:60]!r} is not there",
                remedy=f"it is looked for beside the notebook, in {self.folder}/",
            )
        if path.stat().st_size > self.most:
            raise RenderError(
                f"{place}: image {name[:60]!r} has {path.stat().st_size:,} bytes, more than a "
                "whole report may have",
                remedy="save it with fewer pixels",
            )
        return path.read_bytes()


def media_of(data: bytes) -> str | None:
    """What a picture is by how it begins; its name says nothing."""
    for start, media in _STARTS.items():
        if data.startswith(start):
            return media
    return "image/svg+xml" if _DRAWING.match(data[:4096]) else None


def pixels(written: str) -> int | None:
    """A width as it is written ("400", "400px", "50%") in CSS pixels; None for any other."""
    found = _WIDTH.fullmatch(written)
    if found is None:
        return None
    given = float(found[1]) * (COLUMN / 100 if found[2] == "%" else 1)
    return round(given) or None


def shown_width(data: bytes, media: str, said: Mapping[str, Any]) -> int | None:
    """How wide a picture wants to stand: as its notebook says, or as its dots per inch do.

    None where it stands as it is. `said` is the output's metadata, which names the size by the
    medium (as `Image(width=…)` writes it) or for all.
    """
    size = _png_size(data)
    for given in (said.get(media), said):
        if isinstance(given, dict):
            if width := pixels(str(given.get("width", ""))):
                return width
            if size and (height := pixels(str(given.get("height", "")))):
                return round(size[0] * height / size[1])
    if size and (dense := _density(data)) and dense >= DENSE:
        return round(size[0] * _PER_INCH / dense)
    return None


def _attached(kinds: Mapping[str, str], name: str, place: str) -> bytes:
    media, data = next(iter(kinds.items()))
    text = "".join(data)
    if media == "image/svg+xml" and text.lstrip().startswith("<"):
        return text.encode()
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise RenderError(
            f"{place}: image {name[:60]!r} is not base64", remedy="paste it into the cell again"
        ) from error


def _png_size(data: bytes) -> tuple[int, int] | None:
    if media_of(data) != "image/png" or data[12:16] != b"IHDR" or len(data) < 24:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return (width, height) if width and height else None


def _density(data: bytes) -> float | None:
    """Dots per inch of a PNG, where it tells."""
    offset = 8
    while offset + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[offset : offset + 8])
        if kind == b"IDAT":
            return None
        if kind == b"pHYs" and length == 9 and offset + 17 <= len(data):
            across, _, unit = struct.unpack(">IIB", data[offset + 8 : offset + 17])
            return across * _INCH if unit == 1 else None
        offset += 12 + length
    return None

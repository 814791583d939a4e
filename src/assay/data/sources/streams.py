"""The bytes of a file, unpacked as they are read; what is cut off is told, never passed over."""

from __future__ import annotations

import gzip
import io
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import orjson
import polars as pl
import zstandard

from assay.core.errors import DataError, without_values
from assay.data.encodings import wide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assay.data.sources.files import FilePiece

_BLOCK: Final = 1 << 20
_LONGEST_WINDOW: Final = 1 << 31
"""Bytes, as `zstd --long=31` writes it."""
LARGEST: Final = 512 << 20
"""Bytes of a file that has to be held in memory as a whole: JSON that is not lines, say."""

DAMAGED: Final = (
    pl.exceptions.PolarsError,
    OSError,
    ValueError,
    EOFError,
    zlib.error,
    zstandard.ZstdError,
)
"""What reading a damaged file raises."""


class Stream(io.BufferedReader):
    """The unpacked bytes of a file, and how far the file itself was read."""

    def __init__(self, unpacked: Any, file: BinaryIO) -> None:  # noqa: ANN401  RawIOBase or alike
        super().__init__(unpacked, _BLOCK)
        self._file = file

    def raw_position(self) -> int:
        """Bytes of the file that were read so far, still packed; at most its size."""
        return self._file.tell()

    def close(self) -> None:
        """Closes the file, too."""
        super().close()
        self._file.close()


def open_bytes(piece: FilePiece) -> Stream:
    """A file's bytes without their gzip or zstd packing, read in blocks.

    A `.json` file that is one array or one object over several lines comes as JSON lines, one for
    each element.

    Raises:
        DataError: where the file cannot be opened. While it is read: EOFError, zlib.error, OSError
            or ZstdError where it is damaged; `readable` tells them as errors of the data.
    """
    with readable(piece.label, piece.kind):
        stream = _unpacked(piece.path)
        if _may_be_whole(piece.path) and not _begins_as_lines(stream):
            return _as_lines(stream, piece)
        return stream


def is_lines(path: Path) -> bool:
    """Whether a JSON file is one object per line, rather than one array or object as a whole."""
    if not _may_be_whole(path):
        return True
    with _unpacked(path) as stream:
        return _begins_as_lines(stream)


def is_wide(path: Path) -> bool:
    """Whether a file's text is UTF-16."""
    with _unpacked(path) as stream:
        return wide(stream.peek(_BLOCK)) is not None


def narrow(content: bytes) -> bytes:
    """A text in UTF-8, whether it was in it or in UTF-16."""
    encoding = wide(content)
    if encoding is None:
        return content
    return content.decode(encoding).removeprefix("\ufeff").encode()


def unpacked_lines(path: Path) -> io.TextIOWrapper:
    """A file's text, unpacked as it is read."""
    return io.TextIOWrapper(_unpacked(path), encoding="utf-8", newline="")


@contextmanager
def readable(path: str | Path, kind: str) -> Iterator[None]:
    """What is found wrong with a file while it is read, told as an error of the data.

    Raises:
        DataError: in place of an error of Polars, of unpacking, or of the operating system.
    """
    try:
        yield
    except DAMAGED as error:
        lines = without_values(str(error)).strip().splitlines() or [type(error).__name__]
        raise DataError(
            f"{path} cannot be read as {kind}: {lines[0]}",
            remedy=_REMEDIES.get(kind, "check the file"),
        ) from error


_REMEDIES: Final = {
    "Parquet": "it is damaged, or no Parquet file: make it again, or copy it again",
    "CSV": "save it as UTF-8 text with a header and the same number of fields in every line",
    "JSON lines": "write one complete JSON object per line, in UTF-8",
}


def _may_be_whole(path: Path) -> bool:
    return ".json" in (suffix.lower() for suffix in path.suffixes[-2:])


def _unpacked(path: Path) -> Stream:
    file = path.open("rb")
    match path.suffix.lower():
        case ".gz":
            return Stream(gzip.GzipFile(fileobj=file), file)
        case ".zst":
            return Stream(_Zstd(file), file)
        case _:
            return Stream(io.FileIO(file.fileno(), closefd=False), file)


class _Zstd(io.RawIOBase):
    """One or several zstd frames; unlike the library's own reader it tells a frame cut off."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unpacker = zstandard.ZstdDecompressor(max_window_size=_LONGEST_WINDOW)
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  any writable buffer
        while not self._ready:
            packed = self._file.read(_BLOCK // 8)
            if not packed:
                if self._frame is not None:
                    raise EOFError("the file ends within packed data")
                return 0
            self._ready = memoryview(b"".join(self._frames(packed)))
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _frames(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            frame = self._frame or self._unpacker.decompressobj()
            yield frame.decompress(packed)
            packed = frame.unused_data if frame.eof else b""
            self._frame = None if frame.eof else frame


def _begins_as_lines(stream: Stream) -> bool:
    """Whether the text is one JSON object per line, as far as its beginning tells."""
    begin = stream.peek(_BLOCK).removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin[:1] == b"[":
        return False
    line, newline, _ = begin.partition(b"\n")
    if not newline:
        return True
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return line.strip() != b"{"
    return True


def _as_lines(stream: Stream, piece: FilePiece) -> Stream:
    with stream:
        content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise DataError(
                f"{piece.label} is one JSON document of more than {LARGEST >> 20} MiB, "
                "expected one object per line",
                remedy=f"write it as lines: jq -c '.[]' {piece.path.name} > lines.jsonl",
            )
        try:
            document = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            raise DataError(
                f"{piece.label} is neither JSON nor JSON lines: {error}",
                remedy=_REMEDIES["JSON lines"],
            ) from None
    items = document if isinstance(document, list) else [document]
    lines = io.BytesIO(
        b"".join(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE) for item in items)
    )
    return Stream(lines, piece.path.open("rb"))

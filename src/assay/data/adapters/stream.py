"""Bytes of a file as lines of UTF-8, whatever compression, encoding and line endings it has."""

from __future__ import annotations

import codecs
import gzip
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

import zstandard

from assay.core.errors import DataError
from assay.data.adapters.lines import CutLine, latin
from assay.data.encodings import wide

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from assay.data.adapters.chunks import Piece

BLOCK: Final = 1 << 20
LONGEST_LINE: Final = 64 << 20
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_COMPRESSED: Final = 1 << 15
"""Bytes that are decompressed at once: they may become a thousand times as many."""
_PARQUET: Final = b"PAR1"
_LATIN: Final = "some text is no UTF-8 and was read as Windows-1252"
_SIXTEEN: Final = "the file is {encoding}, not UTF-8, and was read as such"


class Readable(Protocol):
    """What is read block by block."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


class Stream:
    """A file's content, decompressed and in UTF-8.

    Attributes:
        name: of the file.
        warnings: what was done to make it so.
    """

    def __init__(self, piece: Piece) -> None:
        path = Path(cast("Path", getattr(piece, "path", None) or piece.label))
        self.label, self.name = piece.label, path.name
        self.warnings: set[str] = set()
        self._decoder: codecs.IncrementalDecoder | None = None
        self._first = True
        try:
            self._file = path.open("rb")
            self._size = path.stat().st_size
            self._content = _decompressed(self._file)
        except OSError as error:
            raise DataError(
                f"{self.label} cannot be opened: {error.strerror or error}",
                remedy="check that it is there and that you may read it",
            ) from error

    def read(self, size: int = BLOCK) -> bytes:
        """The next bytes, empty at the end.

        Raises:
            DataError: where the file breaks off or is damaged.
        """
        with self._telling():
            block = self._content.read(size)
        if self._first:
            self._first = False
            block = self._without_mark(block)
        if self._decoder is None:
            return block
        text = self._decoder.decode(block, final=not block)
        return text.encode("utf-8", "replace")

    @property
    def done(self) -> float | None:
        """Share of the file's bytes that are read."""
        return min(self._file.tell() / self._size, 1.0) if self._size else 1.0

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def text(self, line: bytes) -> str:
        """A line as text; bytes that are no UTF-8 are read as Windows-1252."""
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.warnings.add(_LATIN)
            return latin(line)

    def _without_mark(self, block: bytes) -> bytes:
        if block.startswith(_PARQUET):
            raise DataError(
                f"{self.label} is a Parquet file, expected text",
                remedy="rename it to end in .parquet",
            )
        if block.startswith(codecs.BOM_UTF8):
            return block[len(codecs.BOM_UTF8) :]
        if encoding := wide(block):
            self.warnings.add(_SIXTEEN.format(encoding=encoding.upper()))
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
            if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return block[2:]
        return block

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except EOFError as error:
            raise DataError(
                f"{self.label} breaks off before the end of its compressed data",
                remedy="copy or export it again; nothing of it was imported",
            ) from error
        except (OSError, zlib.error, zstandard.ZstdError) as error:
            raise DataError(
                f"{self.label} cannot be decompressed: {error}",
                remedy="copy or export it again; nothing of it was imported",
            ) from error


def _decompressed(file: io.BufferedReader) -> Readable:
    start = file.peek(4)[:4]
    if start.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file)
    if start == _ZSTD:
        return _Zstd(file)
    return file


class _Zstd:
    """A zstd file, frame by frame, that says when it breaks off instead of ending there."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._rest = b""
        self._ready = b""

    def read(self, size: int = -1, /) -> bytes:
        while not self._ready:
            taken = self._rest or self._file.read(_COMPRESSED)
            self._rest = b""
            if not taken:
                if self._frame is not None:
                    raise EOFError
                return b""
            if self._frame is None:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._ready = self._frame.decompress(taken)
            if self._frame.eof:
                self._rest = self._frame.unused_data
                self._frame = None
        if size < 0:
            size = len(self._ready)
        block, self._ready = self._ready[:size], self._ready[size:]
        return block


def line_blocks(stream: Stream) -> Iterator[list[bytes]]:
    """The lines of a stream with their endings (LF, CRLF or CR), block by block.

    Of a line of more than `LONGEST_LINE` bytes there is only the beginning, as a `CutLine`.
    """
    parts: list[bytes] = []
    held = 0
    while block := stream.read(BLOCK):
        if parts and parts[-1].endswith(b"\r") and not block.startswith(b"\n"):
            yield [_line(parts, held)]
            parts, held = [], 0
        lines = block.splitlines(keepends=True)
        if len(lines) > 1 or lines[0].endswith(b"\n"):
            if parts:
                lines[0] = _line([*parts, lines[0]], held + len(lines[0]))
                parts, held = [], 0
            if lines[-1].endswith(b"\n"):
                yield lines
                continue
            *whole, last = lines
            if whole:
                yield whole
        else:
            last = lines[0]
        held += len(last)
        if held <= LONGEST_LINE or last.endswith(b"\r") or not parts:
            parts.append(last)
    if parts:
        yield [_line(parts, held)]


def _line(parts: list[bytes], held: int) -> bytes:
    if held > LONGEST_LINE:
        return CutLine(parts[0][:BLOCK])
    return parts[0] if len(parts) == 1 else b"".join(parts)

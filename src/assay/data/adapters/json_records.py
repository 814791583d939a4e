"""JSON in all the ways that logs have it: lines, one array, objects one after another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import orjson

from assay.core.errors import DataError
from assay.data.adapters.chunks import LONGEST_EXCERPT, Broken
from assay.data.adapters.lines import BLANK, NO_OBJECT, object_of
from assay.data.adapters.stream import BLOCK, line_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.stream import Stream

Numbered = tuple[int, "dict[str, Any] | Broken"]

WRAPPERS: Final = ("data", "results", "items", "records", "rows")
"""Keys under which an API puts the list of its records."""
_AROUND: Final = frozenset({
    "count", "cursor", "error", "errors", "first_id", "hasMore", "has_more", "last_id", "limit",
    "links", "meta", "metadata", "next", "nextCursor", "next_cursor", "next_page_token", "object",
    "offset", "page", "pageSize", "page_size", "per_page", "previous", "status", "success", "total",
    "totalItems", "totalPages", "total_count", "total_pages",
})  # fmt: skip
"""What an API says beside them, of the page."""
_MOST_BESIDE: Final = 3
_BETWEEN: Final = " \t\r\n,\ufeff\x00"
_LARGEST: Final = 64 << 20


def json_records(stream: Stream) -> Iterator[Numbered]:
    """Every record with its number: of the line, or of the element where there are no lines.

    Raises:
        DataError: where an array or an object over several lines breaks off or is damaged, so that
            the records after the place cannot be told apart.
    """
    in_lines, blocks = shape_of(stream)
    if not in_lines:
        yield from documents(stream, blocks)
        return
    number = 0
    for block in blocks:
        for line in block:
            number += 1
            body = line.strip(BLANK)
            if body:
                yield number, read_line(stream, line, number)


def shape_of(stream: Stream) -> tuple[bool, Iterator[list[bytes]]]:
    """Whether every line is a record of its own, and the lines."""
    blocks = line_blocks(stream)
    ahead: list[list[bytes]] = []
    first = b""
    for block in blocks:
        ahead.append(block)
        first = next((body for line in block if (body := line.strip(BLANK))), b"")
        if first:
            break
    return not _spans_lines(first), _chained(ahead, blocks)


def _chained(ahead: list[list[bytes]], blocks: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
    yield from ahead
    yield from blocks


def _spans_lines(body: bytes) -> bool:
    """Whether the first line is only the beginning of an array or an object."""
    if body.startswith(b"["):
        return True
    if not body.startswith(b"{"):
        return False
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.endswith((b"[", b"{", b",")) or body == b"{"
    return wrapped(value) is not None


def wrapped(value: object) -> list[Any] | None:
    """The records in what an API answers: an object with a list of them, and little else."""
    if not isinstance(value, dict):
        return None
    for key in WRAPPERS:
        listed = value.get(key)
        if isinstance(listed, list) and all(isinstance(one, dict) for one in listed):
            beside = value.keys() - {key}
            return listed if len(beside) <= _MOST_BESIDE or beside <= _AROUND else None
    return None


def read_line(stream: Stream, line: bytes, number: int) -> dict[str, Any] | Broken:
    """The object on a line, or why it is none."""
    value = object_of(line)
    if isinstance(value, dict):
        return value
    return broken(number, value, stream.text(line))


def broken(number: int, reason: str, text: str) -> Broken:
    """A record that cannot be read."""
    return Broken(row=number, reason=reason, text=text[:LONGEST_EXCERPT])


def documents(stream: Stream, blocks: Iterator[list[bytes]]) -> Iterator[Numbered]:
    """Every element of an array, or every object of several, with its number.

    Raises:
        DataError: as `json_records`.
    """
    number = 0
    for text, value in _values(stream, blocks):
        listed = wrapped(value)
        for one in [value] if listed is None else listed:
            number += 1
            if isinstance(one, dict):
                yield number, one
            else:
                yield number, broken(number, NO_OBJECT, text)


def _values(stream: Stream, blocks: Iterator[list[bytes]]) -> Iterator[tuple[str, Any]]:
    """Every value of an array, or every one of several that follow each other, with its text."""
    text = _Text(stream, blocks)
    within = False
    while (sign := text.next_sign()) is not None:
        if sign == "[" and not within:
            within = True
            text.at += 1
        elif sign == "]" and within:
            within = False
            text.at += 1
        else:
            yield text.value()
    if within:
        raise DataError(
            f"{stream.label} is a JSON array that breaks off before its closing bracket",
            remedy="copy or export it again; nothing of it was imported",
        )


class _Text:
    """The text of a file from the value on that is read; what is held is one value and a block."""

    def __init__(self, stream: Stream, blocks: Iterator[list[bytes]]) -> None:
        self.at = 0
        self._held = ""
        self._ended = False
        self._stream, self._blocks = stream, blocks
        self._decoder = json.JSONDecoder()

    def next_sign(self) -> str | None:
        """The first sign after what may stand between values, None at the end."""
        while True:
            while self.at < len(self._held) and self._held[self.at] in _BETWEEN:
                self.at += 1
            if self.at < len(self._held):
                return self._held[self.at]
            if self._ended:
                return None
            self._fill(1)

    def value(self) -> tuple[str, Any]:
        """The value that begins here, and the beginning of its text."""
        wanted = BLOCK
        while True:
            self._fill(wanted)
            try:
                value, end = self._decoder.raw_decode(self._held, self.at)
            except (ValueError, RecursionError) as error:
                size = len(self._held) - self.at
                if self._ended or size > _LARGEST or isinstance(error, RecursionError):
                    raise _damaged(self._stream, self._held[self.at :]) from error
                wanted = 2 * size
                continue
            text = self._held[self.at : min(end, self.at + LONGEST_EXCERPT)]
            self.at = end
            return text, value

    def _fill(self, wanted: int) -> None:
        """Hold at least so many signs from here on, where there are as many."""
        if len(self._held) - self.at >= wanted:
            return
        parts = [self._held[self.at :]]
        size = len(parts[0])
        while size < wanted and not self._ended:
            lines = next(self._blocks, None)
            if lines is None:
                self._ended = True
            else:
                parts += [self._stream.text(line) for line in lines]
                size += sum(map(len, lines))
        self._held, self.at = "".join(parts), 0


def _damaged(stream: Stream, rest: str) -> DataError:
    return DataError(
        f"{stream.label} is no JSON after {json.dumps(rest[:1])} …, where a record of its array or "
        "an object over several lines should begin and end",
        remedy="export it again, best as one object per line (JSON lines); nothing was imported",
    )

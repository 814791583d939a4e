"""JSON in all the ways that logs have it: lines, one array, objects one after another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import orjson

from assay.core.errors import DataError
from assay.data.adapters.chunks import LONGEST_EXCERPT, Broken
from assay.data.adapters.stream import BLOCK, CutLine, latin, line_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.stream import Stream

Numbered = tuple[int, "dict[str, Any] | Broken"]

WRAPPERS: Final = ("data", "results", "items")
"""Keys under which an API puts the list of its records."""
BLANK: Final = b" \t\r\n\x00"
"""What may stand around a record, with the zeros of a file that was given its size ahead."""
_BETWEEN: Final = " \t\r\n,\ufeff\x00"
_LARGEST: Final = 64 << 20
NO_JSON: Final = "is no JSON"
NO_OBJECT: Final = "is JSON, but no object"
TOO_LONG: Final = "is longer than 64 MB"


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
    """The records in what an API answers: an object with a list of them."""
    if isinstance(value, dict) and len(value) <= 4:
        for key in WRAPPERS:
            listed = value.get(key)
            if isinstance(listed, list) and all(isinstance(one, dict) for one in listed):
                return listed
    return None


def read_line(stream: Stream, line: bytes, number: int) -> dict[str, Any] | Broken:
    """The object on a line, or why it is none."""
    value = object_of(line)
    if isinstance(value, dict):
        return value
    return broken(number, value, stream.text(line))


def object_of(line: bytes) -> dict[str, Any] | str:
    """The object on a line, or why it is none."""
    if isinstance(line, CutLine):
        return TOO_LONG
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            text = line.strip(BLANK).decode()
        except UnicodeDecodeError:
            text = latin(line.strip(BLANK))
        try:
            value = json.loads(text)  # also takes NaN, and numbers of any size
        except (ValueError, RecursionError):
            return NO_JSON
    return value if isinstance(value, dict) else NO_OBJECT


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
        for one in wrapped(value) or [value]:
            number += 1
            if isinstance(one, dict):
                yield number, one
            else:
                yield number, broken(number, NO_OBJECT, text)


def _values(stream: Stream, blocks: Iterator[list[bytes]]) -> Iterator[tuple[str, Any]]:
    """Every value of an array, or every one of several that follow each other.

    What is held is one value, and at least a block.
    """
    decoder = json.JSONDecoder()
    held, at, depth, wanted, ended = "", 0, 0, BLOCK, False
    while True:
        while not ended and len(held) - at < wanted:
            lines = next(blocks, None)
            if lines is None:
                ended = True
            else:
                held, at = held[at:] + "".join(stream.text(line) for line in lines), 0
        at = _past_blanks(held, at)
        if at >= len(held):
            if ended:
                break
            continue
        if held[at] == "[" and depth == 0:
            depth, at = 1, at + 1
            continue
        if held[at] == "]" and depth == 1:
            depth, at = 0, at + 1
            continue
        try:
            value, end = decoder.raw_decode(held, at)
        except (ValueError, RecursionError) as error:
            if ended or len(held) - at > _LARGEST or isinstance(error, RecursionError):
                raise _damaged(stream, held[at:]) from error
            wanted = 2 * (len(held) - at)
            continue
        wanted = BLOCK
        yield held[at : min(end, at + LONGEST_EXCERPT)], value
        at = end
    if depth:
        raise DataError(
            f"{stream.label} is a JSON array that breaks off before its closing bracket",
            remedy="copy or export it again; nothing of it was imported",
        )


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BETWEEN:
        at += 1
    return at


def _damaged(stream: Stream, rest: str) -> DataError:
    return DataError(
        f"{stream.label} is no JSON after {json.dumps(rest[:1])} …, where a record of its array or "
        "an object over several lines should begin and end",
        remedy="export it again, best as one object per line (JSON lines); nothing was imported",
    )

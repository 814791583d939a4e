"""One line of JSON as an object, or why it is none: without frames, so that it loads at once."""

from __future__ import annotations

import json
from typing import Any, Final

import orjson

BLANK: Final = b" \t\r\n\x00"
"""What may stand around a record, with the zeros of a file that was given its size ahead."""
NO_JSON: Final = "is no JSON"
NO_OBJECT: Final = "is JSON, but no object"
TOO_LONG: Final = "is longer than 64 MB"


class CutLine(bytes):
    """The beginning of a line that is too long to be held."""

    __slots__ = ()


def latin(line: bytes) -> str:
    """Bytes as Windows-1252, and where that has no sign for one, as Latin-1."""
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


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

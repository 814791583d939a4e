"""CSV as it comes: records of text by the names in the header, ragged and open ones told."""

from __future__ import annotations

import csv
import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import DataError
from assay.data.adapters.json_records import broken
from assay.data.adapters.stream import LONGEST_LINE, line_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.chunks import Broken
    from assay.data.adapters.stream import Stream

SEPARATORS: Final = ",;\t|"
_TOLD: Final = re.compile(r"^sep=[,;\t|]\r?\n?$", re.IGNORECASE)
"""A first line by which a spreadsheet is told what separates the fields."""
LONGEST_RECORD: Final = 8 << 20
"""Characters of one record, over all its lines, before a quotation mark counts as left open."""
_MOST_OPEN: Final = 50
OPEN: Final = "opens a quotation mark that is not closed"


class _OpenError(Exception):
    """A record goes on for too long."""


class _Lines:
    """Lines of text that can be gone back to, from the beginning of a record on."""

    def __init__(self, stream: Stream) -> None:
        self._lines = (stream.text(line) for block in line_blocks(stream) for line in block)
        self.taken: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        if self._size > LONGEST_RECORD and len(self.taken) > 1:
            raise _OpenError
        return line

    def begin(self) -> None:
        """What was taken is a record."""
        self.taken, self._size = [], 0

    def back(self) -> str:
        """Keep the first line that was taken, give back all others."""
        first, *others = self.taken
        self._lines = chain(others, self._lines)  # type: ignore[assignment]
        self.begin()
        return first


def delimited(stream: Stream) -> Iterator[tuple[int, dict[str, Any] | Broken]]:
    """Every record with its number, the one after the header being 1; blank lines are none.

    Raises:
        DataError: where there is no header, it names a column twice, or the quotation marks are
            beyond repair.
    """
    if csv.field_size_limit() < LONGEST_LINE:
        csv.field_size_limit(LONGEST_LINE)
    lines = _Lines(stream)
    separator, names = _header(lines, stream)
    width, number, left_open = len(names), 0, 0
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.begin()
        try:
            values = next(reader)
        except StopIteration:
            return
        except (csv.Error, _OpenError) as error:
            number += 1
            several = len(lines.taken) > 1
            yield number, broken(number, OPEN if several else f"is no CSV: {error}", lines.back())
            left_open += several
            if left_open > _MOST_OPEN:
                raise _beyond_repair(stream) from error
            reader = csv.reader(lines, delimiter=separator, strict=True)
            continue
        if not values or (width > 1 and not any(values) and len(values) == 1):
            continue
        number += 1
        if len(values) == width:
            yield number, dict(zip(names, values, strict=True))
        else:
            reason = f"has {len(values)} fields, the header has {width}"
            yield number, broken(number, reason, "".join(lines.taken))


def _header(lines: _Lines, stream: Stream) -> tuple[str, list[str]]:
    for line in lines:
        if line.strip() and not _TOLD.match(line):
            first = line
            break
        lines.begin()
    else:
        raise DataError(
            f"{stream.label} is empty, expected a header with the names of its columns",
            remedy="check the export that made it",
        )
    if "\0" in first:
        raise DataError(
            f"{stream.label} is no text, expected a header with the names of its columns",
            remedy="if it is a spreadsheet or an archive, save it as CSV, or unpack it first",
        )
    bare = "".join(first.split('"')[::2])
    separator = max(SEPARATORS, key=bare.count)
    try:
        (names,) = list(csv.reader([first], delimiter=separator, strict=True))
    except (csv.Error, ValueError) as error:
        raise DataError(
            f"{stream.label} has no header that can be read: {error}",
            remedy="its first line has to name the columns, separated by commas",
        ) from error
    names = [name.strip() for name in names]
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise DataError(
            f"{stream.label} names the column {min(twice)!r} twice in its header",
            remedy="rename or remove one of them",
        )
    return separator, names


def _beyond_repair(stream: Stream) -> DataError:
    return DataError(
        f"{stream.label} has more than {_MOST_OPEN} records whose quotation marks are not closed",
        remedy='write a quotation mark within a field as "" and quote the whole field',
    )

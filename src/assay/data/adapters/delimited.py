"""CSV as it comes: records of text by the names in the header, ragged and open ones told."""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import DataError
from assay.data.adapters.json_records import broken
from assay.data.adapters.stream import LONGEST_LINE, line_blocks
from assay.data.headers import NAMELESS, Header, header_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.chunks import Broken
    from assay.data.adapters.stream import Stream

_BLANK: Final = " \t\r\n\0"
LONGEST_RECORD: Final = 8 << 20
"""Characters of one record, over all its lines, before a quotation mark counts as left open."""
_MOST_OPEN: Final = 50
OPEN: Final = "opens a quotation mark that is not closed"


class _OpenError(Exception):
    """A record goes on for too long."""


class _Lines:
    """Lines of text that can be gone back to, from the beginning of a record on."""

    def __init__(self, stream: Stream) -> None:
        self._lines = (
            text if "\0" not in (text := stream.text(line)) else _without_zeros(text)
            for block in line_blocks(stream)
            for line in block
        )
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


def _without_zeros(line: str) -> str:
    """A line without the zeros at the end of a file that was given its size ahead."""
    bare = line.rstrip("\0")
    return bare if bare.strip(_BLANK) else ""


def delimited(stream: Stream) -> Iterator[tuple[int, dict[str, Any] | Broken]]:
    """Every record with its number, the one after the header being 1; blank lines are none.

    Raises:
        DataError: where there is no header, it names a column twice, or the quotation marks are
            beyond repair.
    """
    if csv.field_size_limit() < LONGEST_LINE:
        csv.field_size_limit(LONGEST_LINE)
    lines = _Lines(stream)
    header = header_of(lines, stream.label, file=stream.name)
    separator, names = header.separator, header.names
    layout = _Layout(header, stream)
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
        fields = values if layout.plain and len(values) == width else layout.fitted(values)
        if fields is not None:
            yield number, dict(zip(names, fields, strict=True))
        else:
            reason = f"has {len(values)} fields, the header has {width}"
            yield number, broken(number, reason, "".join(lines.taken))


class _Layout:
    """How the fields of records stand to the names in the header: told by the first record.

    Attributes:
        plain: whether there is one field for each name, as far as is known.
    """

    def __init__(self, header: Header, stream: Stream) -> None:
        self._header, self._stream = header, stream
        self._width = len(header.names)
        self._more = self._less = False
        self._first, self.plain = True, False

    def fitted(self, values: list[str]) -> list[str] | None:
        """The fields, one for each name; None where they are more or fewer."""
        if self._first:
            self._begin(values)
        width = self._width
        if self._more:
            full = len(values) == width and values[-1] != ""
            ended = len(values) == width + 1 and not values[-1].strip()
            return values[:width] if full or ended else None
        if self._less and len(values) == width - 1:
            return [*values, ""]
        return values if len(values) == width else None

    def _begin(self, values: list[str]) -> None:
        header = replace(self._header, record=tuple(values))
        self._more, self._less, self._first = header.more, header.less, False
        self.plain = not (self._more or self._less)
        if not self.plain:
            self._stream.warnings.add(NAMELESS)


def _beyond_repair(stream: Stream) -> DataError:
    return DataError(
        f"{stream.label} has more than {_MOST_OPEN} records whose quotation marks are not closed",
        remedy='write a quotation mark within a field as "" and quote the whole field',
    )

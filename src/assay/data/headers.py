"""How a CSV begins: what stands above its header, what separates and names its fields."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assay.core.errors import DataError
from assay.data.shown import told_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SEPARATORS: Final = ",;\t|"
_MARK: Final = "\ufeff"
_TAB: Final = "\t"
_TABBED: Final = re.compile(r"\.(?:tsv|tab)(?:\.gz|\.zst)?$", re.IGNORECASE)
_TOLD: Final = re.compile(r"^sep=[,;\t|]\r?\n?$", re.IGNORECASE)
"""A first line by which a spreadsheet is told what separates the fields."""
_LINES_OF_ONE: Final = 1000
"""Lines over which the first record is sought."""

NAMELESS: Final = "the last column has no name and no value, and was left out"
"""A header with one separator more than its records, or the other way round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The beginning of a CSV.

    Attributes:
        line: number of the header's line, from 0.
        names: of the columns, without blanks around them.
        record: fields of the first record; None where there is none, or it cannot be read.
    """

    line: int
    separator: str
    names: tuple[str, ...]
    record: tuple[str, ...] | None = None

    @property
    def more(self) -> bool:
        """Whether records end with a separator that the header lacks."""
        return (
            self.record is not None
            and len(self.record) == len(self.names) + 1
            and not self.record[-1].strip()
        )

    @property
    def less(self) -> bool:
        """Whether the header ends with a separator that records lack."""
        return (
            self.record is not None
            and len(self.record) == len(self.names) - 1
            and not self.names[-1]
        )


def header_of(lines: Iterable[str], label: str, *, file: str = "") -> Header:
    """The header of a CSV; reads no line after it.

    Args:
        lines: of the file, with their endings.
        label: what the file is called in messages.
        file: its name, which tells where fields are separated by tabs.

    Raises:
        DataError: where there is none, it cannot be read, or it names a column twice.
    """
    above = 0
    for given in lines:
        line = given if above else given.removeprefix(_MARK)
        if line.strip() and not _TOLD.match(line):
            break
        above += 1
    else:
        raise DataError(
            f"{label} is empty, expected a header with the names of its columns",
            remedy="check the export that made it",
        )
    if "\0" in line:
        raise DataError(
            f"{label} is no text, expected a header with the names of its columns",
            remedy="if it is a spreadsheet or an archive, save it as CSV, or unpack it first",
        )
    bare = "".join(line.split('"')[::2])
    tabbed = _TABBED.search(file) and _TAB in bare
    separator = _TAB if tabbed else max(_SEPARATORS, key=bare.count)
    try:
        (names,) = list(csv.reader([line], delimiter=separator, strict=True))
    except (csv.Error, ValueError) as error:
        raise DataError(
            f"{label} has no header that can be read: {error}",
            remedy="its first line has to name the columns, separated by commas",
        ) from error
    names = [name.strip() for name in names]
    if twice := [name for name in names if name and names.count(name) > 1]:
        raise DataError(
            f"{label} names {_told(twice[0], names)} twice in its header",
            remedy="rename or remove one of them; if its first line is data, write a header above",
        )
    return Header(line=above, separator=separator, names=tuple(names))


def _told(twice: str, names: list[str]) -> str:
    """A column by its name, or by its places where the name is more than a word."""
    told, _ = told_context([twice])
    places = [number for number, name in enumerate(names, start=1) if name == twice]
    return f"the column {twice!r}" if told else f"a column ({' and '.join(map(str, places))})"


def first_record(lines: Iterator[str], header: Header) -> tuple[str, ...] | None:
    """The fields of the first record after the header."""
    few = (line for _, line in zip(range(_LINES_OF_ONE), lines, strict=False))
    try:
        for values in csv.reader(few, delimiter=header.separator, strict=True):
            if any(values) or len(values) > 1:
                return tuple(values)
    except csv.Error:
        return None
    return None

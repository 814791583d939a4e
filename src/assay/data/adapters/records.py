"""Records one after another into rows of our tables, with the account of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from assay.data.adapters.batches import batches
from assay.data.adapters.chunks import ROW, Chunk
from assay.data.adapters.frames import found_of
from assay.data.adapters.values import Given, as_text, fields_of, missing, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assay.data.adapters.batches import Record
    from assay.data.adapters.chunks import Options, Piece

UNREADABLE: Final = "`{name}` of some records is no JSON, so that nothing in it was read"
_MOST_ROWS: Final = 50_000
_MOST_CONTEXT: Final = 200
"""Columns of the user's own that are kept: more would be data in the names."""


@dataclass(slots=True)
class Account:
    """What became of the records of one chunk."""

    rows: dict[str, list[dict[str, Given]]] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    warnings: set[str] = field(default_factory=set)

    def add(self, table: str, row: int, values: dict[str, Given]) -> None:
        """One row of a table, made of one record."""
        values[ROW] = row
        self.rows.setdefault(table, []).append(values)

    def skip(self, reason: str) -> None:
        """One record that is none of ours."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def warn(self, warning: str) -> None:
        """Something that the user should know of the values."""
        self.warnings.add(warning)


def read_records(
    piece: Piece, options: Options, add: Callable[[Record, int, Account], None]
) -> Iterator[Chunk]:
    """A piece in chunks; `add` makes rows of every record.

    Raises:
        DataError: where the piece cannot be read to its end.
    """
    for batch in batches(piece, min(options.chunk_rows, _MOST_ROWS)):
        account = Account()
        for row, record in zip(batch.rows, batch.records, strict=True):
            add(record, row, account)
        yield Chunk(
            found=tuple(found_of(table, columns_of(rows)) for table, rows in account.rows.items()),
            read=batch.read,
            broken=tuple(batch.broken),
            skipped=account.skipped,
            warnings=(*sorted(account.warnings), *sorted(batch.warnings)),
            done=batch.done,
        )


def columns_of(rows: list[dict[str, Given]]) -> dict[str, list[Given]]:
    """Rows as columns, the user's own at most `_MOST_CONTEXT`."""
    names = dict.fromkeys(name for row in rows for name in row)
    context = [name for name in names if name.startswith("ctx_")]
    for name in context[_MOST_CONTEXT:]:
        del names[name]
    return {name: [row.get(name) for row in rows] for name in names}


def first(record: Record, *names: str) -> Given:
    """The first of some fields that holds anything."""
    for name in names:
        value = record.get(name)
        if not missing(value):
            return value
    return None


def read_fields(record: Record, name: str, account: Account) -> Mapping[str, Given]:
    """The object in a field, with a warning where it is a text that is no object."""
    value = record.get(name)
    fields = fields_of(value)
    if not fields and unreadable(value):
        account.warn(UNREADABLE.format(name=name))
    return fields


def context_of(value: Given, *, known: frozenset[str] = frozenset()) -> dict[str, Given]:
    """The plain values of an object as the user's own columns."""
    return {
        f"ctx_{name}"[:80]: as_text(one)
        for name, one in fields_of(value).items()
        if name not in known and not missing(one) and not isinstance(one, dict | list)
    }


def between(start: Given, end: Given) -> float | None:
    """Seconds between two moments in microseconds."""
    if type(start) is int and type(end) is int:
        return (end - start) / 1e6
    return None


def scaled(value: Given, factor: float) -> Given:
    """A number in another unit; what is none stays as it was given."""
    return value * factor if isinstance(value, float) else value

"""Recorded events as rows of their tables, as an adapter would have found them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.data.adapters import Broken, Found
from assay.data.adapters.chunks import ROW
from assay.data.adapters.frames import series_of
from assay.data.adapters.values import as_text, moment, name_of, number, truth, whole
from assay.data.live.events import KEYS
from assay.data.live.packing import UNUSABLE
from assay.data.mapping import CONTEXT
from assay.schema import TABLES, schema_of, time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assay.data.live.events import Event

_USUAL: Final = "interactions"
_LONGEST_NAME: Final = 40
_TAKEN: Final[dict[type[pl.DataType], Callable[[Any], Any]]] = {
    pl.Int64: whole,
    pl.Float64: number,
    pl.Boolean: truth,
    pl.Datetime: moment,
    pl.String: name_of,
}


@dataclass(slots=True)
class Sorted:
    """Events by their tables.

    Attributes:
        tables: table → rows, each with its number among the events, from 1.
        broken: table → events of which no row can be made.
        unknown: (table, field) that is neither a column of the table nor of the user's own.
    """

    tables: dict[str, list[tuple[int, dict[str, Any]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    broken: dict[str, list[Broken]] = field(default_factory=lambda: defaultdict(list))
    unknown: set[tuple[str, str]] = field(default_factory=set)


def sorted_events(events: Sequence[Event]) -> Sorted:
    """Every event as a row, with its key and its time, or why there is none."""
    found = Sorted()
    for place, (at, key, named, fields, ambient) in enumerate(events, 1):
        table = str(named)
        if table not in TABLES:
            found.broken[_USUAL].append(_broken(place, _no_table(table), key, at))
            continue
        row = {n: value for n, value in (ambient or {}).items() if _fits(n, _columns(table))}
        for name, value in fields.items():
            if _fits(name, _columns(table)):
                row[name] = value
            else:
                found.unknown.add((table, name))
        if (column := KEYS.get(table)) is not None and row.get(column) is None:
            row[column] = key
        if (time := _time(table)) is not None and row.get(time) is None:
            row[time] = at
        if unusable := [name for name, value in row.items() if _unusable(value)]:
            kind = row[unusable[0]][UNUSABLE]
            why = f"{unusable[0]} holds a value of the type {kind}, expected a text or a number"
            found.broken[table].append(_broken(place, why, key, at))
        else:
            found.tables[table].append((place, row))
    return found


def found_of(table: str, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> Found:
    """The rows as a frame: typed where every value of a column fits, otherwise as text."""
    types = _columns(table)
    names = dict.fromkeys(name for _, row in rows for name in row)
    series = [pl.Series(ROW, [place for place, _ in rows], dtype=pl.Int64)]
    for name in names:
        values = [row.get(name) for _, row in rows]
        if name.startswith(CONTEXT):
            series.append(_context(name, values))
        else:
            series.append(_column(name, values, types[name]))
    return Found(table=table, frame=pl.DataFrame(series))


def shown(name: str) -> str:
    """A name that the application's code gave, as it may be told; anything else may be data."""
    return repr(name) if name.isidentifier() and len(name) <= _LONGEST_NAME else "of another name"


def _no_table(name: str) -> str:
    close = get_close_matches(name, TABLES, n=1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    return f"a table {shown(name)} is unknown{hint}"


def _broken(place: int, why: str, key: object, at: int) -> Broken:
    """Told apart from others of its kind by its key, or by when it came."""
    return Broken(row=place, reason=why, text=as_text(key) or str(at))


def _column(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    taken = _TAKEN.get(dtype.base_type())
    if taken is not None:
        return series_of(name, [taken(value) for value in values], dtype)
    return pl.Series(name, [_listed(value) for value in values], dtype=pl.String)


def _listed(value: Any) -> str | None:  # noqa: ANN401
    if isinstance(value, list):
        return ";".join(filter(None, (as_text(each) for each in value))) or None
    return as_text(value)


def _context(name: str, values: Sequence[Any]) -> pl.Series:
    """A column of the user's own: flags or numbers where all are, otherwise text."""
    kinds = {type(value) for value in values if value is not None}
    for plain, dtype in (({bool}, pl.Boolean), ({int}, pl.Int64), ({int, float}, pl.Float64)):
        if kinds and kinds <= plain:
            return series_of(name, values, dtype())
    return pl.Series(name, [as_text(value) for value in values], dtype=pl.String)


def _unusable(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, dict) and UNUSABLE in value


def _fits(name: str, columns: Mapping[str, pl.DataType]) -> bool:
    return name in columns or (name.startswith(CONTEXT) and len(name) > len(CONTEXT))


@cache
def _columns(table: str) -> Mapping[str, pl.DataType]:
    return {name: column.dtype for name, column in schema_of(table).columns().items()}


@cache
def _time(table: str) -> str | None:
    """The moment of a row, which is now unless it is given; a day is not."""
    name = time_of(schema_of(table))
    return name if name is not None and isinstance(_columns(table)[name], pl.Datetime) else None

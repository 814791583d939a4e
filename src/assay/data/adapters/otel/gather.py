"""Columns of many blocks as the frames of one chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from assay.data.adapters.chunks import LONGEST_EXCERPT, ROW, Broken, Chunk, Found
from assay.data.adapters.frames import moments_of, series_of
from assay.data.adapters.otel.names import CALLS, INTERACTIONS, SCORES
from assay.data.adapters.otel.packing import (
    BREAK,
    FLOATS,
    NULL,
    SAME,
    TEXTS,
    WHOLE,
    unpack,
)
from assay.schema import schema_of

if TYPE_CHECKING:
    from assay.data.adapters.otel.blocks import Parsed
    from assay.data.adapters.otel.packing import Packed
    from assay.data.adapters.stream import Stream

_TABLES: Final = {"interactions": INTERACTIONS, "calls": CALLS, "scores": SCORES}
_OURS: Final = frozenset(schema_of("interactions").column_names())
_TYPES: Final[dict[str, dict[str, pl.DataType]]] = {
    table: {name: column.dtype for name, column in schema_of(table).columns().items()}
    | {ROW: pl.Int64()}
    for table in _TABLES
}


_DTYPES: Final[dict[str, type[np.int64 | np.float64]]] = {WHOLE: np.int64, FLOATS: np.float64}
_MOST: Final = 2**63


class Pending:
    """Columns that become the next chunk.

    Attributes:
        before: records of the piece before this chunk.
        read: records so far.
        rows: interactions so far.
    """

    def __init__(self, before: int = 0) -> None:
        self.before, self.read, self.rows = before, 0, 0
        self._tables: dict[str, dict[str, list[Packed]]] = {
            table: {name: [] for name in names} for table, names in _TABLES.items()
        }
        self._context: dict[str, dict[int, Any]] = {}
        self._broken: list[Broken] = []
        self._skipped: dict[str, int] = {}
        self._warnings: dict[str, int] = {}

    def add(self, done: Parsed) -> None:
        """What one block holds."""
        read, interactions, calls, scores, context, broken, skipped, warnings = done
        offset, place = self.before + self.read, self.rows
        for table, columns in zip(_TABLES, (interactions, calls, scores), strict=True):
            for (name, parts), packed in zip(self._tables[table].items(), columns, strict=False):
                parts.append(_moved(packed, offset) if name == ROW else packed)
        for name, values in context.items():
            known = self._context.setdefault(name, {})
            known.update((place + index, value) for index, value in values.items())
        self._broken.extend(
            Broken(row=offset + row, reason=reason, text=text[:LONGEST_EXCERPT])
            for row, reason, text in broken
        )
        for known_counts, counts in ((self._skipped, skipped), (self._warnings, warnings)):
            for name, count in counts.items():
                known_counts[name] = known_counts.get(name, 0) + count
        self.read += read
        self.rows += interactions[0][2] if interactions else 0

    def chunk(self, stream: Stream) -> Chunk:
        """Everything so far."""
        found = [
            Found(table=table, frame=self._frame(table, columns))
            for table, columns in self._tables.items()
            if columns[ROW]
        ]
        return Chunk(
            found=tuple(found),
            read=self.read,
            broken=tuple(self._broken),
            skipped=self._skipped,
            warnings=(*sorted(self._warnings), *sorted(stream.warnings)),
            done=stream.done,
        )

    def _frame(self, table: str, columns: dict[str, list[Packed]]) -> pl.DataFrame:
        types = _TYPES[table]
        own = self._own(columns) if table == "interactions" else {}
        series = [
            _series(name, parts, types[name])
            for name, parts in columns.items()
            if name not in own and (name == ROW or not all(map(_is_nothing, parts)))
        ]
        made = {one.name: one for one in series}
        for name, values in own.items():
            if any(value is not None for value in values):
                made[name] = series_of(name, values, types.get(name, pl.String()))
        order = [*columns, *(name for name in own if name not in columns)]
        return pl.DataFrame([made[name] for name in order if name in made])

    def _own(self, columns: dict[str, list[Packed]]) -> dict[str, list[Any]]:
        """Columns with values that the user's own attributes set."""
        found: dict[str, list[Any]] = {}
        for name, values in self._context.items():
            if not (name in columns or name.startswith("ctx_") or name in _OURS):
                continue
            column = _values(columns[name]) if name in columns else [None] * self.rows
            for place, value in values.items():
                column[place] = value
            found[name] = column
        return found


def _moved(packed: Packed, offset: int) -> Packed:
    """Numbers of records, counted from the beginning of the piece."""
    how, content, count = packed
    if how == WHOLE:
        return (WHOLE, (np.frombuffer(content, dtype=np.int64) + offset).tobytes(), count)
    return (how, content + offset, count)


def _is_nothing(packed: Packed) -> bool:
    how, content, _ = packed
    return how == SAME and content is None


def _values(parts: list[Packed]) -> list[Any]:
    return [value for packed in parts for value in unpack(packed)]


def _series(name: str, parts: list[Packed], dtype: pl.DataType) -> pl.Series:
    """The values in a type where each of them is of it; otherwise all as text."""
    found: pl.Series | None = None
    if dtype == pl.String:
        found = _texts(parts)
    elif dtype == pl.Float64:
        found = _numbers(parts, FLOATS)
    elif dtype == pl.Int64 or isinstance(dtype, pl.Datetime):
        found = _numbers(parts, WHOLE)
    elif dtype == pl.Boolean:
        found = _same(parts, bool)
    if found is None:
        return series_of(name, _values(parts), dtype)
    found = moments_of(found) if isinstance(dtype, pl.Datetime) else found
    return found.rename(name)


def _same(parts: list[Packed], kind: type[str | bool]) -> pl.Series | None:
    """One value for all, None where it is not."""
    how, first, _ = parts[0]
    if how != SAME or type(first) is not kind:
        return None
    if any(how != SAME or type(one) is not kind or one != first for how, one, _ in parts):
        return None
    return pl.Series([first]).new_from_index(0, sum(count for *_, count in parts))


def _numbers(parts: list[Packed], wanted: str) -> pl.Series | None:
    """64-bit numbers, None where some are none."""
    arrays = []
    for how, content, count in parts:
        if how == wanted:
            arrays.append(np.frombuffer(content, dtype=_DTYPES[wanted]))
        elif how == SAME and wanted == WHOLE and type(content) is int and -_MOST <= content < _MOST:
            arrays.append(np.full(count, content, dtype=np.int64))
        else:
            return None
    return pl.Series(np.concatenate(arrays))


def _texts(parts: list[Packed]) -> pl.Series | None:
    """Texts without the blanks around them."""
    try:
        if (same := _same(parts, str)) is not None:
            return same.str.strip_chars()
        texts = []
        for how, content, count in parts:
            text = _text(how, content, count)
            if text is None:
                return None
            texts.append(text)
        found = pl.Series([BREAK.join(texts)], dtype=pl.String).str.split(BREAK).explode()
    except UnicodeEncodeError:
        return None
    if any(NULL in text for text in texts):
        found = found.to_frame("text").select(pl.when(pl.col("text") != NULL).then("text"))["text"]
    return found.str.strip_chars()


def _text(how: str, content: object, count: int) -> str | None:
    """Texts with breaks between them, None where they cannot be had."""
    if how == TEXTS and isinstance(content, bytes):
        return content.decode()
    if how == SAME and (content is None or type(content) is str):
        one = NULL if content is None else content
        if BREAK not in one and (content is None or NULL not in one):
            return BREAK.join([one] * count)
    return None

"""Any table whose columns are ours, or become ours by a mapping."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.core.errors import DataError
from assay.data.adapters.batches import EMPTY, Framed, batches, frames
from assay.data.adapters.chunks import ROW, Chunk, Found
from assay.data.adapters.frames import series_of
from assay.data.adapters.values import as_text
from assay.data.alike import as_mapping, nearest_column, nearly_ours
from assay.data.inner import head_of, reach, with_inner, written
from assay.data.mapping import Mapping, kept, read_mapping
from assay.data.numbering import PLACE, keys_by_place, placed
from assay.data.prepare import prepare_frame
from assay.schema import TABLES, required_columns, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.batches import Batch
    from assay.data.adapters.chunks import Look, Options, Piece

_USUAL: Final = "interactions"
_MOST_ROWS: Final = 100_000
_ABSENT: Final = "some part of the file has no {name!r} at all, which the mapping names"


class Table:
    """CSV, JSON lines, Parquet or a query, by the names of its columns."""

    name: Final = "table"
    habit: Final = (
        "token columns are taken as they are, so input tokens must already exclude cached ones; "
        "a mapping can take them off (`less`)"
    )

    def recognises(self, look: Look) -> bool:
        """Whether the columns without which a table means nothing are there."""
        return table_of(look.names) is not None

    def read(self, piece: Piece, options: Options) -> Iterator[Chunk]:
        """The rows of a table.

        Raises:
            DataError: where the piece cannot be read, or lacks a column.
            ParameterError: where the mapping does not fit.
        """
        told: tuple[str, Mapping] | None = None
        if isinstance(piece, Framed) or piece.kind == "Parquet":
            yield from _of_frames(piece, options)
            return
        for batch in batches(piece, min(options.chunk_rows, _MOST_ROWS)):
            frame = _frame(batch)
            if not batch.records and told is None:
                yield _nothing(batch)
                continue
            told = told or _told(frame.columns[1:], piece, options)
            frame = _with_inner(frame, told[1], batch)
            yield _chunk(frame, told, piece, batch=batch)


def _of_frames(piece: Piece, options: Options) -> Iterator[Chunk]:
    before = 0
    told: tuple[str, Mapping] | None = None
    for frame, done in frames(piece, options.chunk_rows):
        if frame.is_empty() and not before:
            yield Chunk(found=(), read=0, warnings=(EMPTY.format(label=piece.label),), done=done)
            continue
        told = told or _told(frame.columns, piece, options)
        inner, _ = with_inner(frame.lazy(), frame.columns, told[1].sources)
        numbered = inner.collect().with_row_index(PLACE, offset=before + 1)
        before += len(frame)
        yield _chunk(numbered.cast({PLACE: pl.Int64}), told, piece, done=done)


def _with_inner(frame: pl.DataFrame, mapping: Mapping, batch: Batch) -> pl.DataFrame:
    """Records with what the mapping's paths reach, of the objects themselves: columns are cut."""
    paths = [name for name in mapping.sources if head_of(name, frame.columns) is not None]
    return frame.with_columns(
        pl.Series(name, [written(reach(one, name)) for one in batch.records], dtype=pl.String)
        for name in paths
    )


def table_of(names: frozenset[str]) -> str | None:
    """The table that columns are of: has all that it needs, and the most of its others."""
    fits = {
        table: len(names & set(schema.column_names()))
        for table, schema in TABLES.items()
        if names >= set(required_columns(schema))
    }
    return max(fits, key=lambda table: fits[table], default=None)


def _told(names: list[str], piece: Piece, options: Options) -> tuple[str, Mapping]:
    """The table that the rows are of, and what becomes of their columns."""
    table = options.table
    if options.mapping is not None:
        mapping = read_mapping(options.mapping, table=table)
        table = mapping.table or _USUAL
    else:
        mapping = Mapping()
        table = table or table_of(frozenset(names)) or _USUAL
    for name in mapping.sources:
        absent = name not in names and head_of(name, names) is None
        if absent and piece.kind != "JSON lines":
            raise DataError(
                f"{piece.label} has no column {name!r}, which the mapping names",
                remedy=nearest_column(name, names),
            )
    columns = schema_of(table).column_names()
    there = {
        name
        for name, entry in mapping.columns.items()
        if not entry.sources
        or any(one in names or head_of(one, names) is not None for one in entry.sources)
    }
    known = there | {name for name in names if name in columns}
    if lacking := [name for name in required_columns(schema_of(table)) if name not in known]:
        nearly = nearly_ours(names, columns)
        raise DataError(
            f"{piece.label} has no column {' and '.join(map(repr, lacking))}, which {table} need",
            remedy=as_mapping(nearly, table)
            if nearly.keys() & set(lacking)
            else f"{nearest_column(lacking[0], names)}; name it in a mapping ({lacking[0]}: …)",
        )
    return table, mapping


def _chunk(
    frame: pl.DataFrame,
    told: tuple[str, Mapping],
    piece: Piece,
    *,
    batch: Batch | None = None,
    done: float | None = None,
) -> Chunk:
    table, mapping = told
    read = len(frame)
    warnings = set(batch.warnings) if batch is not None else set()
    if absent := [name for name in mapping.sources if name not in frame.columns]:
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
        warnings |= {_ABSENT.format(name=name) for name in absent}
    skipped: dict[str, int] = {}
    for reason, keeps in kept(mapping, frame.schema).items():
        left = frame.filter(keeps)
        if len(left) < len(frame):
            skipped[reason] = len(frame) - len(left)
        frame = left
    frame = frame.with_columns(keys_by_place(mapping))
    typed = prepare_frame(frame, table, placed(mapping), along=(PLACE,), path=piece.label)
    found = Found(table=table, frame=typed.frame.rename({PLACE: ROW}), typed=typed.typed)
    if batch is None:
        return Chunk(found=(found,), read=read, skipped=skipped, done=done)
    return Chunk(
        found=(found,),
        read=batch.read,
        broken=tuple(batch.broken),
        skipped=skipped,
        warnings=tuple(sorted(warnings)),
        done=batch.done,
    )


def _nothing(batch: Batch) -> Chunk:
    return Chunk(
        found=(),
        read=batch.read,
        broken=tuple(batch.broken),
        warnings=tuple(sorted(batch.warnings)),
        done=batch.done,
    )


def _frame(batch: Batch) -> pl.DataFrame:
    """Records as columns: of one type where all values are, else as text."""
    names = dict.fromkeys(chain.from_iterable(batch.records))
    columns = [pl.Series(PLACE, batch.rows, dtype=pl.Int64)]
    for name in names:
        if name != PLACE:
            values = [record.get(name) for record in batch.records]
            columns.append(_series(str(name), values))
    return pl.DataFrame(columns)


def _series(name: str, values: list[Any]) -> pl.Series:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str}:
        return series_of(name, values, pl.String())
    if kinds <= {bool}:
        return series_of(name, values, pl.Boolean())
    if kinds <= {int}:
        return series_of(name, values, pl.Int64())
    if kinds <= {int, float}:
        return series_of(name, values, pl.Float64())
    if kinds == {list} and all(
        all(isinstance(one, str) for one in value) for value in values if value is not None
    ):
        return pl.Series(name, values, dtype=pl.List(pl.String))
    return pl.Series(name, [as_text(value) for value in values], dtype=pl.String)

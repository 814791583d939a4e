"""Records one by one out of any file or query, each with its number or the reason it has none."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, cast, runtime_checkable

import polars as pl

from assay.core.errors import DataError
from assay.data.adapters.chunks import Broken
from assay.data.adapters.delimited import delimited
from assay.data.adapters.json_records import json_records
from assay.data.adapters.stream import Stream
from assay.data.inner import written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from polars._typing import PolarsDataType

    from assay.data.adapters.chunks import Piece

Record = dict[str, Any]

EMPTY: Final = "{label} holds no records"


@dataclass(slots=True)
class Batch:
    """Consecutive records of a piece.

    Attributes:
        rows: number of each record in its piece, from 1.
        read: records, with the broken ones.
    """

    rows: list[int] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    warnings: set[str] = field(default_factory=set)
    done: float | None = None

    @property
    def read(self) -> int:
        """All records of the batch."""
        return len(self.records) + len(self.broken)


@runtime_checkable
class Framed(Protocol):
    """A piece that comes as frames: a query."""

    def batches(self, rows: int) -> Iterator[pl.DataFrame]:
        """Frames of about so many rows."""
        ...


def batches(piece: Piece, rows: int) -> Iterator[Batch]:
    """The records of a piece, at most so many at once.

    Raises:
        DataError: where the piece cannot be read to its end.
    """
    if isinstance(piece, Framed) or piece.kind == "Parquet":
        yield from _of_frames(frames(piece, rows), piece.label)
        return
    with closing(Stream(piece)) as stream:
        records = delimited(stream) if piece.kind == "CSV" else json_records(stream)
        batch = Batch()
        last = 0
        for number, record in records:
            last = number
            if isinstance(record, dict):
                batch.rows.append(number)
                batch.records.append(record)
            else:
                batch.broken.append(record)
            if batch.read >= rows:
                yield _closed(batch, stream)
                batch = Batch()
        if batch.read or not last:
            batch = _closed(batch, stream)
            if not last:
                batch.warnings.add(EMPTY.format(label=piece.label))
            yield batch


def _closed(batch: Batch, stream: Stream) -> Batch:
    batch.done = stream.done
    batch.warnings = set(stream.warnings)
    return batch


def _of_frames(frames: Iterator[tuple[pl.DataFrame, float | None]], label: str) -> Iterator[Batch]:
    seen = 0
    for frame, done in frames:
        records = frame.to_dicts()
        rows = list(range(seen + 1, seen + 1 + len(records)))
        warnings = set() if rows or seen else {EMPTY.format(label=label)}
        yield Batch(rows=rows, records=records, warnings=warnings, done=done)
        seen += len(records)


def frames(piece: Piece, rows: int) -> Iterator[tuple[pl.DataFrame, float | None]]:
    """A piece that is a table, frame by frame, with the share that is read.

    Raises:
        DataError: where it is damaged.
    """
    if isinstance(piece, Framed):
        for frame in piece.batches(rows):
            yield _without_bytes(frame), None
        return
    path = cast("Path", piece.path)  # type: ignore[attr-defined]
    try:
        table = pl.scan_parquet(path, glob=False)
        total = int(table.select(pl.len()).collect().item())
        seen = 0
        if total == 0:
            yield table.collect(), 1.0
        for frame in table.collect_batches(chunk_size=rows, maintain_order=True):
            seen += len(frame)
            if len(frame):
                yield _without_bytes(frame), seen / total
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{piece.label} cannot be read as Parquet: {first}",
            remedy="it is damaged, or no Parquet file: make it again, or copy it again",
        ) from error


def _without_bytes(frame: pl.DataFrame) -> pl.DataFrame:
    """Bytes as text, alone and in objects: nothing after this can hold them."""
    return frame.with_columns(
        pl.Series(name, [written(value) for value in frame[name].to_list()], dtype=pl.String)
        for name, dtype in frame.schema.items()
        if _bytes(dtype)
    )


def _bytes(dtype: PolarsDataType) -> bool:
    if isinstance(dtype, pl.Struct):
        return any(_bytes(field.dtype) for field in dtype.fields)
    if isinstance(dtype, pl.List | pl.Array):
        return _bytes(dtype.inner)
    return dtype in {pl.Binary, pl.Object}

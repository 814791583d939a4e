"""Rows on their way into the store: on the disk at once, in memory only as hashes of their keys."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import polars as pl

from assay.core.errors import DataError
from assay.data.store.disk import PASSING, private_file, remove, storing, sync
from assay.data.store.identity import (
    CONTEXT,
    UNDATED,
    as_context,
    canonical,
    context_type,
    day_of,
    identity,
    key_hash,
    version_columns,
)
from assay.data.store.manifest import DataFile
from assay.schema import schema_of, time_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    Hashes = npt.NDArray[np.uint64]

WHOLE_DAY: Final = 20_000
"""So many rows of one day in a chunk are written as a file of the store right away."""
SPOOL_GROUP: Final = 32_768
WAITING: Final = 2
WRITERS: Final = 2
"""Files that are written at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Neighbouring rows of one day in one file on the disk.

    Attributes:
        start: number of its first row among all that were added to the table.
        offset: its first row in the file.
        file: what the manifest will say of the file, where the piece is all of it.
    """

    path: Path
    day: str
    start: int
    offset: int
    rows: int
    context: dict[str, str]
    file: DataFile | None


@dataclass(slots=True)
class Arrivals:
    """What was added to one table since the last commit.

    Attributes:
        hashes: of the identity of every row, in the order in which they are on the disk.
        orders: per chunk its rows' places in the source, None where they are still in order.
        expired: rows from before the cut-off, which were not kept.
    """

    table: str
    seed: int
    hashes: list[Hashes] = field(default_factory=list)
    orders: list[npt.NDArray[np.uint32] | None] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    rows: int = 0
    expired: int = 0

    def order(self) -> npt.NDArray[np.int64] | None:
        """Every row's place in the order in which it was added; None where that is its number."""
        if all(order is None for order in self.orders):
            return None
        whole = np.arange(self.rows, dtype=np.int64)
        start = 0
        for hashes, order in zip(self.hashes, self.orders, strict=True):
            if order is not None:
                whole[start : start + len(hashes)] = order.astype(np.int64) + start
            start += len(hashes)
        return whole


class Spool:
    """Writes what is added in a thread of its own, so that the caller computes meanwhile."""

    def __init__(self, folder: Path, cutoffs: dict[str, str]) -> None:
        self._folder = folder
        self._cutoffs = cutoffs
        self._passing = folder / f"{PASSING}{uuid4().hex}"
        self._queue: Queue[tuple[str, pl.DataFrame] | None] = Queue(WAITING)
        self._thread: Thread | None = None
        self._failed: BaseException | None = None
        self._seed = int.from_bytes(np.random.default_rng().bytes(7))
        self._arrivals: dict[str, Arrivals] = {}

    def add(self, table: str, frame: pl.DataFrame) -> None:
        """Takes valid rows of a table; waits where the disk is slower than the caller."""
        self._raise()
        if self._thread is None:
            self._thread = Thread(target=self._work, name="assay-store", daemon=True)
            self._thread.start()
        self._queue.put((table, frame))

    def arrivals(self) -> dict[str, Arrivals]:
        """Everything that was added, once it is all on the disk."""
        self._finish()
        self._raise()
        return self._arrivals

    def clear(self, kept: Iterable[Path] = ()) -> None:
        """Removes what was written, except the files that became part of the store."""
        self._finish()
        self._failed = None
        remain = set(kept)
        for arrivals in self._arrivals.values():
            for path in {piece.path for piece in arrivals.pieces} - remain:
                remove(path)
        self._arrivals = {}

    def _finish(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _raise(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _work(self) -> None:
        while (task := self._queue.get()) is not None:
            if self._failed is not None:
                continue
            try:
                table, frame = task
                if table not in self._arrivals:
                    self._arrivals[table] = Arrivals(table, self._seed)
                with storing(self._folder):
                    self._write(self._arrivals[table], frame)
            except BaseException as error:  # noqa: BLE001  raised again in the caller's thread
                self._failed = error

    def _write(self, arrivals: Arrivals, given: pl.DataFrame) -> None:
        table = arrivals.table
        frame, expired = unexpired(table, given, self._cutoffs.get(table))
        arrivals.expired += expired
        if not frame.height:
            return
        frame, order = by_day(table, frame)
        arrivals.hashes.append(frame.select(key_hash(table, arrivals.seed)).to_series().to_numpy())
        arrivals.orders.append(order)
        context = {
            name: context_type(dtype)
            for name, dtype in frame.schema.items()
            if name.startswith(CONTEXT)
        }
        start, offset = arrivals.rows, 0
        loose: list[pl.DataFrame] = []
        spooled = self._passing / f"{uuid4().hex}.parquet"
        runs = day_runs(table, frame)
        files = self._whole_days(table, frame, runs)
        for (day, rows), file in zip(runs, files, strict=True):
            part = frame.slice(offset, rows)
            offset += rows
            whole = file is not None
            piece = Piece(
                path=self._folder / file.path if file else spooled,
                day=day,
                start=start,
                offset=0 if whole else sum(each.height for each in loose),
                rows=rows,
                context=file.context if file else context,
                file=file,
            )
            arrivals.pieces.append(piece)
            start += rows
            if not whole:
                loose.append(part)
        arrivals.rows = start
        if loose:
            private_file(spooled)
            rest = pl.concat(loose, rechunk=False)
            rest.write_parquet(
                spooled, compression="lz4", statistics=False, row_group_size=SPOOL_GROUP
            )

    def _whole_days(
        self, table: str, frame: pl.DataFrame, runs: list[tuple[str, int]]
    ) -> list[DataFile | None]:
        """The files of the days that have enough rows for one, written side by side."""
        waiting: list[Future[DataFile] | None] = []
        offset = 0
        with ThreadPoolExecutor(WRITERS) as pool:
            for day, rows in runs:
                part = frame.slice(offset, rows)
                offset += rows
                whole = rows >= WHOLE_DAY
                task = pool.submit(write_rows, self._folder, table, day, part) if whole else None
                waiting.append(task)
        tasks = [task for task in waiting if task is not None]
        failed = next((error for task in tasks if (error := task.exception())), None)
        if failed is not None:
            for task in tasks:
                if task.exception() is None:
                    remove(self._folder / task.result().path)
            raise failed
        return [None if task is None else task.result() for task in waiting]


def write_rows(folder: Path, table: str, day: str, rows: pl.DataFrame) -> DataFile:
    """Writes rows of one day as a file of the store that no manifest names yet."""
    return write_parquet(folder, f"{table}/day={day}", rows, day=day, time=_time(table))


def write_parquet(
    folder: Path, under: str, rows: pl.DataFrame, *, day: str, time: str | None
) -> DataFile:
    """Writes rows under a name that is used once, safely on the disk, without empty columns."""
    name = f"{under}/{uuid4().hex}.parquet"
    path = folder / name
    filled = [column for column in rows.columns if rows[column].null_count() < rows.height]
    kept = rows.select(filled or rows.columns[:1])
    try:
        private_file(path)
        kept.write_parquet(path, compression="zstd", compression_level=1, statistics=False)
        sync(path)
    except BaseException:
        remove(path)
        raise
    first, last = (None, None) if time is None else (rows[time].min(), rows[time].max())
    return DataFile(
        path=name,
        day=day,
        rows=rows.height,
        bytes=path.stat().st_size,
        first=_iso(first),
        last=_iso(last),
        context={
            column: context_type(dtype)
            for column, dtype in kept.schema.items()
            if column.startswith(CONTEXT)
        },
    )


def conforming(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with the types in which the store keeps them.

    Raises:
        DataError: where a column is none of the table, lacks, or has another type.
    """
    types = canonical(table)
    for name, dtype in frame.schema.items():
        if not name.startswith(CONTEXT) and types.get(name) != dtype:
            expected = types.get(name, f"a column of {table} or one that begins with {CONTEXT}")
            raise DataError(f"column {name} is {dtype}, expected {expected}")
    for name in needed(table):
        if name not in frame.columns:
            raise DataError(
                f"column {name} is missing, expected all that tell rows of {table} apart"
            )
    context = [
        as_context(name, dtype, context_type(dtype))
        for name, dtype in frame.schema.items()
        if name.startswith(CONTEXT)
    ]
    told = dict.fromkeys((*identity(table), *version_columns(table)))
    lacking = [pl.lit(None, types[name]).alias(name) for name in told if name not in frame.columns]
    return frame.with_columns(*context, *lacking) if context or lacking else frame


def needed(table: str) -> tuple[str, ...]:
    """The columns without which a row has no place in the store."""
    required = schema_of(table).columns()
    return tuple(name for name, column in required.items() if not column.nullable)


def by_day(table: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, npt.NDArray[np.uint32] | None]:
    """The rows day by day, and their places before that where it moved them."""
    if _time(table) is None or (day := frame.select(day_of(table)).to_series()).is_sorted():
        return frame, None
    order = day.alias("day").to_frame().with_row_index("at").sort("day", maintain_order=True)["at"]
    return frame[order], order.to_numpy()


def day_runs(table: str, frame: pl.DataFrame) -> list[tuple[str, int]]:
    """The days in the order in which they come, and how many rows each has."""
    if _time(table) is None:
        return [(UNDATED, frame.height)]
    run = day_of(table).rle()
    day = run.struct.field("value").cast(pl.String).fill_null(UNDATED).alias("day")
    return list(frame.select(day, run.struct.field("len").alias("rows")).iter_rows())


def unexpired(table: str, frame: pl.DataFrame, cutoff: str | None) -> tuple[pl.DataFrame, int]:
    """The rows that are not from before the cut-off (ISO), and how many are."""
    time = _time(table)
    if cutoff is None or time is None:
        return frame, 0
    limit = pl.lit(cutoff).str.to_datetime(time_unit="us", time_zone="UTC")
    early = pl.col(time).cast(pl.Datetime("us", "UTC")) < limit
    kept = frame.filter(~early.fill_null(value=False))
    return kept, frame.height - kept.height


def _time(table: str) -> str | None:
    return time_of(schema_of(table))


def _iso(moment: Any) -> str | None:  # noqa: ANN401  a date, a datetime, or None
    return None if moment is None else moment.isoformat()

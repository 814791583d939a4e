"""The files of a table after a commit: rows that came are written, rows that lost are left out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from assay.data.store.manifest import DataFile
from assay.data.store.parts import Part, all_columns, read_part, widest
from assay.data.store.spool import Piece, day_runs, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from assay.data.store.merge import Settled

MOST_FILES: Final = 8
"""A day with more files than this has them written anew as one."""
TOGETHER: Final = 500_000
"""Rows that are written at a time, and the most that a merged file has."""
AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The files that a table has now, and those of them that were written for it."""

    files: tuple[DataFile, ...]
    written: tuple[DataFile, ...]


def rewrite(
    folder: Path,
    table: str,
    files: Sequence[DataFile],
    pieces: Sequence[Piece],
    settled: Settled,
) -> Rewritten:
    """Writes what the store has to hold now; files that lose nothing stay as they are."""
    plan = _plan(folder, files, pieces, settled)
    written: list[DataFile] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in pool.map(lambda group: _write(folder, table, group), _groups(plan.sources)):
            written.extend(done)
    names = {file.path for file in files}
    adopted = [file for file in plan.stay if file.path not in names]
    whole = sorted((*plan.stay, *written), key=lambda file: (file.day, file.first or "", file.path))
    return Rewritten(tuple(whole), (*adopted, *written))


@dataclass(frozen=True, slots=True)
class _Source:
    """Rows of one day that are to be written, and which of them."""

    day: str
    part: Part
    kept: npt.NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class _Plan:
    stay: list[DataFile]
    sources: list[_Source]


def _plan(
    folder: Path, files: Sequence[DataFile], pieces: Sequence[Piece], settled: Settled
) -> _Plan:
    stay: dict[str, list[tuple[DataFile, Part]]] = {}
    sources: dict[str, list[_Source]] = {}
    for file in files:
        part = Part(folder / file.path, 0, 0, file.rows, file.context)
        if file.path in settled.lost:
            kept = np.ones(file.rows, bool)
            kept[settled.lost[file.path]] = False
            sources.setdefault(file.day, []).append(_Source(file.day, part, kept))
        else:
            stay.setdefault(file.day, []).append((file, part))
    for piece in pieces:
        part = Part(piece.path, 0, piece.offset, piece.rows, piece.context)
        kept = settled.kept[piece.start : piece.start + piece.rows]
        if piece.file is not None and kept.all():
            stay.setdefault(piece.day, []).append((piece.file, part))
        elif kept.any():
            mask = None if kept.all() else kept
            sources.setdefault(piece.day, []).append(_Source(piece.day, part, mask))
    for day, present in list(stay.items()):
        if len(present) + (day in sources) > MOST_FILES:
            sources.setdefault(day, []).extend(_Source(day, part, None) for _, part in present)
            del stay[day]
    return _Plan(
        [file for present in stay.values() for file, _ in present],
        [source for day in sorted(sources) for source in sources[day]],
    )


def _groups(sources: Sequence[_Source]) -> Iterator[list[_Source]]:
    """Whole days taken together up to `TOGETHER` rows; a larger day is cut."""
    group: list[_Source] = []
    rows = 0
    for _, same in groupby(sources, key=lambda source: source.day):
        day = list(same)
        more = sum(source.part.rows for source in day)
        if group and rows + more > TOGETHER:
            yield group
            group, rows = [], 0
        for source in day:
            if group and rows + source.part.rows > TOGETHER:
                yield group
                group, rows = [], 0
            group.append(source)
            rows += source.part.rows
    if group:
        yield group


def _write(folder: Path, table: str, group: Sequence[_Source]) -> list[DataFile]:
    context = widest(source.part.context for source in group)
    columns = all_columns(table, context)
    frames: list[pl.DataFrame] = []
    for path in dict.fromkeys(source.part.path for source in group):
        same = [source for source in group if source.part.path == path]
        frames.append(_read(table, same, columns, context))
    rows = pl.concat(frames)
    if not rows.height:
        return []
    days: dict[str, list[pl.DataFrame]] = {}
    offset = 0
    for day, count in day_runs(table, rows):
        days.setdefault(day, []).append(rows.slice(offset, count))
        offset += count
    return [write_rows(folder, table, day, pl.concat(days[day])) for day in sorted(days)]


def _read(
    table: str, same: Sequence[_Source], columns: Sequence[str], context: Mapping[str, str]
) -> pl.DataFrame:
    """The rows of neighbouring parts of one file, read at once."""
    low = min(source.part.offset for source in same)
    high = max(source.part.offset + source.part.rows for source in same)
    kept = np.zeros(high - low, bool)
    for source in same:
        part = source.part
        mask = True if source.kept is None else source.kept
        kept[part.offset - low : part.offset - low + part.rows] = mask
    whole = Part(same[0].part.path, 0, low, high - low, same[0].part.context)
    found = read_part(table, whole, columns, context)
    return found if kept.all() else found.filter(pl.Series(kept))

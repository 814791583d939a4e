"""Readings of benchmarks, from files and the store, and to files."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.core.errors import DataError, ProjectError
from assay.data.adapters import ADAPTERS, Options, recognise
from assay.data.intake.conform import conform
from assay.data.read import read
from assay.data.sources.pieces import is_store, pieces_of
from assay.data.store.identity import canonical
from assay.privacy.fields import CODE
from assay.privacy.shapes import private_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.data.adapters import Adapter, Piece
    from assay.data.read import Checked

TABLE: Final = "measurements"
REPORTS: Final = frozenset({"pytest-benchmark", "hyperfine", "asv", "locust"})
"""Formats of other programs that are read without an import."""
_REPORT_ENDINGS: Final = (".json", ".csv", ".json.gz", ".csv.gz")


def read_readings(source: str) -> Checked:
    """The readings of a file, a report of benchmarks or the store, held against `measurements`.

    A report (pytest-benchmark, hyperfine, asv, locust) is told by what it holds; a glob of them is
    as many runs. What points at a person in the names of a report's benchmarks is masked.

    Raises:
        DataError: where the source cannot be read, or too many of its rows are rejected.
    """
    if is_store(source) or not source.lower().endswith(_REPORT_ENDINGS):
        return read(source, table=TABLE)
    adapters = [(piece, ADAPTERS[_format(piece)]) for piece in pieces_of(source)]
    reports = [pair for pair in adapters if pair[1].name in REPORTS]
    if not reports:
        return read(source, table=TABLE)
    if len(reports) < len(adapters):
        other, adapter = next(pair for pair in adapters if pair not in reports)
        raise DataError(
            f"{other.label} is of format {adapter.name}, expected a report of benchmarks as "
            f"{reports[0][0].label} is",
            remedy="name a file or glob of one kind",
        )
    return _checked(source, reports)


def _format(piece: Piece) -> str:
    """The format's name; `table` where it is none that we know, whose errors say more."""
    try:
        return recognise(piece)
    except DataError:
        return "table"


def _checked(source: str, reports: Sequence[tuple[Piece, Adapter]]) -> Checked:
    frames = []
    for piece, adapter in reports:
        for chunk in adapter.read(piece, Options()):
            if chunk.broken:
                first = chunk.broken[0]
                raise DataError(f"record {first.row} of {piece.label} {first.reason}")
            frames += [conform(found).frame for found in chunk.found if found.table == TABLE]
    names = list(canonical(TABLE))
    if not any(frame.height for frame in frames):
        raise DataError(
            f"{source} holds no reading of a benchmark", remedy="measure at least one round"
        )
    rows = pl.concat(frames, how="diagonal_relaxed")
    code = [name for name in names if f"{TABLE}.{name}" in CODE and name in rows.columns]
    rows = rows.with_columns(private_code(rows[name]) for name in code)
    with TemporaryDirectory() as folder:  # the way of every other file, with its rules
        kept = Path(folder) / f"{Path(source).name.replace('*', '')}.parquet"
        rows.select(name for name in names if name in rows.columns).write_parquet(kept)
        checked = read(kept, table=TABLE)
        valid = checked.valid.collect().lazy()
    return replace(checked, valid=valid, source=replace(checked.source, path=source))


def write_readings(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Replaces a Parquet file by these rows of `measurements`, at once.

    Raises:
        ProjectError: where it cannot be written; what was there before is intact.
    """
    frame = pl.DataFrame(rows, schema=canonical("measurements"))
    staged = path.with_name(f".staging-{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(staged)
        staged.replace(path)
    except OSError as error:
        raise ProjectError(
            f"cannot write {path}: {error.strerror or error}",
            remedy="free some space, or mend the folder's permissions",
        ) from error
    finally:
        with suppress(OSError):
            staged.unlink(missing_ok=True)

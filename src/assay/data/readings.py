"""Readings of benchmarks, from files and the store, and to files."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import polars as pl

from assay.core.errors import ProjectError
from assay.data.read import read
from assay.data.store.identity import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assay.data.read import Checked


def read_readings(source: str) -> Checked:
    """The readings of a file or of the store, held against the table `measurements`.

    Raises:
        DataError: where the source cannot be read, or too many of its rows are rejected.
    """
    return read(source, table="measurements")


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

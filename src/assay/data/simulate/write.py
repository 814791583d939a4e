"""The sample as files: built beside its place, and moved there when it is whole."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assay.core.errors import DataError
from assay.data.simulate.tables import sample
from assay.data.simulate.truth import truth_json

if TYPE_CHECKING:
    import polars as pl

SEED: Final = 8
"""Chosen so that what has no effect shows none: data/README.md says how."""
TRUTH_FILE: Final = "truth.json"


def write_sample(folder: Path, *, seed: int = SEED) -> None:
    """Build every table and its truths, as `<table>.parquet` and `truth.json`.

    The same seed gives the same bytes. What stood in `folder` is replaced at once, when everything
    is written; a build that breaks off leaves it as it was.

    Raises:
        DataError: where `folder` holds something else than a sample.
    """
    _insist_it_may_be_replaced(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, table in sample(seed).items():
            _write(table, staging / f"{name}.parquet")
        (staging / TRUTH_FILE).write_text(truth_json(seed), encoding="utf-8")
        staging.chmod(0o755)
        _put(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _insist_it_may_be_replaced(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise DataError(f"{folder} is a file, expected a folder", remedy="name another folder")
    foreign = [path.name for path in folder.iterdir() if path.suffix != ".parquet"]
    foreign = [name for name in foreign if name != TRUTH_FILE]
    tables = any(folder.glob("*.parquet"))
    if foreign or (tables and not (folder / TRUTH_FILE).exists()):
        raise DataError(
            f"{folder} holds {foreign[0] if foreign else 'tables'} that no sample made",
            remedy="name an empty folder, or move its files away",
        )


def _write(table: pl.DataFrame, path: Path) -> None:
    table.write_parquet(
        path, compression="zstd", compression_level=3, statistics=True, row_group_size=65_536
    )


def _put(staging: Path, folder: Path) -> None:
    """Rename the old folder away and the new one into its place."""
    if not folder.exists():
        staging.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / "sample")
    staging.rename(folder)
    shutil.rmtree(old)

"""Readings of benchmarks, from files and the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.data.read import read

if TYPE_CHECKING:
    from assay.data.read import Checked


def read_readings(source: str) -> Checked:
    """The readings of a file or of the store, held against the table `measurements`.

    Raises:
        DataError: where the source cannot be read, or too many of its rows are rejected.
    """
    return read(source, table="measurements")

"""Which epoch of its experiment each unit came in with, beside the units' arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.core.errors import DataError, ParameterError, nearest

if TYPE_CHECKING:
    from assay.assignment import Allocation

EPOCH: Final = "epoch"
"""Column that is added; strata and segments may name it."""
_WHEN: Final = "assigned_at"


def with_epochs(frame: pl.LazyFrame | Any, allocation: Allocation, *, unit: str) -> pl.LazyFrame:  # noqa: ANN401
    """The units' rows with their epoch, as a number from 0.

    Shares differ between epochs, so that arms may be compared within an epoch only: name the column
    as a stratum, and differences are taken within epochs and averaged over all units.

    Args:
        frame: one row per unit, or several; a Polars frame.
        allocation: of the experiment.
        unit: column of what was randomised; where epochs go by time, the first `assigned_at` of a
            unit decides.

    Raises:
        ParameterError: where the frame is no Polars frame.
        DataError: where a column is missing, or a unit is in no epoch.
    """
    if not isinstance(frame, pl.LazyFrame | pl.DataFrame):
        raise ParameterError(
            f"epochs of a {type(frame).__name__} cannot be told",
            remedy="read the assignments from a file, or from the store",
        )
    names = frame.lazy().collect_schema().names()
    unit = unit if unit in names else "unit_id"
    needed = [unit, _WHEN] if allocation.by_time else [unit]
    for name in needed:
        if name not in names:
            raise DataError(f"the units have no column {name!r}", remedy=nearest(name, names))
    first = [pl.col(_WHEN).min()] if allocation.by_time else []
    units = frame.lazy().group_by(unit).agg(first).collect()
    times = _in_utc(units[_WHEN]).to_list() if allocation.by_time else None
    epochs = allocation.epochs_of(units[unit].to_list(), times)
    outside = int((epochs < 0).sum())
    if outside:
        raise DataError(
            f"{outside:,} of {len(units):,} units are outside of the experiment’s traffic",
            remedy="were they assigned by assay.assignment, with this experiment's record?",
        )
    found = units.select(unit, pl.Series(EPOCH, epochs, dtype=pl.Int64))
    return frame.lazy().join(found.lazy(), on=unit, how="left", maintain_order="left")


def _in_utc(times: pl.Series) -> pl.Series:
    zone = getattr(times.dtype, "time_zone", None)
    return times if zone else times.dt.replace_time_zone("UTC")

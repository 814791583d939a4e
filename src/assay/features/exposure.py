"""When a unit was first exposed, and the day that this was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import narwhals as nw

from assay.core.errors import DataError, nearest
from assay.features.clock import DAY, whole, with_microseconds
from assay.features.window import ASSIGNED_AT

if TYPE_CHECKING:
    from assay.features.design import Design
    from assay.features.faults import Frame

EXPOSED: Final = "exposed_us"
"""Our name for microseconds from 1970-01-01 UTC to the exposure."""
_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Exposure:
    """Which column says when units were exposed, and in which of the two tables it is."""

    column: str
    assigned: bool


def exposure_of(design: Design, rows: Frame, assigned: Frame | None) -> Exposure | None:
    """Where the exposure is told: the design's column, the assignments' time, or the first row's.

    Raises:
        DataError: where neither table has the column that the design names.
    """
    theirs = [] if assigned is None else assigned.collect_schema().names()
    if design.exposure is not None:
        names = rows.collect_schema().names()
        if design.exposure not in {*theirs, *names}:
            raise DataError(
                f"no table has the exposure column {design.exposure!r}",
                remedy=nearest(design.exposure, [*theirs, *names]),
            )
        return Exposure(design.exposure, design.exposure in theirs)
    if ASSIGNED_AT in theirs:
        return Exposure(ASSIGNED_AT, assigned=True)
    return None if design.time is None else Exposure(design.time, assigned=False)


def with_exposure(frame: Frame, exposure: Exposure | None, *, assigned: bool) -> Frame:
    """The table with the exposure as a number, where it is this table that tells it.

    Raises:
        DataError: where the column holds neither dates nor times.
    """
    if exposure is None or exposure.assigned != assigned:
        return frame
    return with_microseconds(frame, exposure.column, EXPOSED)


def exposure_day() -> nw.Expr:
    """Number of the UTC day of exposure, null where a unit has none."""
    return whole(nw.col(EXPOSED), DAY * _MICRO).alias("day")

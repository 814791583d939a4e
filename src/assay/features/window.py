"""Which rows count: those of the experiment, within the window."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import narwhals as nw

from assay.core.errors import DataError
from assay.core.provenance import LeftOut
from assay.features.faults import collect

if TYPE_CHECKING:
    from assay.features.design import Design
    from assay.features.faults import Frame

EXPERIMENT_COLUMN: Final = "experiment_id"
ASSIGNED_AT: Final = "assigned_at"


def in_scope(rows: Frame, design: Design) -> Frame:
    """The rows that the design speaks of.

    Raises:
        DataError: where the time column holds neither dates nor times.
    """
    rows = of_experiment(rows, design)
    if design.time is None:
        return rows
    kind = rows.collect_schema()[design.time]
    if not isinstance(kind, nw.Date | nw.Datetime):
        raise DataError(
            f"time column {design.time!r} holds {kind}, expected dates or times",
            remedy="store it as a date or timestamp (ISO 8601 in text files)",
        )
    if design.window is None:
        return rows
    column = nw.col(design.time)
    if design.window.start is not None:
        rows = rows.filter(column >= _start(design.window.start, kind))
    if design.window.end is not None:
        rows = rows.filter(column < _start(design.window.end + timedelta(days=1), kind))
    return rows


def assigned_in_scope(assigned: Frame, design: Design) -> Frame:
    """The assignments that were made before the window closed.

    Whoever was assigned later did nothing in it, and would count as a unit to which nothing
    happened. Units whose time of assignment is not known, or of a table without it, stay.
    """
    end = design.window.end if design.window else None
    kind = assigned.collect_schema().get(ASSIGNED_AT)
    if end is None or not isinstance(kind, nw.Date | nw.Datetime):
        return assigned
    made = nw.col(ASSIGNED_AT)
    return assigned.filter(made.is_null() | (made < _start(end + timedelta(days=1), kind)))


def without_time(rows: Frame, design: Design) -> tuple[LeftOut, ...]:
    """Rows that no window holds because they have no time: a reader would not see them go."""
    if design.window is None or design.time is None:
        return ()
    wanted = [nw.len().alias("rows"), nw.col(design.time).null_count().alias("absent")]
    found = collect(of_experiment(rows, design).select(*wanted))[0]
    count, whole = int(found["absent"]), int(found["rows"])
    if not count:
        return ()
    reason = "whether they fall into the window cannot be told"
    return (LeftOut(what="rows without a time", count=count, reason=reason, share=count / whole),)


def of_experiment(rows: Frame, design: Design) -> Frame:
    """The rows of the design's experiment, where the table says of which they are."""
    if design.experiment is None or EXPERIMENT_COLUMN not in rows.collect_schema().names():
        return rows
    return rows.filter(nw.col(EXPERIMENT_COLUMN) == design.experiment)


def _start(day: date, kind: nw.Date | nw.Datetime) -> date | datetime:
    """Midnight at which a day begins, UTC where the column has a zone, its clock's otherwise."""
    if isinstance(kind, nw.Date):
        return day
    zone = getattr(kind, "time_zone", None)
    if zone is None:
        return datetime.combine(day, time())  # the column has no zone either
    return datetime.combine(day, time(), tzinfo=UTC).astimezone(ZoneInfo(zone))

"""One row of statistics per arm, combination of groups and day, as one grouping brings it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import narwhals as nw
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.features.clock import day_of_number
from assay.features.exposure import exposure_day
from assay.features.faults import Frame, collect
from assay.features.labels import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.design import Design
    from assay.features.measure import Measure

NO_SEGMENT: Final = "(none)"
Fate = Literal["counts", "crossed", "unassigned"]
"""Whether units count; if not, because they are in several arms or were never assigned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The statistics of the units of one arm in one combination of groups on one day.

    Attributes:
        arm: None for units that do not count; then `fate` says why.
        groups: labels of the design's groups, in its order.
        day: of exposure, None where that is not known.
        kept: the units' own values by column, where they were fetched.
    """

    arm: str | None
    fate: Fate
    groups: tuple[str, ...]
    day: date | None
    units: int
    rows: int
    first: date | None
    last: date | None
    statistics: dict[str, Any]
    kept: dict[str, NDArray[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Cells, and the units that they are made of, still where the engine has them.

    Attributes:
        keys: columns of `units` that tell the cells apart.
    """

    cells: list[Cell]
    units: Frame
    keys: tuple[str, ...]


def by_row(rows: Frame, design: Design, using: Sequence[Measure], *, dated: bool) -> Found:
    """One cell per arm, groups and day, where a row is a unit."""
    schema = dict(rows.collect_schema())
    keys = ("arm", *group_names(design), *(["day"] if dated else []))
    columns = [nw.col(design.arm).alias("arm"), *group_columns(design.groups)]
    columns += [expr for measure in using for expr in measure.rows(schema)]
    found = statistics(using) + days(design)
    if design.time is not None:
        columns.append(nw.col(design.time).alias("first"))
        columns.append(nw.col(design.time).alias("last"))
    if dated:
        columns.append(exposure_day())
    units = rows.select(*columns)
    grouped = collect(ready(units, using).group_by(list(keys)).agg(*found))
    check_known(sum(int(row["units"]) for row in grouped if label(row["arm"]) is None), design.arm)
    cells = [cell_of(row, label(row["arm"]), "counts", design, row["units"]) for row in grouped]
    return Found(cells, units, keys)


def cell_of(
    row: dict[str, Any], arm: str | None, fate: Fate, design: Design, rows: int | None
) -> Cell:
    """The cell that a row of the grouping holds."""
    number = row.get("day")
    return Cell(
        arm=arm,
        fate=fate,
        groups=tuple(label(row[name]) or NO_SEGMENT for name in group_names(design)),
        day=None if number is None else day_of_number(int(number)),
        units=int(row["units"]),
        rows=int(rows or 0),
        first=day_of(row.get("first")),
        last=day_of(row.get("last")),
        statistics=row,
    )


def ready(units: Frame, using: Sequence[Measure]) -> Frame:
    """The units with the columns that `statistics` reads, each made once for all aggregates."""
    columns = [expr for measure in using for expr in measure.ready()]
    return units.with_columns(*columns) if columns else units


def statistics(using: Sequence[Measure]) -> list[nw.Expr]:
    """What is wanted of each cell: how many units, and what the measures ask for."""
    wanted = [expr for measure in using for expr in measure.statistics()]
    return [nw.len().alias("units"), *wanted]


def days(design: Design) -> list[nw.Expr]:
    """First and last time of a cell, where the design has a time."""
    if design.time is None:
        return []
    return [nw.col("first").min(), nw.col("last").max()]


def day_of(value: object) -> date | None:
    """The day of a time; None where there is none."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).date() if value.tzinfo else value.date()
    return value if isinstance(value, date) else None


def group_names(design: Design) -> list[str]:
    """Our names for the columns of the design's groups."""
    return [f"s{i}" for i in range(len(design.groups))]


def group_columns(names: Sequence[str]) -> list[nw.Expr]:
    """The groups' columns as text, under names of our own."""
    return [nw.col(name).cast(nw.String).alias(f"s{i}") for i, name in enumerate(names)]


def check_known(count: int, arm: str) -> None:
    """That no row is without an arm.

    Raises:
        DataError: with how many are.
    """
    if count:
        raise DataError(
            f"{count:,} {'row has' if count == 1 else 'rows have'} no arm in column {arm!r}, "
            "expected one in every row",
            remedy="fill it, filter these rows out, or name the experiment or window that counts",
        )

"""Whether units of different arms meet: in a session, a workspace, a team."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw

from assay.core.errors import DataError
from assay.features.faults import check_columns, collect
from assay.features.window import EXPERIMENT_COLUMN

if TYPE_CHECKING:
    from assay.features.design import Design
    from assay.features.faults import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """The groups that one column makes, and those in which arms meet.

    Attributes:
        groups: values of the column; rows without one belong to no group.
        mixed: groups that hold units of more than one arm.
        units: units in groups, one that is in several counting in each.
        units_mixed: those in mixed groups.
    """

    column: str
    groups: int
    mixed: int
    units: int
    units_mixed: int

    def __post_init__(self) -> None:
        if not (0 <= self.mixed <= self.groups and 0 <= self.units_mixed <= self.units):
            raise DataError(f"{self}, expected parts no larger than their wholes")


def sharing_of(rows: Frame, design: Design, assigned: Frame | None) -> tuple[Sharing, ...]:
    """One scan a column: how many of its values hold units of more than one arm.

    Args:
        rows: that count.
        design: `shared` names the columns, `unit` whom to count (rows, where there is none).
        assigned: one row per assigned unit, where arms come from there.
    """
    if not design.shared:
        return ()
    placed, arm = _with_arms(rows, design, assigned)
    check_columns(placed, list(design.shared), table="the data")
    return tuple(_one(placed, column, arm, design.unit) for column in design.shared)


def _one(rows: Frame, column: str, arm: str, unit: str | None) -> Sharing:
    key = nw.col(column)
    known = rows.filter(~key.is_null(), ~nw.col(arm).is_null())
    columns = [key.alias("key"), nw.col(arm).cast(nw.String).alias("arm")]
    if unit is not None:
        columns.append(nw.col(unit).alias("unit"))
        known = known.select(*columns).unique()
    else:
        known = known.select(*columns)
    groups = known.group_by("key").agg(
        nw.len().alias("units"), (nw.col("arm").min() != nw.col("arm").max()).alias("mixed")
    )
    found: dict[bool, dict[str, Any]] = {
        bool(row["mixed"]): row
        for row in collect(
            groups.group_by("mixed").agg(nw.len().alias("groups"), nw.col("units").sum())
        )
    }
    apart, mixed = (
        {
            name: int(found[is_mixed][name]) if is_mixed in found else 0
            for name in ("groups", "units")
        }
        for is_mixed in (False, True)
    )
    return Sharing(
        column=column,
        groups=apart["groups"] + mixed["groups"],
        mixed=mixed["groups"],
        units=apart["units"] + mixed["units"],
        units_mixed=mixed["units"],
    )


def _with_arms(rows: Frame, design: Design, assigned: Frame | None) -> tuple[Frame, str]:
    """The rows, each with its unit's arm."""
    if assigned is None or design.unit is None:
        return rows, design.arm
    names = assigned.collect_schema().names()
    if design.experiment is not None and EXPERIMENT_COLUMN in names:
        assigned = assigned.filter(nw.col(EXPERIMENT_COLUMN) == design.experiment)
    key = design.unit if design.unit in names else "unit_id"
    arm = design.arm if design.arm in names else "variant"
    arms = assigned.select(nw.col(key).alias("assigned_unit"), nw.col(arm).alias("assigned_arm"))
    placed = rows.join(arms.unique(), how="inner", left_on=design.unit, right_on="assigned_unit")
    return placed, "assigned_arm"

"""Arms that are read as one, such as two versions of the same idea against one control."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw

from assay.core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.features.faults import Frame


def check_combined(
    combine: Mapping[str, tuple[str, ...]] | None, control: str, split: Mapping[str, float] | None
) -> None:
    """That each arm is in one group at most, the control in none, and the split knows the groups.

    Raises:
        ParameterError: where it is not so.
    """
    members = [arm for arms in (combine or {}).values() for arm in arms]
    if not members and combine:
        raise ParameterError(f"combine={dict(combine)}, expected arms to be read as one")
    if control in members or control in (combine or {}):
        raise ParameterError(
            f"combine has the control {control!r}, expected arms that are compared with it"
        )
    doubled = sorted({arm for arm in members if members.count(arm) > 1})
    if doubled:
        raise ParameterError(f"combine has {', '.join(doubled)} twice, expected each arm once")
    known = sorted(set(members) & set(split or ()))
    if known:
        raise ParameterError(
            f"split names {', '.join(known)}, which combine reads as one with others",
            remedy="give the share of the combined arm by its own name",
        )


def with_combined(rows: Frame, column: str, combine: Mapping[str, tuple[str, ...]] | None) -> Frame:
    """The rows, their combined arms under the name of the group."""
    if not combine:
        return rows
    arm = nw.col(column).cast(nw.String)
    for name, members in combine.items():
        arm = nw.when(arm.is_in(list(members))).then(nw.lit(name)).otherwise(arm)
    return rows.with_columns(arm.alias(column))

"""Satisfaction after changes of configurations, beside that of others at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.analysis.personalisation.result import AdaptedPart, Adapting, AfterChange
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.stats.personal_changes import Measured, Periods, Seats, adapted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.analysis.personalisation.result import AdaptingVerdict
    from assay.features.changed_seats import ChangedSeats

MOST_PARTS = 12
"""Parts that are told, those with most users first."""


def adapting_of(  # noqa: PLR0913  changes, weeks about them, what matters, how it is told
    given: ChangedSeats,
    *,
    periods: Periods,
    smallest: float,
    randomised: bool,
    k: int,
    level: float,
) -> Adapting:
    """All changes, then by who made them, and by kind.

    Raises:
        DataError: where no change can be compared.
    """
    if not given.seat.size:
        what = "every change reaches all users of an agent at once" if given.common else (
            "no configuration of a user or a workspace was changed"
        )  # fmt: skip
        raise DataError(f"{what}, so nobody can be compared with")
    seats = Seats(
        n=given.n,
        mean=given.mean,
        changed=given.marks(),
        stratum=given.stratum,
        cluster=given.cluster,
    )
    found = adapted(seats, periods=periods)
    if found.matched is not None and found.seats < k:
        raise DataError(f"fewer than {k} users with a change can be compared")
    matched = None if found.matched is None else _told(found.matched, level)
    drift = None if found.drift is None else _told(found.drift, level)
    return Adapting(
        verdict=_verdict(matched, smallest),
        randomised=randomised,
        decided_by=given.deciders,
        changes=given.changes,
        common=given.common,
        unread=given.unread,
        users=found.seats,
        deciders=found.clusters,
        unmatched=found.unmatched,
        short=found.short,
        far=periods.far,
        near=periods.near,
        after=periods.after,
        alone=_told(found.alone, level),
        parallel=_told(found.parallel, level),
        matched=matched,
        dip=None if found.dip is None else _told(found.dip, level),
        drift=drift,
        moved_alike=None if drift is None else _holds_zero(drift),
        course=tuple(
            AfterChange(week=week, gap=None if one is None else _told(one, level))
            for week, one in found.course
        ),
        parts=_parts(given, seats, periods, k, level),
    )


def _verdict(matched: Estimate | None, smallest: float) -> AdaptingVerdict:
    if matched is None or matched.low is None or matched.high is None:
        return "not comparable"
    if matched.low > 0:
        return "better"
    if matched.high < 0:
        return "worse"
    inside = -smallest < matched.low and matched.high < smallest
    return "too little to matter" if inside else "undecided"


def _holds_zero(one: Estimate) -> bool:
    return (one.low or 0.0) <= 0 <= (one.high or 0.0)


def _told(one: Measured, level: float) -> Estimate:
    low, high = one.interval(level)
    return Estimate(value=one.value, low=low, high=high)


def _parts(
    given: ChangedSeats, seats: Seats, periods: Periods, k: int, level: float
) -> tuple[AdaptedPart, ...]:
    """Each with an interval that holds for all at once (Bonferroni)."""
    wanted: list[tuple[str, str, NDArray[np.bool_]]] = []
    for of, names in (("by", given.by), ("kind", given.kind)):
        several = np.unique(names)
        wanted += [(of, str(name), names == name) for name in several] if several.size > 1 else []
    wanted = [one for one in wanted if np.unique(given.who[given.seat[one[2]]]).size >= k]
    wanted.sort(key=lambda one: (one[0], -int(one[2].sum())))
    wanted = wanted[:MOST_PARTS]
    each = 1 - (1 - level) / max(len(wanted), 1)
    return tuple(_part(of, name, given.marks(mine), seats, periods, k, each)
                 for of, name, mine in wanted)  # fmt: skip


def _part(  # noqa: PLR0913, PLR0917  private: one row of a table
    of: str,
    name: str,
    marks: NDArray[np.bool_],
    seats: Seats,
    periods: Periods,
    k: int,
    level: float,
) -> AdaptedPart:
    reason, matched, users, deciders = "", None, int(marks.any(axis=1).sum()), 0
    try:
        found = adapted(seats, marks, periods=periods)
    except DataError as error:
        reason = error.message
    else:
        if found.matched is None or found.seats < k:
            reason = "too few users resemble others without a change"
        else:
            matched = _told(found.matched, level)
            users, deciders = found.seats, found.clusters
    return AdaptedPart(
        of=of,  # type: ignore[arg-type]
        name=name,
        users=users,
        deciders=deciders,
        matched=matched,
        reason=reason,
    )

"""Retention by start and age, and when users lapse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.analysis.cohorts.cells import few, told_steps
from assay.analysis.cohorts.result import Age, Cell, Cohort, Kept, Lapses, Parted
from assay.core.finding import Estimate
from assay.privacy.disclosure import merge_small
from assay.stats.lifetimes import kept_over_time, lapse_by_group, lapse_times, pooled, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from assay.analysis.cohorts.cells import Told
    from assay.stats.lifetimes import Activity, Pooled, Retention

    Flags = NDArray[np.bool_]
    Words = NDArray[np.str_]


def cohorts_of(
    given: Retention, starts: Sequence[date], told: Told, *, counted: Flags, level: float
) -> tuple[Cohort, ...]:
    """The starts that are told, oldest first, with every cell up to the last day."""
    found = []
    for row in told.rows:
        size, last = int(given.size[row]), len(starts) - int(given.start[row])
        active = given.active[row, :last]
        low, high = wilson(active, np.full(last, size), level)
        told_ages = given.closed[row, :last] & ~told.withheld[row, :last]
        cells = tuple(
            Cell(
                age=age,
                active=int(active[age]) if told_ages[age] else None,
                share=_share(active[age], size, low[age], high[age]) if told_ages[age] else None,
                open=not given.closed[row, age],
                withheld=bool(told.withheld[row, age]),
            )
            for age in range(last)
        )
        found.append(
            Cohort(
                start=starts[int(given.start[row])].isoformat(),
                users=size,
                found=not counted[row],
                cells=cells,
            )
        )
    return tuple(found)


def _share(active: int, size: int, low: float, high: float) -> Estimate:
    return Estimate(value=float(active) / size, low=float(low), high=float(high))


def ages_of(  # noqa: PLR0913  counts, which count, and which share is meant
    given: Retention,
    told: Told,
    *,
    counted: Flags,
    k: int,
    level: float,
    unbounded: bool = False,
    mature: int | None = None,
) -> tuple[Age, ...]:
    """Retention by age over the starts that count, as far as it gives no fewer than k away."""
    found: Pooled = pooled(given, unbounded=unbounded, ages=mature, only=counted, level=level)
    return tuple(
        Age(
            age=int(found.age[i]),
            users=int(found.users[i]),
            starts=int(found.starts[i]),
            share=Estimate(
                value=float(found.share[i]), low=float(found.low[i]), high=float(found.high[i])
            ),
            spread=None
            if np.isnan(found.spread[i]) or told.withheld[:, found.age[i]].any()
            else float(found.spread[i]),
        )
        for i in np.flatnonzero((found.users >= k) & ~few(found.active, found.users, k))
        if unbounded or found.age[i] not in (told.unsafe if mature is None else told.unsafe_mature)
    )


def lapses_of(  # noqa: PLR0913  users, their starts and groups, the rule, how sure
    given: Activity,
    gap: int,
    starts: Sequence[date],
    groups: Words | None,
    *,
    counted: Flags,
    newest: int,
    k: int,
    seed: int,
    level: float,
) -> Lapses | None:
    """When users first stay away for so long; None where nobody was watched for long enough.

    Args:
        given: of `stats.lifetimes.activity`.
        gap: periods of absence that make a lapse.
        starts: first day of each period.
        groups: of each user.
        counted: of each user, whether their start counts.
        newest: starts, from the last, that are compared.
        k: fewer users make no group.
        seed: of the draws behind bands.
        level: of intervals, tests and bands.
    """
    time, lapsed = lapse_times(given, gap)
    watched = counted & (given.complete - given.start - gap >= 1)
    if int(watched.sum()) < k:
        return None
    time, lapsed, start = time[watched], lapsed[watched], given.start[watched]
    curve = kept_over_time(time, lapsed, seed=seed, level=level)
    told = told_steps(curve.events.astype(np.int64), curve.at_risk.astype(np.int64), k)
    steps = zip(
        *(
            one[list(told)].tolist()
            for one in (
                curve.times,
                curve.at_risk,
                curve.share,
                curve.low,
                curve.high,
                curve.band_low,
                curve.band_high,
            )
        ),
        strict=True,
    )
    parted: list[Parted] = []
    tests: dict[str, float | None] = {"start": None, "group": None}
    kinds: list[tuple[str, NDArray[np.str_]]] = [
        ("start", np.array([one.isoformat() for one in starts])[start])
    ]
    if groups is not None:
        mine = pl.DataFrame({"group": groups[watched]}).with_row_index("user")
        kinds.append(
            (
                "group",
                merge_small(mine, "group", person="user", k=k)["group"].to_numpy().astype(str),
            )
        )
    for kind, names in kinds:
        known, code, size = np.unique(names, return_inverse=True, return_counts=True)
        large = np.flatnonzero(size >= k)
        large = large[-newest:] if kind == "start" else large
        if large.size < 2:
            continue
        kept = np.isin(code, large)
        tested = lapse_by_group(time[kept], lapsed[kept], code[kept], seed=seed, level=level)
        tests[kind] = tested.p_value
        for one in tested.apart:
            sure = np.maximum(one.low, -one.high)
            best = int(np.argmax(sure)) if sure.size and sure.max() > 0 else None
            parted.append(
                Parted(
                    kind="start" if kind == "start" else "group",
                    name=str(known[one.group]),
                    users=one.users,
                    seen=one.seen,
                    expected=one.expected,
                    p_value=one.p_value,
                    differs=one.differs,
                    at=None if best is None else float(one.times[best]),
                    difference=None
                    if best is None
                    else Estimate(
                        value=float(one.difference[best]),
                        low=float(one.low[best]),
                        high=float(one.high[best]),
                    ),
                )
            )
    return Lapses(
        gap=gap,
        users=curve.users,
        lapsed=curve.lapsed,
        curve=tuple(
            Kept(
                age=age,
                at_risk=int(risk),
                share=Estimate(value=share, low=low, high=high),
                band=Estimate(value=share, low=band_low, high=band_high),
            )
            for age, risk, share, low, high, band_low, band_high in steps
        ),
        untold=curve.times.size - len(told),
        median=None
        if curve.median is None
        else Estimate(value=curve.median, low=curve.median_low, high=curve.median_high),
        starts_p=tests["start"],
        groups_p=tests["group"],
        parted=tuple(one for kind in ("start", "group") for one in told_parts(parted, kind, k)),
    )


def told_parts(parted: Sequence[Parted], kind: str, k: int) -> list[Parted]:
    """Those of one kind of which k or more lapsed and were left, or nobody.

    A single one that is left out would follow from the number of all: the next smallest goes, too.
    """
    mine = [one for one in parted if one.kind == kind]
    seen = np.array([round(one.seen) for one in mine], dtype=np.int64)
    users = np.array([one.users for one in mine], dtype=np.int64)
    gone = few(seen, users, k)
    if gone.sum() == 1 and len(mine) > 1:
        rest = np.minimum(seen, users - seen)
        gone[np.argmin(np.where(gone, users.max() + 1, rest))] = True
    return [one for one, hidden in zip(mine, gone.tolist(), strict=True) if not hidden]

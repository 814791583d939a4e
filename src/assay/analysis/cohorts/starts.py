"""Retention by start and age, and when users lapse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.analysis.cohorts.result import Age, Cell, Cohort, Kept, Lapses, Parted
from assay.core.finding import Estimate
from assay.stats.lifetimes import kept_over_time, lapse_by_group, lapse_times, pooled, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from assay.stats.lifetimes import Activity, Pooled, Retention

    Flags = NDArray[np.bool_]
    Words = NDArray[np.str_]


def cohorts_of(  # noqa: PLR0913  counts, days, which are told, how sure
    given: Retention,
    starts: Sequence[date],
    *,
    counted: Flags,
    newest: int,
    k: int,
    level: float,
) -> tuple[Cohort, ...]:
    """The newest starts of k users or more, oldest first, with every cell up to the last day."""
    found = []
    for row in np.flatnonzero(given.size >= k)[-newest:]:
        size, last = int(given.size[row]), len(starts) - int(given.start[row])
        trials = np.full(last, size)
        active, after = given.active[row, :last], given.after[row, :last]
        low, high = wilson(active, trials, level)
        after_low, after_high = wilson(after, trials, level)
        cells = tuple(
            Cell(
                age=age,
                active=int(active[age]),
                share=_share(active[age], size, low[age], high[age])
                if given.closed[row, age]
                else None,
                after=_share(after[age], size, after_low[age], after_high[age])
                if given.settled[row, age]
                else None,
                open=not given.closed[row, age],
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
    *,
    counted: Flags,
    k: int,
    level: float,
    unbounded: bool = False,
    mature: int | None = None,
) -> tuple[Age, ...]:
    """Retention by age over the starts that count, as far as k users are left to tell it."""
    found: Pooled = pooled(given, unbounded=unbounded, ages=mature, only=counted, level=level)
    return tuple(
        Age(
            age=int(found.age[i]),
            users=int(found.users[i]),
            starts=int(found.starts[i]),
            share=Estimate(
                value=float(found.share[i]), low=float(found.low[i]), high=float(found.high[i])
            ),
            spread=None if np.isnan(found.spread[i]) else float(found.spread[i]),
        )
        for i in np.flatnonzero(found.users >= k)
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
    told = curve.at_risk >= k
    steps = zip(
        *(
            one[told].tolist()
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
        kinds.append(("group", groups[watched]))
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
        median=None
        if curve.median is None
        else Estimate(value=curve.median, low=curve.median_low, high=curve.median_high),
        starts_p=tests["start"],
        groups_p=tests["group"],
        parted=tuple(parted),
    )

"""Changes that came in steps too small to be seen, over all baselines of a suite."""

from __future__ import annotations

from math import exp, isfinite, log
from statistics import fmean
from typing import TYPE_CHECKING, Final

from assay.analysis.regressions.result import CreepResult
from assay.stats.regressions import creep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.captures import Capture, Case

FEWEST: Final = 3
"""Versions from which small steps can be told from one."""


def creeps_of(
    versions: Sequence[Capture], *, alpha: float, power: float
) -> tuple[CreepResult, ...]:
    """Every case that all versions have, the oldest first; none with fewer than three versions.

    The smallest change that matters and the direction are those of the newest baseline.
    """
    if len(versions) < FEWEST:
        return ()
    by_key = [{case.key: case for case in version.cases} for version in versions]
    kept = [
        rows
        for case in versions[-2].cases
        if len(rows := [known[case.key] for known in by_key if case.key in known]) == len(versions)
        and len({(row.unit, row.compared) for row in rows}) == 1
    ]
    names = tuple(version.name or "now" for version in versions)
    return tuple(_told(rows, names, alpha=alpha / len(kept), power=power) for rows in kept)


def _told(
    rows: Sequence[Case], names: tuple[str, ...], *, alpha: float, power: float
) -> CreepResult:
    last = rows[-2]
    rules = last.rules(alpha=alpha, power=power)
    statistic = "typical" if last.relative else "mean"
    values = [[run.values[statistic] for run in case.runs] for case in rows]
    found = creep(values, rules=rules)
    whole = found.whole
    verdict = "creeping" if found.creeping else "worse" if found.worse else "no worse"
    ends = [end if isfinite(end) else None for end in (whole.change, whole.low, whole.high)]
    return CreepResult(
        key="/".join(last.key),
        label=last.label,
        unit=last.unit or "1",
        change_unit="share" if last.relative else last.unit or "1",
        versions=names,
        values=tuple(
            exp(fmean(map(log, runs))) if last.relative else fmean(runs) for runs in values
        ),
        change=ends[0],
        low=ends[1],
        high=ends[2],
        per_version=found.slope,
        p_worse=whole.p_worse,
        p_slope=found.p_slope,
        verdict=verdict,
    )

"""How rows are spread over the values of a column, and how that has moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.trends.question import CYCLE, PERIODS
from assay.analysis.trends.result import Mix, MixPart
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.stats.breaks import find_breaks
from assay.stats.seasons import period_change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from assay.analysis.trends.question import Question
    from assay.features.watched import Watched
    from assay.stats.seasons import PeriodChange

    Floats = NDArray[np.float64]

MOST: Final = 8
"""Values of a column that are told of, those of the largest change."""


def mixes(columns: Mapping[str, Sequence[Watched]], question: Question) -> tuple[Mix, ...]:
    """The mix of every column, from how many rows each of its values has in each period."""
    among = max(1, sum(len(parts) for parts in columns.values()))
    return tuple(_mix(name, parts, question, among) for name, parts in columns.items())


def _mix(column: str, parts: Sequence[Watched], question: Question, among: int) -> Mix:
    cycle = CYCLE[question.every]
    size = parts[0].values.size if parts else 0
    periods = min(question.recent, size // 2 // cycle * cycle)
    problem = ""
    if len(parts) < 2:
        problem = f"{len(parts)} values, expected two or more to be mixed"
    elif periods < max(2, cycle):
        problem = f"{size} periods, too few to compare the last with those before"
    if problem:
        return Mix(
            column=column, periods=periods, moved=0.0, values=len(parts), parts=(), left_out=problem
        )
    counts = np.array([np.nan_to_num(one.values) for one in parts])
    total = counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        shares = np.where(total > 0, counts / np.where(total > 0, total, 1.0), np.nan)
    told = [
        _part(one, share, total, periods, question, among)
        for one, share in zip(parts, shares, strict=True)
    ]
    known = [one for one in told if one is not None]
    known.sort(key=lambda one: -abs(one.change.value or 0.0))
    return Mix(
        column=column,
        periods=periods,
        moved=min(1.0, 0.5 * sum(abs(one.after - one.before) for one in known)),
        values=len(parts),
        parts=tuple(known[:MOST]),
        left_out="" if known else "no share can be compared",
    )


def _part(  # noqa: PLR0913, PLR0917  a share, what it is a share of, and what is asked
    one: Watched, share: Floats, total: Floats, periods: int, question: Question, among: int
) -> MixPart | None:
    size = share.size
    strict = 1 - (1 - question.level) / among

    def change(level: float) -> PeriodChange:
        return period_change(
            share,
            before=(size - 2 * periods, size - periods),
            after=(size - periods, size),
            period=CYCLE[question.every],
            counts=total,
            level=level,
        )

    try:
        told, sure = change(question.level), change(strict)
    except DataError:
        return None
    mean = float(np.nansum(share * total) / total.sum())
    errors = np.sqrt(mean * (1 - mean) / np.where(total > 0, total, np.nan))
    since = None
    if 0 < mean < 1:
        found = find_breaks(share, errors=errors, level=strict, periods=PERIODS[question.every])
        since = one.labels[found.breaks[-1].index] if found.breaks else None
    return MixPart(
        value=one.group[0][1],
        before=min(1.0, max(0.0, told.before)),
        after=min(1.0, max(0.0, told.after)),
        change=Estimate(
            value=told.change.value,
            low=max(-1.0, told.change.low),
            high=min(1.0, told.change.high),
        ),
        sure=not sure.change.low <= 0 <= sure.change.high,
        since=since,
    )

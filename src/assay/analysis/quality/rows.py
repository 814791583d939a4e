"""Rows per day as they are reported: days, events, gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.analysis.quality.result import DayRows, VolumeEvent, VolumeQuality
from assay.analysis.quality.volume import Day, gaps_of, judge_days, runs_of
from assay.core.finding import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


def volume_of(
    counts: Sequence[tuple[date, int]], false_alarms: float
) -> tuple[VolumeQuality, tuple[list[date], int]]:
    """All days with their expectation, the events among them, and the gaps (see `gaps_of`)."""
    found = judge_days(counts, false_alarms=false_alarms)
    quality = VolumeQuality(
        days=tuple(
            DayRows(
                day=day.day.isoformat(),
                rows=day.rows,
                expected=day.expected,
                low=day.low,
                high=day.high,
            )
            for day in found.days
        ),
        judged=found.judged,
        spread=found.spread,
        events=tuple(_event(run) for run in runs_of(found.days)),
        reason=found.reason,
    )
    return quality, gaps_of(counts)


def _event(run: list[Day]) -> VolumeEvent:
    """The interval is what the change is, were the expectation at either end of chance."""
    rows = sum(day.rows for day in run)
    expected = sum(day.expected or 0.0 for day in run)
    low = sum(day.low or 0.0 for day in run)
    high = sum(day.high or 0.0 for day in run)
    return VolumeEvent(
        first=run[0].day.isoformat(),
        last=run[-1].day.isoformat(),
        days=len(run),
        rows=rows,
        expected=expected,
        change=Estimate(
            value=rows / expected - 1.0,
            low=rows / high - 1.0,
            high=rows / low - 1.0 if low > 0 else None,
        ),
    )

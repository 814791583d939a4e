"""Every series watched under one budget; what is seen becomes one alarm per incident."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.alerts.levels import level_alarms
from assay.analysis.alerts.limits import limit_alarms
from assay.analysis.alerts.merging import merged_mixes, merged_silences
from assay.analysis.alerts.result import Alarms, Unwatched
from assay.analysis.alerts.severity import Grades
from assay.analysis.alerts.watched import PER_DAY, PERIODS
from assay.stats.watching import WatchRules, watch_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.analysis.alerts.result import Alarm
    from assay.analysis.alerts.watched import WatchedSeries
    from assay.stats.watching import Watch

KINDS: Final = 3
"""Detectors of a series that may each raise a false alarm: shifts, single points, silence."""
_MOST: Final = 50.0


def detect(
    watched: Sequence[WatchedSeries], *, budget: float = 1.0, grades: Grades | None = None
) -> Alarms:
    """What happened in all series, as it would have been said in each period.

    The budget is shared out evenly: to every series, and within it to the three detectors. So it
    holds for what is watched together; thresholds, which are judged by their own probability, are
    beside it.

    Args:
        watched: series of one or more data, each with the periods that it has.
        budget: false alarms per 100 days, of all kinds and over all series.
        grades: from how many dollars a day an alarm is grave.

    Raises:
        ParameterError: where the budget is out of range.
    """
    grades = grades or Grades()
    able, unwatched = _able(watched)
    shared = len(able)
    alarms: list[Alarm] = []
    for series, seen in _watches(able, budget, shared):
        if seen.reason:
            unwatched.append(_unwatched(series, seen.reason))
        alarms += level_alarms(series, seen, grades)
        alarms += limit_alarms(series, grades)
    alarms = [*merged_silences(merged_mixes(alarms), able)]
    alarms.sort(key=lambda alarm: (alarm.opened_at, alarm.watched, alarm.subject, alarm.by))
    through = {each.watched: each.labels[-1] for each in watched if each.labels}
    return Alarms(
        alarms=tuple(alarms),
        unwatched=tuple(unwatched),
        series=shared,
        budget=budget,
        through=tuple(sorted(through.items())),
        each=tuple(sorted(Counter(series.watched for series in able).items())),
    )


def _able(watched: Sequence[WatchedSeries]) -> tuple[list[WatchedSeries], list[Unwatched]]:
    """Series that can be watched, and the others with the reason."""
    able, unwatched = [], []
    for series in watched:
        values = np.array(series.values)
        if not np.isfinite(values).any():
            unwatched.append(_unwatched(series, "no period has data"))
        elif np.isinf(values).any():
            unwatched.append(_unwatched(series, "a value is infinite"))
        elif series.relative and (values <= 0).any():
            least = float(np.nanmin(values))
            reason = f"a value of {least:g}: shares of it mean nothing; give it a difference"
            unwatched.append(_unwatched(series, reason))
        else:
            able.append(series)
    return able, unwatched


def _unwatched(series: WatchedSeries, reason: str) -> Unwatched:
    return Unwatched(watched=series.watched, subject=series.subject, by=series.by, reason=reason)


def _watches(
    able: Sequence[WatchedSeries], budget: float, shared: int
) -> Iterator[tuple[WatchedSeries, Watch]]:
    """Each series with what was seen in it; those of the same periods and rules go together."""

    def alike(series: WatchedSeries) -> tuple[object, ...]:
        ends = (series.labels[0], series.labels[-1], len(series.labels))
        return (series.watched, series.every, *ends, series.relative, series.smallest)

    for _, members in groupby(sorted(able, key=lambda s: tuple(map(str, alike(s)))), alike):
        group = list(members)
        first = group[0]
        part = budget * len(group) / shared / KINDS / PER_DAY[first.every]
        rules = WatchRules(
            period=PERIODS[first.every],
            budget=min(part, _MOST),
            smallest=first.smallest,
            relative=first.relative,
        )
        values = np.array([series.values for series in group])
        errors = np.array([series.errors for series in group])
        for series, seen in zip(group, watch_all(values, errors, rules=rules), strict=True):
            # Shares of a mix have gaps where nothing at all was logged: the rows' own silence.
            yield series, replace(seen, silences=()) if series.is_share else seen

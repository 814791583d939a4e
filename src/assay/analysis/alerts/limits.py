"""Thresholds: the probability, period by period, that the present level is beyond them."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.alerts.result import Alarm
from assay.analysis.alerts.severity import grade, usd_per_day
from assay.analysis.alerts.watched import PERIODS
from assay.stats.watching import exceeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.analysis.alerts.severity import Grades
    from assay.analysis.alerts.watched import Threshold, WatchedSeries
    from assay.stats.watching import Exceedance

SEASONS: Final = 12
"""Periods of the season that the present level rests on."""
LEAST: Final = 7
"""Values before which nothing is said."""
CLOSES: Final = 0.5
"""Probability below which an open alarm is over: the level is more likely on the good side."""


def limit_alarms(series: WatchedSeries, grades: Grades) -> Iterator[Alarm]:
    """One alarm for each time that a level went beyond a threshold."""
    for threshold in series.thresholds:
        yield from _passings(series, threshold, grades)


def _passings(series: WatchedSeries, threshold: Threshold, grades: Grades) -> Iterator[Alarm]:
    opened: int | None = None
    worst: tuple[float, Exceedance] | None = None
    values, errors = np.array(series.values), np.array(series.errors)
    reach = SEASONS * PERIODS[series.every] if PERIODS[series.every] > 1 else 52
    known = np.cumsum(~np.isnan(values))
    for place in range(values.size):
        if known[place] < LEAST or isnan(values[place]):
            continue
        begin = max(place + 1 - reach, 0)
        if known[place] - (known[begin - 1] if begin else 0) < LEAST:
            continue
        now = exceeds(
            values[begin : place + 1],
            errors[begin : place + 1],
            threshold.value,
            period=PERIODS[series.every],
        )
        beyond = now.probability if threshold.above else 1 - now.probability
        if opened is None and beyond >= threshold.probability:
            opened = place
        elif opened is not None and beyond < CLOSES and worst is not None:
            yield _alarm(series, threshold, grades, worst, opened, place)
            opened = None
        if opened is not None:
            worst = (beyond, now)
    if opened is not None and worst is not None:
        yield _alarm(series, threshold, grades, worst, opened, None)


def _alarm(  # noqa: PLR0913, PLR0917  all of one passing
    series: WatchedSeries,
    threshold: Threshold,
    grades: Grades,
    state: tuple[float, Exceedance],
    opened: int,
    closed: int | None,
) -> Alarm:
    probability, level = state
    change = level.level - threshold.value
    end = len(series.labels) if closed is None else closed
    usd = usd_per_day(series, change, probability, opened, end)
    scale = series.smallest * (abs(threshold.value) if series.relative else 1.0)
    times = max(abs(change) / scale, 1.0) if scale else 1.0
    label = series.labels[opened]
    return Alarm(
        kind="threshold",
        watched=series.watched,
        data=series.data,
        subject=series.subject,
        by=series.by,
        unit=series.unit,
        since=label,
        since_low=label,
        since_high=label,
        opened=label,
        opened_at=series.ends[opened],
        severity=grade("threshold", times=times, certainty=probability, usd=usd, grades=grades),
        closed=None if closed is None else series.labels[closed],
        closed_at=None if closed is None else series.ends[closed],
        until=None if closed is None else series.labels[closed],
        ending="" if closed is None else "recovered",
        expected=threshold.value,
        seen=level.level,
        size=change,
        size_low=level.low - threshold.value,
        size_high=level.high - threshold.value,
        size_unit=series.unit,
        certainty=probability,
        usd_per_day=usd,
        n=sum(series.n[opened:end]),
        threshold=threshold.value,
    )

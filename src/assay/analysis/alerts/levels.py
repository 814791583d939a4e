"""Shifts, single points and silence of one series as alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.alerts.result import Alarm
from assay.analysis.alerts.severity import grade, usd_per_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.analysis.alerts.result import Kind
    from assay.analysis.alerts.severity import Grades
    from assay.analysis.alerts.watched import WatchedSeries
    from assay.stats.watching import Anomaly, Incident, Silence, Watch

_DAYS_EXPECTED: Final = 28
"""Periods of an incident over which what was expected is averaged, at most: whole seasons."""


def level_alarms(series: WatchedSeries, seen: Watch, grades: Grades) -> Iterator[Alarm]:
    """All that was seen in a series; a bad day that begins a shift is part of that shift."""
    for incident in seen.incidents:
        yield _shift(series, seen, incident, grades)
    if series.is_share:
        return
    for anomaly in seen.anomalies:
        if not any(_within(anomaly.day, incident) for incident in seen.incidents):
            yield _point(series, anomaly, grades)
    for silence in seen.silences:
        # Points with too few rows to be judged are gaps of the series, and yet no silence.
        if not any(series.n[silence.since : silence.ended]):
            yield _silence(series, silence)


def _within(day: int, incident: Incident) -> bool:
    """Up to its closing: a day of recovery is no news either."""
    last = incident.opened if incident.closed is None else incident.closed
    return incident.since <= day and (incident.closed is None or day <= last)


def _kind(series: WatchedSeries, *, higher: bool) -> Kind:
    if series.is_share:
        return "mix"
    if series.better is None:
        return "change"
    return "improvement" if higher == (series.better == "up") else "degradation"


def _shift(series: WatchedSeries, seen: Watch, incident: Incident, grades: Grades) -> Alarm:
    first, last = incident.since, len(series.labels)
    end = last if incident.closed is None else min(incident.until or incident.closed, last)
    end = max(end, first + 1)
    told = np.array(seen.expected[first : min(end, first + _DAYS_EXPECTED)])
    known = told[~np.isnan(told)]
    expected = float(known.mean()) if known.size else incident.expected
    change = expected * incident.size if series.relative else incident.size
    kind = _kind(series, higher=incident.higher)
    usd = usd_per_day(series, change, incident.certainty, first, end)
    times = abs(incident.size) / series.smallest
    return Alarm(
        kind=kind,
        watched=series.watched,
        data=series.data,
        subject=series.subject,
        by=series.by,
        unit=series.unit,
        since=series.labels[incident.since],
        since_low=series.labels[incident.since_low],
        since_high=series.labels[incident.since_high],
        opened=series.labels[incident.opened],
        opened_at=series.ends[incident.opened],
        severity=grade(kind, times=times, certainty=incident.certainty, usd=usd, grades=grades),
        closed=None if incident.closed is None else series.labels[incident.closed],
        closed_at=None if incident.closed is None else series.ends[incident.closed],
        until=_label(series, incident.until if incident.until is not None else incident.closed),
        ending=incident.ending or "",
        expected=expected,
        seen=expected + change,
        size=incident.size,
        size_low=incident.size_low,
        size_high=incident.size_high,
        size_unit="share" if series.relative else series.unit,
        relative=series.relative,
        certainty=incident.certainty,
        usd_per_day=usd,
        n=sum(series.n[first:end]),
    )


def _label(series: WatchedSeries, place: int | None) -> str | None:
    return None if place is None else series.labels[place]


def _point(series: WatchedSeries, anomaly: Anomaly, grades: Grades) -> Alarm:
    """A single point is news until the next one."""
    label, after = series.labels[anomaly.day], anomaly.day + 1
    over = after < len(series.labels)
    certainty = 1 - anomaly.p_value
    usd = usd_per_day(series, anomaly.value - anomaly.expected, certainty, anomaly.day, after)
    worse = series.better is not None and (
        _kind(series, higher=anomaly.value > anomaly.expected) == "degradation"
    )
    return Alarm(
        kind="anomaly",
        watched=series.watched,
        data=series.data,
        subject=series.subject,
        by=series.by,
        unit=series.unit,
        since=label,
        since_low=label,
        since_high=label,
        opened=label,
        opened_at=series.ends[anomaly.day],
        severity=grade(
            "anomaly" if worse else "change",
            times=abs(anomaly.size) / series.smallest,
            certainty=certainty,
            usd=usd,
            grades=grades,
        ),
        closed=series.labels[after] if over else None,
        closed_at=series.ends[after] if over else None,
        until=series.labels[after] if over else None,
        ending="passed" if over else "",
        expected=anomaly.expected,
        seen=anomaly.value,
        size=anomaly.size,
        size_unit="share" if series.relative else series.unit,
        relative=series.relative,
        certainty=certainty,
        usd_per_day=usd,
        n=series.n[anomaly.day],
    )


def _silence(series: WatchedSeries, silence: Silence) -> Alarm:
    since = series.labels[silence.since]
    ended = silence.ended
    all_gone = not any(series.rows[silence.since : ended])
    return Alarm(
        kind="silence",
        watched=series.watched,
        data=series.data,
        subject="rows" if all_gone else series.subject,
        by=series.by,
        unit="count",
        since=since,
        since_low=since,
        since_high=since,
        opened=series.labels[silence.noticed],
        opened_at=series.ends[silence.noticed],
        severity="critical" if all_gone else "warning",
        closed=None if ended is None else series.labels[ended],
        closed_at=None if ended is None else series.ends[ended],
        until=None if ended is None else series.labels[ended],
        ending="" if ended is None else "data again",
        silent=(series.subject,),
    )

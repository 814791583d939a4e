"""One alarm where several series tell of the same incident."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from assay.analysis.alerts.result import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from assay.analysis.alerts.result import Alarm
    from assay.analysis.alerts.watched import WatchedSeries

_GRAVITY: Final = ("info", "warning", "critical")


def merged_mixes(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Shares that shift while another of the same column is shifted: one drift of the mix.

    What one label gains others lose, so each incident would be told as often as there are labels.
    """
    alarms = list(alarms)
    mixes = [alarm for alarm in alarms if alarm.kind == "mix"]
    found = [alarm for alarm in alarms if alarm.kind != "mix"]
    for group in _together(mixes):
        parts = tuple(
            Part(label=each.by[-1][1], expected=each.expected or 0.0, seen=each.seen or 0.0)
            for each in sorted(group, key=lambda each: -abs(each.size or 0.0))
        )
        found.append(replace(_whole(group), by=(), parts=parts))
    return found


def merged_silences(alarms: Iterable[Alarm], watched: Sequence[WatchedSeries]) -> Iterator[Alarm]:
    """Metrics of one group that fall silent together: one silence, of the rows if all are gone."""
    alarms = list(alarms)
    yield from (alarm for alarm in alarms if alarm.kind != "silence")
    for group in _together([alarm for alarm in alarms if alarm.kind == "silence"]):
        whole = _whole(group)
        silent = tuple(sorted({name for each in group for name in each.silent}))
        measured = {
            series.subject
            for series in watched
            if series.watched == whole.watched and series.by == whole.by and not series.is_share
        }
        gone = whole.subject == "rows" or measured <= set(silent)
        yield replace(whole, subject="rows" if gone else whole.subject, silent=silent)


def _key(alarm: Alarm) -> tuple[object, ...]:
    """Shares of one column belong together, and silences of one group's rows, or of one metric."""
    return (alarm.watched, alarm.subject, () if alarm.kind == "mix" else alarm.by)


def _together(alarms: Sequence[Alarm]) -> Iterator[list[Alarm]]:
    """Alarms of one key, those that go on at the same time in one list."""
    ordered = sorted(alarms, key=lambda alarm: (str(_key(alarm)), alarm.since, alarm.opened))
    for _, members in groupby(ordered, _key):
        group: list[Alarm] = []
        for alarm in members:
            if group and any(each.until is None or alarm.since < each.until for each in group):
                group.append(alarm)
                continue
            if group:
                yield group
            group = [alarm]
        if group:
            yield group


def _whole(group: Sequence[Alarm]) -> Alarm:
    """The largest of them, from the first opening to the last closing."""
    largest = max(group, key=lambda each: (abs(each.size or 0.0), each.since))
    first = min(group, key=lambda each: each.opened_at)
    last = None
    if all(each.closed_at is not None for each in group):
        last = max(group, key=lambda each: str(each.closed_at))
    return replace(
        largest,
        since=min(each.since for each in group),
        since_low=min(each.since_low for each in group),
        opened=first.opened,
        opened_at=first.opened_at,
        closed=None if last is None else last.closed,
        closed_at=None if last is None else last.closed_at,
        until=None if last is None else last.until,
        ending="" if last is None else last.ending,
        certainty=None
        if largest.certainty is None
        else max(each.certainty or 0.0 for each in group),
        severity=max((each.severity for each in group), key=_GRAVITY.index),
    )

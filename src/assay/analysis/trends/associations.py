"""What happened on the days of a break, and which breaks fell together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from assay.analysis.trends.result import Candidate, Together
from assay.stats.breaks import joined_breaks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from assay.analysis.trends.one import Traces
    from assay.analysis.trends.question import Question
    from assay.analysis.trends.result import SeriesTrend
    from assay.features.happenings import Happening
    from assay.features.watched import Watched
    from assay.stats.breaks import Break, Whereabouts

MOST: Final = 6
"""Candidates that are told of one break, nearest first."""


def candidates(
    happenings: Iterable[Happening],
    at: Sequence[datetime],
    places: tuple[int, int, int],
    group: tuple[tuple[str, str], ...],
) -> tuple[Candidate, ...]:
    """What began or ended from the period before the earliest place of a break to its latest.

    What begins late in a period shows from the next one, hence the period before. The end of
    something that passes (an incident) counts as a change of the day after it. What names the
    group comes first, then what is nearest.

    Args:
        happenings: those that may concern the series.
        at: when its periods begin.
        places: earliest, most likely and latest first period of the break.
        group: of the series.
    """
    low, index, high = places
    first, last = at[max(0, low - 1)].date(), _end(at, high)
    middle = at[index].date()
    found: list[tuple[bool, Candidate]] = []
    for one in happenings:
        turns = [(one.first, one.what)]
        if one.passes or one.last > one.first:
            turns.append((one.last + timedelta(days=1), f"end of {one.what}"))
        found += [
            (
                not set(one.about) & set(group),
                Candidate(day=day.isoformat(), kind=one.kind, what=what, away=(day - middle).days),
            )
            for day, what in turns
            if first <= day <= last
        ]
    found.sort(key=lambda pair: (pair[0], abs(pair[1].away), pair[1].kind, pair[1].what))
    return tuple(candidate for _, candidate in found[:MOST])


def by_chance(
    happenings: Sequence[Happening], at: Sequence[datetime], low: int, high: int
) -> float:
    """Share of equally long intervals of the series that hold a candidate too."""
    width = high - low
    places = range(1, len(at) - width)
    if not places:
        return 1.0
    days = sorted(
        day
        for one in happenings
        for day in ([one.first, one.last + timedelta(days=1)] if one.passes else [one.first])
    )
    held = sum(
        any(at[place - 1].date() <= day <= _end(at, place + width) for day in days)
        for place in places
    )
    return held / len(places)


def _end(at: Sequence[datetime], place: int) -> date:
    """The last day of a period."""
    if place + 1 < len(at):
        return max(at[place].date(), at[place + 1].date() - timedelta(days=1))
    return at[place].date()


def together(
    series: Sequence[tuple[Watched, SeriesTrend, Traces]], question: Question
) -> tuple[Together, ...]:
    """Breaks of several series that are likelier of one period than each of its own.

    The most series first, then the earlier. Only changes of level and slope are asked.
    """
    grid = sorted({pair for one, _, _ in series for pair in zip(one.at, one.labels, strict=True)})
    place = {at: step for step, (at, _) in enumerate(grid)}
    rows = []
    for one, _, traces in series:
        start = place[one.at[0]] if one.at else 0
        rows.append([(_moved(seen, start), _elsewhere(where, start)) for seen, where in traces])
    groups = []
    for found in joined_breaks(rows, level=question.level):
        told = [series[row][1] for row in found.rows]
        groups.append(
            Together(
                first=grid[found.low][1],
                since=grid[found.index][1],
                last=grid[min(found.high, len(grid) - 1)][1],
                probability=found.p_same,
                keys=tuple(one.key for one in told),
                names=tuple(one.name for one in told),
                upward=tuple(seen.size > 0 for seen in found.breaks),
                candidates=_of_all(told, {grid[seen.index][1] for seen in found.breaks}),
            )
        )
    return tuple(sorted(groups, key=lambda group: (-len(group.keys), group.first)))


def _moved(seen: Break, start: int) -> Break:
    return replace(seen, index=seen.index + start, low=seen.low + start, high=seen.high + start)


def _elsewhere(where: Whereabouts, start: int) -> Whereabouts:
    return replace(where, places=where.places + start)


def _of_all(told: Sequence[SeriesTrend], since: set[str]) -> tuple[Candidate, ...]:
    """What stands beside the breaks of all of them, what stands beside the most of them first."""
    seen: dict[tuple[str, str], list[Candidate]] = {}
    for one in told:
        for change in one.changes:
            if change.since in since and change.kind != "variance":
                for candidate in change.candidates:
                    seen.setdefault((candidate.day, candidate.what), []).append(candidate)
    most = sorted(seen.values(), key=lambda found: (-len(found), abs(found[0].away), found[0].what))
    return tuple(found[0] for found in most[:MOST])

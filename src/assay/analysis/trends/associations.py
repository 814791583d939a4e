"""What happened on the days of a break, and which breaks fell together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from assay.analysis.trends.result import Candidate, Together

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from assay.analysis.trends.result import Change, SeriesTrend
    from assay.features.happenings import Happening

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


def together(series: Sequence[SeriesTrend]) -> tuple[Together, ...]:
    """Breaks of several series whose intervals all share a period, the most series first.

    Sorted by where they end, each group takes every break that has begun by then: the fewest
    groups such that each break is in one.
    """
    open_ = sorted(
        ((one, change) for one in series for change in one.changes),
        key=lambda pair: (pair[1].last, pair[1].first),
    )
    groups: list[Together] = []
    while open_:
        end = open_[0][1].last
        inside = [pair for pair in open_ if pair[1].first <= end]
        open_ = [pair for pair in open_ if pair[1].first > end]
        one_each = {one.key: (one, change) for one, change in reversed(inside)}
        if len(one_each) > 1:
            pairs = sorted(one_each.values(), key=lambda pair: -pair[1].confidence)
            groups.append(_group(pairs, end))
    return tuple(sorted(groups, key=lambda group: (-len(group.keys), group.first)))


def _group(pairs: Sequence[tuple[SeriesTrend, Change]], end: str) -> Together:
    first = max(change.first for _, change in pairs)
    seen: dict[tuple[str, str], Candidate] = {}
    for _, change in pairs:
        for one in change.candidates:
            seen.setdefault((one.day, one.what), one)
    return Together(
        first=first,
        last=end,
        keys=tuple(one.key for one, _ in pairs),
        names=tuple(one.name for one, _ in pairs),
        upward=tuple((change.size.value or 0.0) > 0 for _, change in pairs),
        candidates=tuple(sorted(seen.values(), key=lambda one: abs(one.away))[:MOST]),
    )

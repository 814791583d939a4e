"""Which users are behind what stood out: one, a few, or all of them; told without naming any."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.analysis.costs.anomalies.result import Whose
from assay.features.spenders import UNIT, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assay.analysis.costs.anomalies.result import Odd, Shape, SpendAnomalies

LOOKED: Final = 8
"""Days and levels, the dearest, whose users are looked at."""
LONGEST: Final = 28
"""Days of a new level that are looked at, its first, and days compared with."""
FEWEST: Final = 7
"""Days before, from which only these are compared with; else those after are, too."""
FEW: Final = 5
SEVERAL: Final = 10
"""Calls before, from which a multiple of them is told."""
MOST_OF_IT: Final = 0.5
"""Share of the excess from which one user, or a few, made it."""


def places_of(found: SpendAnomalies) -> tuple[Place, ...]:
    """Rows whose users are to be looked at, in the order of `looked_at`.

    An event is compared with up to 28 days before it, at the same level and without other days that
    stood out; near the start of the data or of a level, with those after it as well.
    """
    odd = {day for one in found.days for day in _days(one.first, one.last)}
    return tuple(
        Place(
            labels=tuple((label.column, label.value) for label in one.where),
            days=_own(one),
            before=_before(one, found, odd),
        )
        for one in looked_at(found)
    )


def looked_at(found: SpendAnomalies) -> tuple[Odd, ...]:
    """The dearest days and levels."""
    return (*found.days[:LOOKED], *found.levels[:LOOKED])


def with_users(found: SpendAnomalies, sums: pl.DataFrame, *, k: int = 10) -> SpendAnomalies:
    """What stood out, with whether few users or many made it.

    Args:
        found: of `spend_anomalies`.
        sums: of `features.spenders` for `places_of` it.
        k: fewer users than these are not counted.
    """
    parts = shares_of(found, sums)
    whose = [
        _whose(place, parts.filter(pl.col("place") == i), k)
        for i, place in enumerate(places_of(found))
    ]
    days = len(found.days[:LOOKED])
    return replace(
        found,
        days=_given(found.days, whose[:days]),
        levels=_given(found.levels, whose[days:]),
    )


def shares_of(found: SpendAnomalies, sums: pl.DataFrame) -> pl.DataFrame:
    """The sums with `usual`, what each would have spent as expected, and its `share` of the excess.

    Sorted by place, the largest share first. Places whose users say nothing are left out: the days
    looked at differ the other way than the event as a whole, or nothing is known of them.
    """
    made = []
    for i, (one, place) in enumerate(zip(looked_at(found), places_of(found), strict=True)):
        mine = sums.filter(pl.col("place") == i)
        expected = one.expected * len(place.days) / one.days
        excess = float(mine["usd"].sum()) - expected
        if mine.is_empty() or not excess * one.excess > 0:
            continue
        before = float(mine["usd_before"].sum())
        usual = pl.col("usd_before") * (expected / before if before > 0 else 0.0)
        gap = pl.col("usd") - pl.col("usual")
        made.append(mine.with_columns(usual=usual).with_columns(share=gap / excess))
    if not made:
        empty = pl.lit(None, pl.Float64)
        return sums.clear().with_columns(usual=empty, share=empty)
    return pl.concat(made).sort(
        "place", "share", UNIT, descending=[False, True, False], nulls_last=True
    )


def _whose(place: Place, parts: pl.DataFrame, k: int) -> Whose | None:
    named = parts.filter(pl.col(UNIT).is_not_null())
    if parts.is_empty() or named.is_empty():
        return None
    one, five = (min(float(named["share"].head(n).sum()), 1.0) for n in (1, FEW))
    nobody = parts.filter(pl.col(UNIT).is_null())
    loose = float(nobody["share"].sum())
    shape = _shape(one, five, loose)
    told = named.head({"one user": 1, "few users": FEW}.get(shape, named.height))
    calls, before = int(told["calls"].sum()), int(told["calls_before"].sum())
    days = len(place.days), len(place.before)
    there = int(parts["calls_before"].sum()), float(parts["usd_before"].sum())
    priced = calls > 0 and there[0] > 0 and there[1] > 0
    all_calls = int(parts["calls"].sum())
    users = int((named["calls"] > 0).sum())
    return Whose(
        shape=shape,
        days=days[0],
        before=days[1],
        users=users if users >= k else None,
        one=one,
        five=five,
        nobody=int(nobody["calls"].sum()) / all_calls if all_calls else 0.0,
        new=int((told["calls_before"] == 0).sum()),
        made=calls,
        made_before=before,
        calls=(calls / days[0]) / (before / days[1]) if before >= SEVERAL else None,
        dearer=(float(told["usd"].sum()) / calls) / (there[1] / there[0]) if priced else None,
    )


def _shape(one: float, five: float, loose: float) -> Shape:
    if one >= MOST_OF_IT:
        return "one user"
    if loose >= MOST_OF_IT:
        return "no user"
    return "few users" if five >= MOST_OF_IT else "spread"


def _given(events: Sequence[Odd], whose: Sequence[Whose | None]) -> tuple[Odd, ...]:
    told = tuple(replace(one, whose=of) for one, of in zip(events, whose, strict=False))
    return (*told, *events[len(told) :])


def _own(one: Odd) -> tuple[date, ...]:
    return _days(one.first, one.last)[:LONGEST]


def _before(one: Odd, found: SpendAnomalies, odd: Iterable[date]) -> tuple[date, ...]:
    """The days compared with."""
    first, last = date.fromisoformat(found.first), date.fromisoformat(found.last)
    begins, ends = _days(one.first, one.last)[0], _days(one.first, one.last)[-1]
    for level in found.levels:
        since = date.fromisoformat(level.first)
        if level is one or not _together(level, one):
            continue
        if since <= begins:
            first = max(first, since)
        else:
            last = min(last, since - timedelta(days=1))
    left = {day for day in odd if not begins <= day <= ends}
    earlier = [day for day in _span(begins - timedelta(days=LONGEST), begins) if day not in left]
    earlier = [day for day in earlier if first <= day]
    if one.kind == "level" or len(earlier) >= FEWEST:
        return tuple(earlier)
    after = _span(ends + timedelta(days=1), last + timedelta(days=1))
    return (*earlier, *[day for day in after if day not in left][: LONGEST - len(earlier)])


def _together(one: Odd, other: Odd) -> bool:
    """Whether rows may be in both places."""
    mine = {label.column: label.value for label in one.where}
    return all(mine.get(label.column, label.value) == label.value for label in other.where)


def _days(first: str, last: str) -> tuple[date, ...]:
    return _span(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))


def _span(first: date, end: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=i) for i in range((end - first).days))

"""Lines of spend → days and levels that nobody expected, and where the money went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.analysis.costs.anomalies.result import DayExpected, Label, Odd, SpendAnomalies
from assay.analysis.costs.anomalies.watched import Cells, Row, cells_of, rows_of
from assay.analysis.costs.spending import PERSONS
from assay.core.finding import Estimate, Finding
from assay.core.units import USD
from assay.stats.anomalies.drilling import holding
from assay.stats.anomalies.together import (
    FALSE_DAYS,
    FALSE_LEVELS,
    FEWEST,
    StandOut,
    stand_out,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Array = NDArray[np.float64]

PRICED: Final = ("model", "provider", "service_tier")
NEAR: Final = 28
"""Days on either side from which the shares of a day are expected."""
SAME_WEEKDAY: Final = 3.0
"""How much more a day of the same weekday counts among them."""
AFTER: Final = 28
"""Days by which a new level is judged, and those before it."""
LEAST: Final = 0.03
"""Share of the mean day's spend below which nothing is told."""
OVERLAP: Final = 0.5
"""Share of an excess that must be in both for two to be the same."""
WEEK: Final = 7
TOLD: Final = 3
"""Of the dearest, so many are findings."""


def spend_anomalies(lines: pl.DataFrame, *, by: Sequence[str] = ("agent_id",)) -> SpendAnomalies:
    """Days whose spend stood out and levels that changed, ranked by money, each with its place.

    All spend, each label and each pair of labels that weighs enough are watched together under one
    budget of false alarms. What stands out in several of them is one event: it is told by the
    smallest combination of labels that holds most of the money. Days near the first day of a new
    level are that level's.

    Args:
        lines: of `spend_lines(rows, by=by)`, with what they cost (`spent`); lines set `apart` are
            counted, and in no amount.
        by: columns that money is traced to, beside provider, model and tier; persons are not.
    """
    dated = lines.filter(pl.col("day").is_not_null())
    aside = dated.filter("apart")
    dated = dated.filter(~pl.col("apart") & pl.col("spent_usd").is_not_null())
    if dated.is_empty():
        return _nothing("no day has a cost", aside)
    named = (*(name for name in by if name not in {*PRICED, *PERSONS}), *PRICED)
    cells = cells_of(dated, [name for name in named if name in dated.columns])
    rows = rows_of(cells)
    world = stand_out(np.array([row.spend for row in rows]))
    if not np.isfinite(world.limit):
        reason = f"{len(cells.days)} days with a cost, expected {FEWEST} or more"
        return replace(
            _nothing(reason, aside), first=_iso(cells.days[0]), last=_iso(cells.days[-1])
        )
    least = LEAST * float(rows[0].spend.mean())
    levels = _merged(_levels(cells, rows, world), least)
    days = _runs(_merged(_days(cells, rows, world), least, known=levels))
    odd = [_told(event, cells, rows) for event in days]
    kept = [_told(event, cells, rows) for event in levels]
    found = SpendAnomalies(
        first=_iso(cells.days[0]),
        last=_iso(cells.days[-1]),
        days_watched=len(cells.days),
        series=len(rows),
        false_days=FALSE_DAYS,
        false_levels=FALSE_LEVELS,
        days=tuple(sorted(odd, key=lambda one: -abs(one.excess))),
        levels=tuple(sorted(kept, key=lambda one: -abs(one.excess))),
        spend=_spend(cells, world),
        apart=int(aside["requests"].sum()),
        apart_usd=float(aside["spent_usd"].sum()),
        reason="",
        findings=(),
    )
    return replace(found, findings=_findings(found))


@dataclass(frozen=True, slots=True)
class _Event:
    """One thing that stood out: where, from which day to which, and between which it began."""

    kind: Literal["day", "level"]
    row: int
    first: int
    last: int
    onset: tuple[int, int]
    labels: tuple[tuple[int, int], ...]
    gaps: Array
    seen: float
    expected: float
    share: float

    @property
    def excess(self) -> float:
        return self.seen - self.expected


def _days(cells: Cells, rows: Sequence[Row], world: StandOut) -> list[_Event]:
    odd = {day for _, day in world.days}
    found = []
    for number, day in world.days:
        weights = np.zeros(len(cells.days))
        near = np.arange(max(0, day - NEAR), min(weights.size, day + NEAR + 1))
        weights[near] = np.where((near - day) % WEEK == 0, SAME_WEEKDAY, 1.0)
        for one in world.levels[number]:
            weights[(slice(None, one.index) if one.index <= day else slice(one.index, None))] = 0.0
        weights[[day, *odd]] = 0.0
        base = cells.spend @ weights
        expected = float(world.expected[number, day])
        found.extend(
            _events(
                cells,
                (number, rows[number]),
                (day, day),
                kind="day",
                seen=cells.spend[:, day],
                base=base,
                expected=expected,
                onset=(day, day),
            )
        )
    return found


def _levels(cells: Cells, rows: Sequence[Row], world: StandOut) -> list[_Event]:
    found = []
    for number, breaks in enumerate(world.levels):
        places = [one.index for one in breaks]
        for i, one in enumerate(breaks):
            begin = places[i - 1] if i else 0
            end = places[i + 1] if i + 1 < len(places) else len(cells.days)
            before = slice(max(begin, one.index - AFTER), one.index)
            weeks = _whole(before.stop - before.start)
            before = slice(before.stop - weeks, before.stop)
            base = cells.spend[:, before].mean(axis=1)
            seen = cells.spend[:, one.index : end].sum(axis=1)
            own = rows[number].cells
            expected = float(base[own].sum()) * (end - one.index)
            found.extend(
                _events(
                    cells,
                    (number, rows[number]),
                    (one.index, end - 1),
                    kind="level",
                    seen=seen,
                    base=base,
                    expected=expected,
                    onset=(one.low, one.high),
                )
            )
    return found


def _whole(days: int) -> int:
    """Whole weeks of them, where there is one."""
    return days - days % WEEK if days >= WEEK else days


def _events(  # noqa: PLR0913  one event is so much
    cells: Cells,
    row: tuple[int, Row],
    span: tuple[int, int],
    *,
    kind: Literal["day", "level"],
    seen: Array,
    base: Array,
    expected: float,
    onset: tuple[int, int],
) -> list[_Event]:
    """Where an excess sits; what was expected is shared out as the series usually is."""
    number, watched = row
    own = watched.cells
    mine = base[own]
    usual = expected * (mine / mine.sum() if mine.sum() > 0 else np.zeros(mine.size))
    made = []
    for held in holding(cells.codes[own], seen[own], usual):
        gaps = np.zeros(own.size)
        gaps[own] = np.where(held.cells, seen[own] - usual, 0.0)
        made.append(
            _Event(
                kind=kind,
                row=number,
                first=span[0],
                last=span[1],
                onset=onset,
                labels=tuple(sorted({*watched.labels, *held.labels})),
                gaps=gaps,
                seen=held.seen,
                expected=held.expected,
                share=held.share,
            )
        )
    return made


def _merged(
    events: Iterable[_Event], least: float, *, known: Sequence[_Event] = ()
) -> list[_Event]:
    """Each thing once, by the series where it is most money; what is `known` is not told again."""
    kept: list[_Event] = []
    for event in sorted(events, key=lambda one: -abs(one.excess)):
        days = event.last - event.first + 1
        if abs(event.excess) < least * days:
            continue
        if any(_same(event, other) for other in (*kept, *known)):
            continue
        kept.append(event)
    return kept


def _same(event: _Event, other: _Event) -> bool:
    """Whether two are one: at the same time, the same way, and most of one is in the other."""
    if event.excess * other.excess <= 0:
        return False
    if event.kind == other.kind == "day":
        together = event.first == other.first
    elif event.kind == other.kind:
        low, high = event.onset
        together = low - WEEK <= other.first <= high + WEEK
    else:
        level, day = (event, other) if event.kind == "level" else (other, event)
        together = level.onset[0] - 1 <= day.first <= level.onset[1] + 1
    one, two = np.abs(event.gaps), np.abs(other.gaps)
    shared = (float(gaps[(one > 0) & (two > 0)].sum()) / float(gaps.sum()) for gaps in (one, two))
    return together and max(shared) >= OVERLAP


def _runs(events: Sequence[_Event]) -> list[_Event]:
    """Neighbouring days of the same labels as one."""
    made: list[_Event] = []
    for event in sorted(events, key=lambda one: (one.labels, one.first)):
        last = made[-1] if made else None
        if last is not None and last.labels == event.labels and event.first == last.last + 1:
            seen, expected = last.seen + event.seen, last.expected + event.expected
            both = last.excess + event.excess
            share = (last.share * last.excess + event.share * event.excess) / both if both else 1.0
            made[-1] = replace(
                last,
                last=event.last,
                gaps=last.gaps + event.gaps,
                seen=seen,
                expected=expected,
                share=share,
            )
        else:
            made.append(event)
    return made


def _told(event: _Event, cells: Cells, rows: Sequence[Row]) -> Odd:
    days = event.last - event.first + 1
    return Odd(
        kind=event.kind,
        first=_iso(cells.days[event.first]),
        last=_iso(cells.days[event.last]),
        first_low=_iso(cells.days[event.onset[0]]),
        first_high=_iso(cells.days[min(event.onset[1], len(cells.days) - 1)]),
        where=_labels(event.labels, cells),
        days=days,
        seen=event.seen,
        expected=event.expected,
        excess=event.excess,
        daily=event.excess / days,
        seen_daily=event.seen / days,
        expected_daily=event.expected / days,
        watched=_labels(rows[event.row].labels, cells),
        share=min(event.share, 1.0),
    )


def _labels(labels: tuple[tuple[int, int], ...], cells: Cells) -> tuple[Label, ...]:
    return tuple(
        Label(column=cells.columns[column], value=cells.values[column][code])
        for column, code in labels
    )


def _spend(cells: Cells, world: StandOut) -> tuple[DayExpected, ...]:
    def number(value: float) -> float | None:
        return float(value) if np.isfinite(value) else None

    total = cells.spend.sum(axis=0)
    return tuple(
        DayExpected(
            day=_iso(day),
            seen=float(total[i]),
            expected=number(world.expected[0, i]),
            low=number(world.low[0, i]),
            high=number(world.high[0, i]),
        )
        for i, day in enumerate(cells.days)
    )


def _findings(found: SpendAnomalies) -> tuple[Finding, ...]:
    """The dearest of both kinds."""
    dearest = (*found.levels[:TOLD], *found.days[:TOLD])
    last = date.fromisoformat(found.last)
    made = []
    for one in dearest:
        place = "+".join(label.value for label in one.where) or "all"
        fresh = last - date.fromisoformat(one.first) < timedelta(days=WEEK)
        made.append(
            Finding(
                key=f"anomalies/{one.kind}/{one.first}/{place}",
                what=place,
                state="stood out" if one.kind == "day" else "new level",
                tone="attention" if one.excess > 0 else "neutral",
                needs_decision=fresh and one.kind == "level" and one.excess > 0,
                evidence="before-after",
                unit=USD,
                size=Estimate(value=one.excess, low=None, high=None),
                lift=None,
                n=one.days,
                confidence=1 - (found.false_days if one.kind == "day" else found.false_levels),
                action="find out what drives it" if one.excess > 0 else "",
                reason="",
                since=one.first,
                expected=one.expected,
                seen=one.seen,
            )
        )
    return tuple(made)


def _nothing(reason: str, aside: pl.DataFrame) -> SpendAnomalies:
    return SpendAnomalies(
        first="",
        last="",
        days_watched=0,
        series=0,
        false_days=FALSE_DAYS,
        false_levels=FALSE_LEVELS,
        days=(),
        levels=(),
        spend=(),
        apart=int(aside["requests"].sum()),
        apart_usd=float(aside["spent_usd"].sum()),
        reason=reason,
        findings=(),
    )


def _iso(day: date) -> str:
    return day.isoformat()

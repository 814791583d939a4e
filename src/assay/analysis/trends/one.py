"""One series: its season, breaks, line, comparison and outlook, or why there are none."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from assay.analysis.trends.associations import by_chance, candidates
from assay.analysis.trends.comparing import compared
from assay.analysis.trends.line import line_of
from assay.analysis.trends.outlook import outlook
from assay.analysis.trends.parts import single_days, taken_apart
from assay.analysis.trends.precision import steadied
from assay.analysis.trends.question import PERIODS
from assay.analysis.trends.result import Change, Point, SeriesTrend
from assay.core.finding import Estimate
from assay.stats.breaks import analysed
from assay.stats.breaks.find import LEAST, far_told
from assay.stats.seasons.decompose import weights_of_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.analysis.trends.question import Question
    from assay.features.happenings import Happening
    from assay.features.watched import Watched
    from assay.stats.breaks import Break, Breaks, Whereabouts

    Floats = NDArray[np.float64]
    Traces = tuple[tuple[Break, Whereabouts], ...]

_SMALL: Final = 1e-9
_LONG: Final = 7
"""Periods in a row without a value from which it is told which."""


def trend_of(
    one: Watched,
    question: Question,
    happenings: Sequence[Happening],
    *,
    among: int,
    with_points: bool = True,
) -> tuple[SeriesTrend, Traces]:
    """Everything that is said of one series, and how likely each of its breaks was when.

    Args:
        one: the series.
        question: what is asked.
        happenings: of the calendar and of tables; those that concern other groups are left out.
        among: how many series are watched: a break or a comparison counts only if it would be
            sure among all of them (Bonferroni).
        with_points: whether the points are told, too; of many series they take much memory.
    """
    here = np.isfinite(one.values)
    size, n = one.values.size, int(here.sum())
    notes = [*one.notes, *_gaps(one, here)]
    if one.thin:
        notes.append(f"{one.thin} of them hold too few units for this quantile")
    reason = _refusal(one, n)
    if reason:
        return _refused(one, n, notes, reason, with_points=with_points), ()
    mine = [event for event in happenings if event.concerns(one.group)]
    spans = single_days(one, mine)
    usual = one.values.copy()
    for _, begin, end in spans:
        usual[begin:end] = np.nan
    level = 1 - (1 - question.level) / among
    periods = PERIODS[question.every]
    errors = steadied(one)
    found, places = analysed(usual, errors=errors, level=level, periods=periods)
    notes += [note for note in found.notes if not note.endswith("have no value")]
    if found.far:
        told_by_step, told_by_label = far_told(found.far), far_told(found.far, one.labels)
        notes = [told_by_label if note == told_by_step else note for note in notes]
    if found.noise is None:
        return _refused(one, n, notes, found.notes[-1], with_points=with_points), ()
    line, low, high = line_of(found.segments, found.noise, size, level=question.level)
    parts = taken_apart(
        one, line, errors=errors, periods=found.periods, spans=spans, question=question
    )
    adjusted = one.values - parts.seasonal
    weight = weights_of_rows(usual[None], errors[None])[0]
    sd = found.noise.sd or np.nan
    changes = _changes(found, one, mine, question)
    comparison, said = compared(one, question, among=among)
    ahead, problem = outlook(
        one,
        question,
        periods=found.periods,
        breaks=[seen.index for seen in found.breaks if seen.index < size],
    )
    notes += [text for text in (said, problem) if text]
    last = int(np.flatnonzero(here)[-1])
    off = (adjusted - line) * np.sqrt(weight) / sd
    line, low, high = (np.clip(part, one.low, one.high) for part in (line, low, high))
    told = SeriesTrend(
        **_head(one, n),
        verdict="changed" if changes or (comparison and comparison.sure) else "steady",
        points=_points(one, adjusted, (line, low, high), off) if with_points else (),
        latest=Estimate(value=float(line[last]), low=float(low[last]), high=float(high[last])),
        noise=found.noise.sd,
        correlation=found.noise.rho,
        seasons=parts.seasons,
        comparison=comparison,
        changes=changes,
        one_offs=parts.one_offs,
        visible=found.smallest,
        visible_share=_over(found.smallest, float(line[last])),
        outlook=ahead,
        notes=tuple(notes),
        refused="",
    )
    return told, tuple(zip(found.breaks, places, strict=True))


def _gaps(one: Watched, here: NDArray[np.bool_]) -> list[str]:
    """How many periods have no value, and which of them if many follow each other."""
    size, n = here.size, int(here.sum())
    if n == size:
        return []
    edges = np.flatnonzero(np.diff(np.concatenate(([True], here, [True])).astype(int)))
    begins, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - begins))
    first, last = int(begins[longest]), int(ends[longest]) - 1
    told = f"{size - n} of {size} periods have no value"
    if n and last - first + 1 >= _LONG:
        told += f", {last - first + 1} of them in a row: {one.labels[first]} to {one.labels[last]}"
    if n and last - first + 1 > size // 2:
        told += "; if it is a single row that lies so far off, set `window`"
    return [told]


def _refusal(one: Watched, n: int) -> str:
    """Why nothing can be said of a series, in words; empty where something can."""
    if not one.values.size:
        return "no period is complete"
    if not n:
        rows = int(one.n.sum()) + one.missing
        return "no period has a value" if rows else "no row falls into these periods"
    if n < LEAST:
        return f"{n} periods with a value, expected {LEAST} or more"
    here = one.values[np.isfinite(one.values)]
    if float(np.ptp(here)) <= _SMALL * max(abs(float(here[0])), 1e-300):
        return f"all {n} periods have the same value"
    return ""


def name_of(one: Watched) -> str:
    """`Latency p95 · planner`."""
    return " · ".join([one.metric, *(value for _, value in one.group)])


def _head(one: Watched, n: int) -> dict[str, Any]:
    key = "|".join([one.metric, *(f"{name}={value}" for name, value in one.group)])
    unfinished = None if one.unfinished is None else one.unfinished[0]
    return {
        "key": f"trend:{key}",
        "name": name_of(one),
        "metric": one.metric,
        "group": one.group,
        "unit": one.unit,
        "better": one.better,
        "total": one.total,
        "n": int(one.n.sum()),
        "part": 1.0,
        "missing": one.missing,
        "periods": n,
        "gaps": one.values.size - n,
        "unfinished": unfinished,
    }


def _refused(
    one: Watched, n: int, notes: list[str], reason: str, *, with_points: bool
) -> SeriesTrend:
    blank = np.full(one.values.size, np.nan)
    return SeriesTrend(
        **_head(one, n),
        verdict="no answer",
        points=_points(one, one.values, (blank, blank, blank), blank) if with_points else (),
        latest=None,
        noise=None,
        correlation=None,
        seasons=(),
        comparison=None,
        changes=(),
        one_offs=(),
        visible=None,
        visible_share=None,
        outlook=None,
        notes=tuple(note for note in notes if note != reason),
        refused=reason,
    )


def _changes(
    found: Breaks, one: Watched, happenings: Sequence[Happening], question: Question
) -> tuple[Change, ...]:
    told = []
    last = len(found.breaks) - 1
    for place, seen in enumerate((*found.breaks, *found.spread)):
        near = candidates(happenings, one.at, (seen.low, seen.index, seen.high), one.group)
        relative = None
        if seen.kind == "level" and _over(seen.size, seen.before) is not None:
            base = abs(seen.before)
            relative = Estimate(
                value=seen.size / base, low=seen.size_low / base, high=seen.size_high / base
            )
        told.append(
            Change(
                kind=seen.kind,
                since=one.labels[seen.index],
                first=one.labels[seen.low],
                last=one.labels[min(seen.high, one.values.size - 1)],
                before=seen.before,
                after=seen.after,
                size=_estimate(seen),
                relative=relative,
                confidence=min(1.0, max(0.0, seen.confidence)),
                standing=place == last or (place > last and place == last + len(found.spread)),
                new=seen.index >= one.values.size - question.recent,
                candidates=near,
                chance=by_chance(happenings, one.at, seen.low, seen.high) if near else None,
                unit=_unit_of(seen, one.unit),
            )
        )
    return tuple(sorted(told, key=lambda one: one.since))


def _estimate(seen: Break) -> Estimate:
    low, high = sorted((seen.size_low, seen.size_high))
    return Estimate(
        value=seen.size,
        low=low if isfinite(low) else None,
        high=high if isfinite(high) else None,
    )


def _unit_of(seen: Break, unit: str) -> str:
    return {"slope": f"{unit} per period", "variance": "times"}.get(seen.kind, unit)


def _over(size: float | None, level: float) -> float | None:
    """A size over a level; None where the level is next to nothing beside it."""
    if size is None or abs(level) <= _SMALL * max(abs(size), 1e-300):
        return None
    return abs(size / level) if size >= 0 else -abs(size / level)


def _points(
    one: Watched, adjusted: Floats, band: tuple[Floats, Floats, Floats], off: Floats
) -> tuple[Point, ...]:
    def number(value: float) -> float | None:
        return float(value) if isfinite(value) else None

    line, low, high = band
    return tuple(
        Point(
            label=label,
            at=at.isoformat(),
            n=int(one.n[i]),
            value=number(one.values[i]),
            standard_error=number(one.errors[i]),
            adjusted=number(adjusted[i]),
            line=number(line[i]),
            low=number(low[i]),
            high=number(high[i]),
            off=number(off[i]),
        )
        for i, (label, at) in enumerate(zip(one.labels, one.at, strict=True))
    )

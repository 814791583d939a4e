"""Breaks of one series: cleaned, freed of its season, partitioned, and each break measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.stats.breaks.measure import bend, jump, measure, smallest_jump, whereabouts
from assay.stats.breaks.result import Break, Breaks, Noise, Segment
from assay.stats.breaks.search import Search, best_partition
from assay.stats.breaks.spread import spread_breaks
from assay.stats.breaks.sums import Points, held
from assay.stats.given import numbers
from assay.stats.seasons.decompose import weights_of_rows
from assay.stats.seasons.periods import without_seasons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from assay.stats.breaks.measure import Lines, Measured, Whereabouts
    from assay.stats.breaks.spread import SpreadBreak

    Floats = NDArray[np.float64]

LEAST: Final = 20
"""Points with a value, below which no break is looked for."""
PERIODS: Final = (4, 7, 12, 24, 52, 168)
"""Seasons that are looked for where none is named: quarters, days of the week, months, hours of the
day, weeks of the year, hours of the week."""
_FAR: Final = 6.0
_NAMED: Final = 5
"""Far points that a note names."""
_USUAL: Final = 0.05
_SAME: Final = 32
"""Units in the last place of the largest value: a spread within them is that of rounding."""


def find_breaks(
    y: ArrayLike,
    *,
    errors: ArrayLike | None = None,
    level: float = 0.95,
    periods: Sequence[int] | None = None,
) -> Breaks:
    """Where a regular series changed its level, its slope or its spread, and by how much.

    Nothing is to be tuned: the season is found, the correlation of the noise is estimated along
    with the breaks, and the price of a break is such that a series of noise is called broken in no
    more than about 1 − level of cases, whatever its correlation (up to 0.8) and tails.

    Simulated with normal noise of correlation 0, .3 and .6 (120 series each, one break anywhere in
    the middle half, found within 5 points): at 60 points noise is called broken in .00, .00, .01, a
    jump of 2 sd found in .57, .35, .21, one of 4 sd in .98, .88, .55; at 120 points .00, .01, .02,
    jumps of 1.5 sd .82, .48, .18, of 2 sd .97, .80, .36; at 365 points .00, .00, .01 and jumps of
    1 sd .81, .53, .15, of 2 sd .99, .95, .82. Where two in three or more are found, 95 % intervals
    hold the date in .94 to 1 and the size in .91 to .97. Of jumps that are rarely found only
    those are that look larger than they are: their intervals may hold the size of hardly any.
    `smallest` tells which jumps are too small to be measured.

    Args:
        y: values at equal steps; NaN where there is none.
        errors: standard errors of the points, NaN or None where unknown.
        level: of the intervals of date and size; 1 − level is the share of series of noise in which
            a break may be found.
        periods: of seasons that are taken off if they are there, in steps; those of a calendar
            where None, () for none.

    Raises:
        DataError: for values that are infinite, errors that do not fit, or a level out of range.
    """
    return analysed(y, errors=errors, level=level, periods=periods)[0]


def analysed(
    y: ArrayLike,
    *,
    errors: ArrayLike | None = None,
    level: float = 0.95,
    periods: Sequence[int] | None = None,
) -> tuple[Breaks, tuple[Whereabouts, ...]]:
    """The same, with how likely each step is for each break."""
    values, weight = _checked(y, errors, level)
    here = np.isfinite(values)
    n = int(here.sum())
    notes = []
    if n < values.size:
        notes.append(f"{values.size - n} of {values.size} points have no value")
    if n < LEAST:
        notes.append(f"{n} points with a value, expected {LEAST} or more to look for a break")
        return _nothing(notes), ()
    free, seasons = without_seasons(values, PERIODS if periods is None else periods)
    half = max(1, min(7, n // 12))
    tame, beyond = held(free[here], half, clip=_FAR)
    far = tuple(np.flatnonzero(here)[beyond].tolist())
    if far:
        notes.append(far_told(far))
    scale = Scale(np.flatnonzero(here), float(tame.mean()), float(tame.std()))
    if not scale.spread > _SAME * float(np.spacing(np.abs(tame).max())):
        but = ", but for those that count as less far" if far else ""
        free_of = f"without the season of {max(seasons)} steps, " if seasons else ""
        notes.append(f"{free_of}all points have the same value{but}")
        return replace(_nothing(notes, seasons), far=far), ()
    points = Points(
        value=(tame - scale.middle) / scale.spread,
        time=(scale.time - scale.time[0]).astype(np.float64),
        weight=weight[here] / weight[here].mean(),
        half=half,
    )
    search = Search(shortest=max(2, min(5, n // 8)), extra=2 * log(_USUAL / (1 - level)))
    measured = measure(points, best_partition(points, search), search)
    noise = measured.lines
    told = [_break(measured, scale, j, level) for j in range(len(measured.found.places))]
    apart = spread_breaks(points, measured, extra=search.extra, level=level)
    answer = Breaks(
        breaks=tuple(one for one, _ in told),
        spread=tuple(_spread_break(one, scale, level) for one in apart),
        segments=_segments(measured.lines, scale, values.size),
        noise=Noise(
            sd=scale.spread * sqrt(noise.variance / (1 - noise.rho**2)),
            rho=noise.rho,
            long_run_sd=scale.spread * sqrt(noise.variance) / (1 - noise.rho),
        ),
        smallest=scale.spread * smallest_jump(measured, search),
        periods=seasons,
        far=far,
        notes=tuple(notes),
    )
    return answer, tuple(where for _, where in told)


@dataclass(frozen=True, slots=True)
class Scale:
    """What leads from the search back to the series: steps that have a value, mean and spread."""

    time: NDArray[np.intp]
    middle: float
    spread: float


def far_told(steps: Sequence[int], labels: Sequence[str] | None = None) -> str:
    """Which points were taken for less far than they are, by their labels where they have any."""
    shown = [str(step) if labels is None else labels[step] for step in steps[:_NAMED]]
    if len(shown) < len(steps):
        shown.append(f"{len(steps) - len(shown)} more")
    named = " and ".join(", ".join(shown).rsplit(", ", 1))
    one = len(steps) == 1
    said = "1 point lies far from its" if one else f"{len(steps)} points lie far from their"
    unit = "" if labels is not None else "step " if one else "steps "
    return f"{said} neighbours and {'counts' if one else 'count'} as less far: {unit}{named}"


def _break(measured: Measured, scale: Scale, j: int, level: float) -> tuple[Break, Whereabouts]:
    """The j-th break in units of the series, and where it may be in steps."""
    lines, time = measured.lines, scale.time
    at = measured.found.places[j]
    where = whereabouts(measured, j)
    low, high = where.interval(level)
    moved = jump(lines, float(time[at] - time[0]) - 0.5, j, level)
    bent = bend(lines, j, level)
    is_bend = measured.found.sloped and bent.sureness > moved.sureness
    seen, base = (bent, 0.0) if is_bend else (moved, scale.middle)
    told = Break(
        index=int(time[at]),
        low=int(time[low - 1]) + 1,
        high=int(time[high]),
        kind="slope" if is_bend else "level",
        before=base + scale.spread * seen.before,
        after=base + scale.spread * seen.after,
        size=scale.spread * seen.size,
        size_low=scale.spread * seen.low,
        size_high=scale.spread * seen.high,
        confidence=where.confidence,
    )
    return told, replace(where, places=time[where.places])


def _spread_break(one: SpreadBreak, scale: Scale, level: float) -> Break:
    """A change of spread in units of the series."""
    low, high = one.where.interval(level)
    return Break(
        index=int(scale.time[one.at]),
        low=int(scale.time[low - 1]) + 1,
        high=int(scale.time[high]),
        kind="variance",
        before=scale.spread * one.before,
        after=scale.spread * one.after,
        size=one.after / one.before,
        size_low=one.ratio_low,
        size_high=one.ratio_high,
        confidence=one.where.confidence,
    )


def _segments(lines: Lines, scale: Scale, size: int) -> tuple[Segment, ...]:
    """The segments, in units of the series; together they hold every step."""
    ends = [0, *(int(scale.time[p]) for p in lines.edges[1:-1]), size]
    told = []
    for j, (start, end) in enumerate(pairwise(ends)):
        middle, _ = lines.value(j, (start + end - 1) / 2 - float(scale.time[0]))
        told.append(
            Segment(
                start=start,
                end=end,
                points=lines.edges[j + 1] - lines.edges[j],
                level=scale.middle + scale.spread * middle,
                slope=scale.spread * float(lines.slope[j]),
            )
        )
    return tuple(told)


def _nothing(notes: list[str], periods: tuple[int, ...] = ()) -> Breaks:
    return Breaks(
        breaks=(),
        spread=(),
        segments=(),
        noise=None,
        smallest=None,
        periods=periods,
        notes=tuple(notes),
    )


def _checked(y: ArrayLike, errors: ArrayLike | None, level: float) -> tuple[Floats, Floats]:
    """The values, and a weight for each."""
    values = numbers(y, name="y")
    if values.ndim != 1:
        raise DataError(f"y has {values.ndim} dimensions, expected one value per step")
    if np.isinf(values).any():
        raise DataError(f"y is infinite at step {int(np.isinf(values).argmax())}, expected numbers")
    if not 0.5 <= level < 1:
        raise DataError(f"level={level}, expected 0.5 <= level < 1")
    if errors is None:
        return values, np.ones(values.size)
    given = numbers(errors, name="errors")
    if given.shape != values.shape:
        raise DataError(f"{given.size} errors for {values.size} values, expected one for each")
    if bool((given < 0).any()) or bool(np.isinf(given).any()):
        raise DataError("errors hold negative or infinite values, expected standard errors")
    return values, weights_of_rows(values[None], given[None])[0]

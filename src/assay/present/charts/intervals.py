"""Estimates with their intervals, one row each, labelled where they stand (a forest plot)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.words import Sides, Word, room, word_layers
from assay.present.theme import (
    PLAIN,
    SIGNED,
    Meaning,
    colour,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

ROW: Final = 54
LONGEST: Final = 4.0
"""An interval that reaches further than this many times the median reach is cut, with an arrow."""
WIDEST: Final = 400
"""Pixels that the words at either side may take; what is longer ends in dots."""
BELOW: Final = 10
"""Pixels between a row's mark and its second one."""
ROOM: Final = 8
"""Pixels that rows with second marks are higher."""
DRAWN: Final = 190
"""Pixels that the marks need; words that leave less move above them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One row: an estimate with its interval, and the words at either side of it.

    Numbers are in the unit of the axis.

    Attributes:
        label, note: left, in two lines: what was estimated, and as what.
        figures, verdict: right, in two lines: the numbers, and what they mean.
        meaning: colour of the mark; `verdict` says the same in words.
        band: half-width of the region of no interest around zero, None where none was declared.
        limit: where harm begins, with its sign, None where no margin was declared.
        drawn: low, value and high of the same thing drawn towards the other rows, as a second,
            thinner mark below the first.
    """

    label: str
    note: str
    value: float | None
    low: float | None
    high: float | None
    figures: str
    verdict: str
    meaning: Meaning
    band: float | None = None
    limit: float | None = None
    drawn: tuple[float, float, float] | None = None


def interval_chart(
    rows: Sequence[Interval], *, axis: str, among: Sequence[Interval] = (), signed: bool = True
) -> alt.TopLevelMixin:
    """Point and interval for each row, with zero and the region of no interest behind them.

    An end that is None has no bound: a dotted line runs to the edge of the chart. On a narrow
    column the words move above the marks.

    Args:
        rows: what is drawn, from top to bottom.
        axis: what the numbers are, with their unit.
        among: all rows, where this chart is one of several that share a scale.
        signed: numbers are differences; else they are levels, and the axis begins at zero.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    low, high = extent(among or rows)
    low = low if signed else max(low, 0.0)
    data = alt.InlineData(values=[_placed(i, row, low, high) for i, row in enumerate(rows)])
    shared = among or rows
    sides = Sides.of(
        room([row.label for row in shared], [row.note for row in shared], widest=WIDEST),
        room([row.figures for row in shared], [row.verdict for row in shared], widest=WIDEST),
        drawn=DRAWN,
    )
    x = alt.X(
        "x:Q",
        title=axis,
        scale=alt.Scale(
            domain=[low, high],
            nice=False,
            zero=False,
            range=[alt.ExprRef(end) for end in sides.range(8)],
        ),
        axis=alt.Axis(
            labelFlush=False,
            titleLimit=alt.ExprRef("width"),
            tickCount=alt.ExprRef(sides.either(5, 8)),
            labelExpr=SIGNED if signed else PLAIN,
        ),
    )
    y = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0))
    base = alt.Chart(data).encode(y=y)
    again = any(row.drawn for row in rows)
    drop = alt.ExprRef(sides.either(16, 0))
    hue = alt.Color("colour:N", scale=None)
    known = base.transform_filter("isValid(datum.value)")
    layers = [
        base.transform_filter("datum.band > 0")
        .transform_calculate(x="-datum.band", end="datum.band")
        .mark_rect(color=colour("band"))
        .encode(x=x, x2="end:Q"),
        alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=colour("ink")).encode(x=x),
        base.mark_rect(color=colour("paper"), opacity=alt.ExprRef(sides.either(1, 0))).encode(
            y=alt.Y("row:O", axis=None, bandPosition=0),
            y2=alt.Y2("row", bandPosition=0.62),
            x=alt.value(0),
            x2=alt.value("width"),
        ),
        base.transform_filter("isValid(datum.limit)")
        .transform_calculate(x="datum.limit")
        .mark_tick(
            color=colour("muted"),
            thickness=1.5,
            yOffset=drop,
            size=alt.ExprRef(sides.either(18, 30)),
        )
        .encode(x=x),
        base.transform_calculate(x="datum.from", end="datum.to")
        .transform_filter("datum.open")
        .mark_rule(strokeWidth=2, strokeDash=[2, 5], yOffset=drop, y2Offset=drop)
        .encode(x=x, x2="end:Q", color=hue),
        base.transform_calculate(x="datum.from", end="datum.to")
        .transform_filter("datum.closed")
        .mark_rule(strokeWidth=4, strokeCap="round", yOffset=drop, y2Offset=drop)
        .encode(x=x, x2="end:Q", color=hue, tooltip=_tooltip(alt)),
        *(
            known.transform_filter(f"datum.cut_{side}")
            .transform_calculate(x=f"datum.{end}")
            .mark_point(shape=f"triangle-{side}", filled=True, size=110, opacity=1, yOffset=drop)
            .encode(x=x, color=hue)
            for side, end in (("left", "from"), ("right", "to"))
        ),
        known.transform_calculate(x="datum.value")
        .transform_filter("datum.shown")
        .mark_point(filled=True, size=120, opacity=1, strokeWidth=2, yOffset=drop)
        .encode(
            x=x,
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("stroke:N", scale=None),
            tooltip=_tooltip(alt),
        ),
        *(_drawn(alt, base, x, sides.either(16 + BELOW, BELOW)) if again else ()),
        *word_layers(alt, base, _words(shared, sides)),
    ]
    return alt.layer(*layers).properties(height=(ROW + (ROOM if again else 0)) * len(rows))


def _words(rows: Sequence[Interval], sides: Sides) -> list[Word]:
    """Two lines at either side; on a narrow column one line of both, and a second below it."""
    figures = room([row.figures for row in rows], [], widest=WIDEST)
    verdict = room([], [row.verdict for row in rows], widest=WIDEST)
    right = sides.either(sides.right, sides.right - 12)
    first, second = sides.either(-17, -8), sides.either(-2, 8)
    left = sides.left - 12
    return [
        Word(field="label", limit=sides.either(f"width - {figures}", left), dy=first),
        Word(field="note", limit=sides.either(f"width - {verdict}", left), dy=second),
        Word(field="figures", limit=right, dy=first),
        Word(field="verdict", limit=right, dy=second),
    ]


def _drawn(alt: Any, base: Any, x: Any, below: str) -> list[Any]:  # noqa: ANN401  Altair's own
    """A thin line with a diamond for each row that was drawn towards the others."""
    at, ink = alt.ExprRef(below), colour("ink")
    pooled = base.transform_filter("isValid(datum.drawn_value)")
    return [
        pooled.transform_calculate(x="datum.drawn_from", end="datum.drawn_to")
        .mark_rule(strokeWidth=1.5, color=ink, yOffset=at, y2Offset=at)
        .encode(x=x, x2="end:Q"),
        pooled.transform_filter("datum.drawn_shown")
        .transform_calculate(x="datum.drawn_value")
        .mark_point(shape="diamond", filled=True, size=55, opacity=1, color=ink, yOffset=at)
        .encode(x=x),
    ]


def _tooltip(alt: Any) -> list[Any]:  # noqa: ANN401  the module itself
    names = {"label": "What", "figures": "Estimate", "verdict": "Reading"}
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in names.items()]


def _placed(i: int, row: Interval, low: float, high: float) -> dict[str, Any]:
    closed = row.low is not None and row.high is not None
    start = low if row.low is None else min(max(low, row.low), high)
    end = high if row.high is None else max(min(high, row.high), low)
    hollow = row.meaning in {"undecided", "attention"}
    return _second(row.drawn, low, high) | {
        **{key: value for key, value in asdict(row).items() if key != "drawn"},
        "row": i,
        "from": start,
        "to": end,
        "closed": closed,
        "open": not closed and row.value is not None,
        "cut_left": _first(row.low, row.value, low) < low,
        "cut_right": _first(row.high, row.value, high) > high,
        "shown": row.value is not None and low <= row.value <= high,
        "colour": colour(row.meaning),
        "stroke": colour(row.meaning if hollow else "paper"),
        "fill": colour("paper" if hollow else row.meaning),
    }


def _second(drawn: tuple[float, float, float] | None, low: float, high: float) -> dict[str, Any]:
    """The second mark of a row, cut at the chart's ends."""
    if drawn is None:
        return {}
    least, value, most = drawn
    return {
        "drawn_value": value,
        "drawn_from": min(max(low, least), high),
        "drawn_to": max(min(high, most), low),
        "drawn_shown": low <= value <= high,
    }


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


def extent(rows: Sequence[Interval]) -> tuple[float, float]:
    """Ends of the axis: zero, all regions, all intervals that are not far longer than others.

    An estimate without ends counts only among its like: its size says nothing.
    """
    bounded = [row for row in rows if row.low is not None and row.high is not None]
    reaches = sorted(_reach(row) for row in bounded or rows if _reach(row) > 0)
    most = LONGEST * reaches[len(reaches) // 2] if reaches else 1.0
    ends = [0.0]
    for row in rows:
        known = (row.low, row.high, row.value) if row in bounded or not bounded else ()
        ends += [min(most, max(-most, end)) for end in known if end is not None]
        ends += [-row.band, row.band] if row.band else []
        ends += [row.limit] if row.limit is not None else []
    low, high = min(ends), max(ends)
    if low == high:
        return -1.0, 1.0
    step = 10.0 ** floor(log10(high - low)) / 2
    free = 0.03 * (high - low)
    return floor((low - free) / step) * step, ceil((high + free) / step) * step


def _reach(row: Interval) -> float:
    return max(abs(end) for end in (row.low, row.high, row.value, 0.0) if end is not None)

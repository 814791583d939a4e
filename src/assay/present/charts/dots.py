"""A distribution as dots, each of which is as likely as any other (a quantile dot plot).

Readers who never met a density count dots well: "forty-nine of fifty lie above zero".

References:
    Kay, Kola, Hullman, Munson (2016), When (ish) is my bus?, CHI.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import floor, isinf
from typing import TYPE_CHECKING, Any, Final, Literal

from assay.present.theme import (
    CHARACTER,
    NARROW,
    PAPER_WIDTH,
    SIGNED,
    SMALL_SIZE,
    Meaning,
    colour,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

HEIGHT: Final = 170
DENSE: Final = 4
"""Columns over the square root of the number of dots."""
ROWS: Final = 4
"""At least as many fit above each other, so that few dots are not drawn as balls."""
ROOM: Final = 1.35
"""Height of the chart over that of the tallest column: what is kept free for captions."""
LINE: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Dots beyond a bound, named where they stand.

    Attributes:
        words: what a value there means: "better", "too small to matter".
    """

    low: float
    high: float
    meaning: Meaning
    words: str


def dot_chart(quantiles: Sequence[float], sides: Sequence[Side], *, axis: str) -> alt.TopLevelMixin:
    """Stacked dots over an axis, coloured by the side on which they lie, with zero always drawn.

    Args:
        quantiles: equally likely values, ascending, in the unit of the axis.
        sides: what cuts the axis, from left to right, without gaps; a side without dots is left
            out.
        axis: what is drawn, with its unit.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    low, high = min(0.0, quantiles[0]), max(0.0, quantiles[-1])
    step = (high - low) / (DENSE * len(quantiles) ** 0.5) or 1.0
    dots = stacked(quantiles, sides, step)
    low = min(low, *(dot["x"] for dot in dots)) - step
    high = max(high, *(dot["x"] for dot in dots)) + step
    rows = max(ROWS, *(dot["place"] + 0.5 for dot in dots))
    x = alt.X(
        "x:Q",
        title=axis,
        scale=alt.Scale(domain=[low, high], nice=False, zero=False),
        axis=alt.Axis(
            grid=False,
            labelFlush=False,
            labelExpr=SIGNED,
            titleLimit=alt.ExprRef("width"),
            tickCount=alt.ExprRef(f"{NARROW} ? 5 : 10"),
        ),
    )
    y = alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[0, rows * ROOM], nice=False))
    across, up = f"width * {step / (high - low):.6g}", f"{HEIGHT} / {rows * ROOM:.6g}"
    captions = _captions(sides, dots, high - low, rows)
    layers = [
        alt.Chart(alt.InlineData(values=_regions(sides, low, high)))
        .mark_rect(color=colour("band"))
        .encode(x=x, x2="end:Q"),
        alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=colour("ink")).encode(x=x),
        alt.Chart(alt.InlineData(values=dots))
        .mark_point(
            shape="circle",
            filled=True,
            opacity=1,
            size=alt.ExprRef(f"pow(0.9 * min({across}, {up}), 2)"),
        )
        .encode(x=x, y=y, color=alt.Color("colour:N", scale=None)),
        *(
            alt.Chart(alt.InlineData(values=[caption]))
            .mark_text(
                baseline="top",
                fontSize=SMALL_SIZE,
                align=_align((caption["x"] - low) / (high - low)),
                dy=alt.ExprRef(f"{NARROW} ? {LINE * i} : {LINE * caption['line']}"),
            )
            .encode(x=x, y=y, text="words:N")
            for i, caption in enumerate(captions)
        ),
    ]
    return alt.layer(*layers).properties(height=HEIGHT)


def stacked(quantiles: Sequence[float], sides: Sequence[Side], step: float) -> list[dict[str, Any]]:
    """Each value as a dot: its column, and its place in it.

    Columns begin at the bounds between sides, so that a dot's place and its colour agree.
    """
    filled: Counter[tuple[str, float]] = Counter()
    dots = []
    for value in quantiles:
        side = next((s for s in sides if s.low <= value < s.high), sides[-1])
        x = _column(value, side, step)
        filled[side.words, x] += 1
        place = filled[side.words, x] - 0.5
        dots.append({"x": x, "place": place, "colour": colour(side.meaning), "side": side.words})
    return dots


def _column(value: float, side: Side, step: float) -> float:
    """The middle of the column that holds the value."""
    if isinf(side.low):
        return side.high - (floor((side.high - value) / step) + 0.5) * step
    if isinf(side.high):
        return side.low + (floor((value - side.low) / step) + 0.5) * step
    columns = max(1, round((side.high - side.low) / step))
    width = (side.high - side.low) / columns
    return side.low + (min(columns - 1, floor((value - side.low) / width)) + 0.5) * width


def _regions(sides: Sequence[Side], low: float, high: float) -> list[dict[str, float]]:
    inner = [s for s in sides if not isinf(s.low) and not isinf(s.high)]
    return [{"x": max(low, s.low), "end": min(high, s.high)} for s in inner]


def _captions(
    sides: Sequence[Side], dots: Sequence[dict[str, Any]], width: float, rows: float
) -> list[dict[str, Any]]:
    """One for each side that has dots, over their middle; a line lower where two come close."""
    found: list[dict[str, Any]] = []
    for side in sides:
        own = [dot["x"] for dot in dots if dot["side"] == side.words]
        if not own:
            continue
        middle = sum(own) / len(own)
        words = f"{len(own)} of {len(dots)}: {side.words}"
        needed = (len(found[-1]["words"]) + len(words) / 2) * SMALL_SIZE * CHARACTER if found else 0
        near = bool(found) and (middle - found[-1]["x"]) / width < needed / PAPER_WIDTH
        line = found[-1]["line"] + 1 if near else 0
        found.append({"x": middle, "place": rows * ROOM, "words": words, "line": line})
    return found


def _align(place: float) -> Literal["left", "center", "right"]:
    return "left" if place < 0.2 else "right" if place > 0.8 else "center"

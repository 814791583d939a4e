"""Rows of squares that a number stands in; on a phone a row's label moves above its squares."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assay.present.theme import NARROW, SMALL_SIZE, Meaning, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

ROW: Final = 33
_CHARACTER: Final = 0.53
"""Mean width of a character of small type over its size."""
_ABOVE: Final = 0.45
"""Part of a row that its label takes on a phone."""
_GAP: Final = 0.03
_WIDEST: Final = 58
"""Characters of a label beyond which it is cut where it stands to the left."""
_PALE: Final = 0.48
_FULL: Final = 0.94
_DEEP: Final = 0.84
"""Shades that letters can be read on: up to the first in ink, from the last in paper; a contrast of
4.5 to 1 or more on light paper and on dark. Between them neither can be (WCAG 2.2, 1.4.3)."""
_TURNS: Final = 0.6
_AMBER: Final = 0.42
"""Up to here ink can be read on amber, on light paper and on dark; paper never can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One square, from one place to another of its row.

    Attributes:
        row: its label's place from the top.
        start, end: places from the left.
        strength: how full its colour is, 0 to 1.
        figure: printed in it.
        words: told when pointed at.
        meaning: of its colour.
        claimed: otherwise its number is pale.
    """

    row: int
    start: float
    end: float
    strength: float
    figure: str
    words: str
    meaning: Meaning = "estimate"
    claimed: bool = True


def shade(strength: float, meaning: Meaning = "estimate") -> tuple[float, bool]:
    """Opacity of a colour, and whether letters on it have the colour of the paper."""
    held = min(max(strength, 0.0), 1.0)
    if meaning == "attention":
        return held * _AMBER, False
    if held <= _TURNS:
        return held / _TURNS * _PALE, False
    return _DEEP + (held - _TURNS) / (1 - _TURNS) * (_FULL - _DEEP), True


def tile_chart(  # noqa: PLR0913  what stands where, and what is said beside it
    tiles: Sequence[Tile],
    *,
    rows: Sequence[str],
    places: int,
    marks: Sequence[tuple[float, str]],
    across: str,
    even: bool = False,
) -> alt.TopLevelMixin:
    """Squares in rows.

    Args:
        tiles: in any order.
        rows: labels from the top.
        places: how many squares are beside each other.
        marks: what stands above the squares, by place, in steps of a half.
        across: what they are.
        even: letters are in ink throughout, so that both colours have the same weight.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    data = [_datum(one, rows[one.row], even=even) for one in tiles]
    room = min(max(map(len, rows)), _WIDEST) * SMALL_SIZE * _CHARACTER + 12
    words = [""] * (2 * places + 1)
    for place, word in marks:
        words[round(2 * place)] = word
    left = alt.ExprRef(f"{NARROW} ? 0 : {room:.0f}")
    across_scale = alt.Scale(
        domain=[0, places], nice=False, zero=False, range=[left, alt.ExprRef("width - 1")]
    )
    down_scale = alt.Scale(domain=[0, len(rows)], reverse=True, nice=False)
    x = alt.X(
        "start:Q",
        title=across,
        scale=across_scale,
        axis=alt.Axis(
            orient="top",
            domain=False,
            grid=False,
            values=[place for place, _ in marks],
            labelExpr=f"{json.dumps(words)}[round(2 * datum.value)]",
            labelFlush=True,
            labelOverlap="greedy",
        ),
    )

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=None, scale=down_scale)

    base = (
        alt.Chart(alt.InlineData(values=data))
        .transform_calculate(
            top=f"datum.row + ({NARROW} ? {_ABOVE} : {_GAP})",
            bottom=f"datum.row + 1 - {_GAP}",
        )
        .encode(x=x, x2="end:Q", y=y("top"), y2="bottom:Q")
    )
    told = [alt.Tooltip("label:N", title="What"), alt.Tooltip("words:N", title="Figure")]
    layers = [
        base.mark_rect(cornerRadius=2, stroke=colour("paper"), strokeWidth=1).encode(
            color=alt.Color("ground:N", scale=None)
        ),
        base.mark_rect(cornerRadius=2, stroke=colour("paper"), strokeWidth=1).encode(
            color=alt.Color("fill:N", scale=None),
            opacity=alt.Opacity("strength:Q", scale=None),
            tooltip=told,
        ),
    ]
    for ink in sorted({str(one["ink"]) for one in data}):
        written = [one for one in data if one["ink"] == ink]
        layers.append(
            alt.Chart(alt.InlineData(values=written))
            .transform_calculate(
                middle=f"datum.row + ({NARROW} ? {(_ABOVE + 1) / 2} : 0.5)",
                centre="(datum.start + datum.end) / 2",
            )
            .mark_text(
                fontSize=SMALL_SIZE,
                color=ink,
                baseline="middle",
                fontWeight="normal" if ink == colour("muted") else "bold",
            )
            .encode(x=alt.X("centre:Q", scale=across_scale), y=y("middle"), text="figure:N")
        )
    named = [{"label": label, "row": place} for place, label in enumerate(rows)]
    layers.append(
        alt.Chart(alt.InlineData(values=named))
        .transform_calculate(middle=f"datum.row + ({NARROW} ? {_ABOVE / 2} : 0.5)")
        .mark_text(
            align="left",
            baseline="middle",
            fontSize=SMALL_SIZE,
            color=colour("muted"),
            limit=alt.ExprRef(f"{NARROW} ? width : {room:.0f}"),
        )
        .encode(x=alt.value(0), y=y("middle"), text="label:N")
    )
    return alt.layer(*layers).properties(height=ROW * len(rows))


def _datum(one: Tile, label: str, *, even: bool) -> dict[str, object]:
    opacity, light = shade(one.strength * (_TURNS if even else 1), one.meaning)
    if even and one.meaning == "attention":
        opacity = one.strength * _AMBER
    if not one.claimed:
        opacity, light = 0.0, False
    ink = colour("paper") if light else colour("ink" if one.claimed else "muted")
    return {
        "row": one.row,
        "label": label,
        "start": one.start,
        "end": one.end,
        "strength": opacity,
        "fill": colour(one.meaning),
        "ground": colour("band" if one.claimed else "paper"),
        "figure": one.figure,
        "ink": ink,
        "words": one.words,
    }

"""A table of shares as squares: the fuller the colour, the more; what is open stays open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from assay.present.charts.tiles import shade
from assay.present.theme import SMALL_SIZE, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

ROW: Final = 19
_FULL: Final = 0.94

State = Literal["told", "open", "hidden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """One square.

    Attributes:
        row, column: their labels.
        strength: how full its colour is, 0 to 1.
        figure: printed in it; empty where there is no room.
        words: told when pointed at.
        state: open where it is not over, hidden where it is not to be told.
    """

    row: str
    column: str
    strength: float
    figure: str = ""
    words: str = ""
    state: State = "told"


def grid_chart(
    cells: Sequence[GridCell],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    across: str,
    down: str = "",
) -> alt.TopLevelMixin:
    """Squares in rows and columns; open ones have an outline only, hidden ones a cross.

    Args:
        cells: in any order; a place without one stays empty.
        rows: labels from the top.
        columns: labels from the left.
        across: what columns are.
        down: what rows are; empty where they speak for themselves.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    data = [
        {
            "row": one.row,
            "column": one.column,
            # shades that letters can be read on leave out the middle
            "strength": shade(one.strength)[0]
            if one.figure
            else _FULL * min(max(one.strength, 0.0), 1.0),
            "figure": one.figure,
            "words": one.words,
            "place": f"{one.row}, {across} {one.column}",
            "state": one.state,
            "light": shade(one.strength)[1],
        }
        for one in cells
    ]
    x = alt.X(
        "column:N",
        title=across,
        sort=list(columns),
        scale=alt.Scale(domain=list(columns)),
        axis=alt.Axis(orient="top", labelAngle=0, labelOverlap="greedy", domain=False, grid=False),
    )
    y = alt.Y(
        "row:N",
        title=down or None,
        sort=list(rows),
        scale=alt.Scale(domain=list(rows)),
        axis=alt.Axis(domain=False, grid=False, labelFontSize=SMALL_SIZE),
    )
    told = [alt.Tooltip("place:N", title="Cell"), alt.Tooltip("words:N", title="Share")]

    def part(*states: State) -> alt.Chart:
        return alt.Chart(alt.InlineData(values=[row for row in data if row["state"] in states]))

    back = (
        part("told", "hidden")
        .mark_rect(cornerRadius=2, color=colour("band"), stroke=colour("paper"), strokeWidth=1)
        .encode(x=x, y=y)
    )
    front = (
        part("told")
        .mark_rect(cornerRadius=2, color=colour("estimate"), stroke=colour("paper"), strokeWidth=1)
        .encode(x=x, y=y, opacity=alt.Opacity("strength:Q", scale=None), tooltip=told)
    )
    still = (
        part("open")
        .mark_rect(
            cornerRadius=2, filled=False, stroke=colour("undecided"), strokeDash=[2, 2], opacity=1
        )
        .encode(x=x, y=y, tooltip=told)
    )
    crossed = (
        part("hidden")
        .mark_text(text="×", color=colour("muted"), fontSize=SMALL_SIZE)
        .encode(x=x, y=y)
    )
    layers: list[alt.Chart] = [back, front, still, crossed]
    for light, ink in ((False, "ink"), (True, "paper")):
        written = [row for row in data if row["figure"] and row["light"] is light]
        if written:
            layers.append(
                alt.Chart(alt.InlineData(values=written))
                .mark_text(
                    fontSize=SMALL_SIZE - 1.5,
                    color=colour("paper") if ink == "paper" else colour("ink"),
                )
                .encode(x=x, y=y, text="figure:N")
            )
    return alt.layer(*layers).properties(height=ROW * len(rows))


def _shaded(one: GridCell) -> float:
    """Shades that letters can be read on leave out the middle; without letters there are all."""
    return shade(one.strength)[0] if one.figure else _FULL * min(max(one.strength, 0.0), 1.0)

"""Effects as a map of squares: features from the top, groups from the left, the sign printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assay.present.theme import SMALL_SIZE, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

ROW: Final = 24
_FULL: Final = 0.9
_DARK: Final = 0.55
"""Strength from which on a number in the cell is set in the colour of the paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """One square.

    Attributes:
        value: signed; the colour is full at `most`.
        figure: the value as printed, with its sign.
        words: told when pointed at.
        claimed: only claims have a colour.
    """

    row: str
    column: str
    value: float
    figure: str
    words: str
    claimed: bool


def heat_chart(
    cells: Sequence[HeatCell],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    most: float,
    across: str,
) -> alt.TopLevelMixin:
    """Squares, blue for more and amber for less; what is not claimed has its number only.

    Args:
        cells: in any order.
        rows: labels from the top.
        columns: labels from the left.
        most: value at which the colour is full.
        across: what columns are.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    data = []
    for one in cells:
        strength = min(abs(one.value) / most, 1.0) * _FULL if one.claimed and most else 0.0
        full = strength > _DARK
        ink = colour("paper") if full else colour("ink" if one.claimed else "muted")
        data.append(
            {
                "row": one.row,
                "column": one.column,
                "strength": strength,
                "fill": colour("estimate" if one.value > 0 else "attention"),
                "figure": one.figure,
                "ink": ink,
                "words": one.words,
            }
        )
    x = alt.X(
        "column:N",
        title=across,
        sort=list(columns),
        scale=alt.Scale(domain=list(columns)),
        axis=alt.Axis(orient="top", labelAngle=0, domain=False, grid=False, labelLimit=150),
    )
    y = alt.Y(
        "row:N",
        title=None,
        sort=list(rows),
        scale=alt.Scale(domain=list(rows)),
        axis=alt.Axis(
            domain=False,
            grid=False,
            labelFontSize=SMALL_SIZE,
            labelLimit=340,
        ),
    )
    told = [alt.Tooltip("row:N", title="What"), alt.Tooltip("words:N", title="Effect")]
    base = alt.Chart(alt.InlineData(values=data)).encode(x=x, y=y)
    back = base.mark_rect(
        cornerRadius=2, color=colour("band"), stroke=colour("paper"), strokeWidth=1
    )
    front = base.mark_rect(cornerRadius=2, stroke=colour("paper"), strokeWidth=1).encode(
        color=alt.Color("fill:N", scale=None),
        opacity=alt.Opacity("strength:Q", scale=None),
        tooltip=told,
    )
    layers = [back, front]
    for ink in sorted({str(row["ink"]) for row in data}):
        written = [row for row in data if row["ink"] == ink]
        layers.append(
            alt.Chart(alt.InlineData(values=written))
            .mark_text(
                fontSize=SMALL_SIZE,
                color=ink,
                fontWeight="normal" if ink == colour("muted") else "bold",
            )
            .encode(x=x, y=y, text="figure:N")
        )
    return alt.layer(*layers).properties(height=ROW * len(rows))

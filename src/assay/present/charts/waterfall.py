"""A difference in steps: each part begins where the one before it ended (a waterfall)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.words import Sides, room, row_words, word_layers
from assay.present.theme import (
    SIGNED,
    Meaning,
    colour,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

ROW: Final = 44
"""Pixels of a row; on a narrow column its words stand in the upper half."""
BAR: Final = 16
DRAWN: Final = 220
"""Pixels that the bars need; words that leave less move above them."""
WIDEST: Final = 340
ROOM: Final = 0.04
"""Of the axis, that is kept free at either end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part of a difference, in the unit of the axis.

    Attributes:
        label, note: what it is, and in a second line what that means; the note may be empty.
        figures: the amount as it is written.
    """

    label: str
    note: str
    amount: float
    figures: str
    meaning: Meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The total at either end of the steps."""

    label: str
    note: str
    figures: str


def waterfall_chart(start: End, steps: Sequence[Step], end: End, *, axis: str) -> alt.TopLevelMixin:
    """A floating bar for each step, from the zero line of the start to the bar of the end.

    What is drawn are differences from the start, so that a bar's length is its amount whatever the
    totals are; these are written at either end. On a narrow column words move above the bars.

    Args:
        start: what the steps begin at; it lies at zero.
        steps: from top to bottom.
        end: where they lead.
        axis: what is drawn, with its unit.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    rows = _rows(start, steps, end)
    ends = [0.0, *(row["to"] for row in rows)]
    free = ROOM * (max(ends) - min(ends)) or 1.0
    sides = Sides.of(
        room([row["label"] for row in rows], [row["note"] for row in rows], widest=WIDEST),
        room([row["figures"] for row in rows], [], widest=WIDEST),
        drawn=DRAWN,
    )
    x = alt.X(
        "x:Q",
        title=axis,
        scale=alt.Scale(
            domain=[min(ends) - free, max(ends) + free],
            nice=False,
            zero=False,
            range=[alt.ExprRef(end) for end in sides.range(4)],
        ),
        axis=alt.Axis(
            labelFlush=False,
            titleLimit=alt.ExprRef("width"),
            tickCount=alt.ExprRef(sides.either(4, 7)),
            labelExpr=SIGNED,
        ),
    )
    y = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0))
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    drop = alt.ExprRef(sides.either(10, 0))
    hue = alt.Color("colour:N", scale=None)
    tip = [alt.Tooltip("label:N", title="What"), alt.Tooltip("figures:N", title="Amount")]
    layers = [
        alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=colour("ink")).encode(x=x),
        base.transform_calculate(x="datum.to")
        .mark_rule(color=colour("undecided"), strokeWidth=1, yOffset=drop, y2Offset=drop)
        .encode(
            x=x,
            y=alt.Y("row:O", axis=None, bandPosition=0.5),
            y2=alt.Y2("next", bandPosition=0.5),
        ),
        base.mark_rect(color=colour("paper"), opacity=alt.ExprRef(sides.either(1, 0))).encode(
            y=alt.Y("row:O", axis=None, bandPosition=0.02),
            y2=alt.Y2("row", bandPosition=0.5),
            x=alt.value(0),
            x2=alt.value("width"),
        ),
        base.transform_calculate(x="datum.from")
        .mark_rule(strokeWidth=BAR, yOffset=drop, y2Offset=drop)
        .encode(x=x, x2="to:Q", color=hue, tooltip=tip),
        *word_layers(alt, base, row_words(sides, figures=sides.left - 12)),
    ]
    return alt.layer(*layers).properties(height=ROW * len(rows))


def _rows(start: End, steps: Sequence[Step], end: End) -> list[dict[str, Any]]:
    """Where each bar begins and ends."""
    made = [_row(start.label, start.note, start.figures, 0.0, 0.0, "ink")]
    at = 0.0
    for step in steps:
        after = at + step.amount
        made.append(_row(step.label, step.note, step.figures, at, after, step.meaning))
        at = after
    made.append(_row(end.label, end.note, end.figures, 0.0, at, "estimate"))
    return [{**row, "row": i, "next": min(i + 1, len(made) - 1)} for i, row in enumerate(made)]


def _row(  # noqa: PLR0913, PLR0917  a row as it is drawn
    label: str, note: str, figures: str, begin: float, end: float, meaning: Meaning
) -> dict[str, Any]:
    return {
        "label": label,
        "note": note,
        "figures": figures,
        "from": begin,
        "to": end,
        "colour": colour(meaning),
    }

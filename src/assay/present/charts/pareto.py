"""Parts of a whole, the largest first, each beginning where the one above ended (Pareto)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.words import Sides, room, row_words, word_layers
from assay.present.theme import (
    Meaning,
    colour,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

ROW: Final = 40
"""Pixels of a row; on a narrow column its words stand in the upper half."""
BAR: Final = 14
DRAWN: Final = 240
"""Pixels that the bars need; words that leave less move above them."""
WIDEST: Final = 300
_PERCENT: Final = "format(datum.value * 100, ',~r') + ' %'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: its share of the whole, and what is written beside it."""

    label: str
    note: str
    share: float
    figures: str
    meaning: Meaning = "estimate"


def pareto_chart(parts: Sequence[Part], *, axis: str, mark: float) -> alt.TopLevelMixin:
    """A bar for each part on one axis from nothing to the whole, so that ends are cumulative.

    Args:
        parts: the largest first; shares add up to 1.
        axis: what the whole is.
        mark: share at which a dashed line stands: parts left of it make that much.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    rows = _rows(parts)
    sides = Sides.of(
        room([part.label for part in parts], [part.note for part in parts], widest=WIDEST),
        room([part.figures for part in parts], [], widest=WIDEST),
        drawn=DRAWN,
    )
    x = alt.X(
        "x:Q",
        title=axis,
        scale=alt.Scale(
            domain=[0, 1],
            nice=False,
            range=[alt.ExprRef(end) for end in sides.range(4)],
        ),
        axis=alt.Axis(
            labelFlush=False,
            titleLimit=alt.ExprRef("width"),
            values=[0, 0.2, 0.4, 0.6, 0.8, 1.0],
            labelExpr=_PERCENT,
        ),
    )
    y = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0))
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    drop = alt.ExprRef(sides.either(9, 0))
    tip = [alt.Tooltip("label:N", title="What"), alt.Tooltip("figures:N", title="Spent")]
    line = alt.Chart(alt.InlineData(values=[{"x": mark}]))
    layers = [
        line.mark_rule(color=colour("muted"), strokeDash=[4, 3]).encode(x=x),
        base.transform_calculate(x="datum.from")
        .mark_rule(strokeWidth=BAR, yOffset=drop, y2Offset=drop)
        .encode(x=x, x2="to:Q", color=alt.Color("colour:N", scale=None), tooltip=tip),
        *word_layers(alt, base, row_words(sides, figures=sides.right)),
    ]
    return alt.layer(*layers).properties(height=ROW * len(rows))


def _rows(parts: Sequence[Part]) -> list[dict[str, Any]]:
    rows, at = [], 0.0
    for i, part in enumerate(parts):
        rows.append(
            {
                "row": i,
                "label": part.label,
                "note": part.note,
                "figures": part.figures,
                "from": min(at, 1.0),
                "to": min(at + part.share, 1.0),
                "colour": colour(part.meaning),
            }
        )
        at += part.share
    return rows

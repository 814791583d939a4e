"""Effects as a map of squares: features from the top, groups from the left, the sign printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.present.charts.tiles import Tile, tile_chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt


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
    tiles = [
        Tile(
            row=rows.index(one.row),
            start=columns.index(one.column),
            end=columns.index(one.column) + 1,
            strength=min(abs(one.value) / most, 1.0) if most else 0.0,
            figure=one.figure,
            words=one.words,
            meaning="estimate" if one.value > 0 else "attention",
            claimed=one.claimed,
        )
        for one in cells
    ]
    return tile_chart(
        tiles,
        rows=rows,
        places=len(columns),
        marks=[(place + 0.5, name) for place, name in enumerate(columns)],
        across=across,
        even=True,
    )

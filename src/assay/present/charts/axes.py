"""Axes that several charts share: heights with their title above, and days from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.present.theme import NARROW

if TYPE_CHECKING:
    import altair as alt


def height_axis(numbers: str, *, ticks: int) -> alt.Axis:
    """An axis of heights, its title level above it instead of along it.

    Args:
        numbers: the expression that writes them.
        ticks: about how many.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    return alt.Axis(
        labelExpr=numbers,
        tickCount=ticks,
        titleAngle=0,
        titleAlign="left",
        titleAnchor="end",
        titleX=0,
        titleY=-8,
        titleBaseline="bottom",
    )


def day_axis(start: str, end: str) -> alt.X:
    """The field `day` from left to right, half as many labels on a narrow column.

    Args:
        start: where the axis begins, as ISO text.
        end: where it ends.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    return alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(type="utc", domain=[start, end], nice=False),
        axis=alt.Axis(
            grid=False,
            format="%-d %b",
            labelFlush=True,
            tickCount=alt.ExprRef(f"{NARROW} ? 4 : 8"),
        ),
    )

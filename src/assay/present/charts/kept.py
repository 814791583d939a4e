"""Shares that fall with age, each with its band: who is still there after how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assay.present.charts.axes import height_axis
from assay.present.theme import NARROW, SMALL_SIZE, Meaning, colour

if TYPE_CHECKING:
    import altair as alt

HEIGHT: Final = 230
_PERCENT: Final = "format(datum.value * 100, ',~r') + ' %'"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeShare:
    """A share at one age with the ends of its band, and words told when pointed at."""

    age: float
    share: float
    low: float
    high: float
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeCurve:
    """One line: its name, beside its end, and its colour."""

    name: str
    steps: Sequence[AgeShare]
    meaning: Meaning = "estimate"


def kept_chart(curves: Sequence[AgeCurve], *, axis: str, across: str) -> alt.TopLevelMixin:
    """Lines from 0 to 100 % over age.

    Args:
        curves: the first is drawn on top.
        axis: what shares are.
        across: what ages are counted in.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    last = max(step.age for curve in curves for step in curve.steps)
    x = alt.X(
        "age:Q",
        title=across,
        scale=alt.Scale(domain=[0, max(last, 1.0)], nice=False),
        axis=alt.Axis(
            grid=False, tickMinStep=1, format="d", tickCount=alt.ExprRef(f"{NARROW} ? 5 : 10")
        ),
    )
    y = alt.Y(
        "share:Q",
        title=axis,
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=height_axis(_PERCENT, ticks=5),
    )
    layers: list[alt.Chart] = []
    for curve in reversed(curves):
        rows = [
            {
                "age": s.age,
                "share": s.share,
                "low": s.low,
                "high": s.high,
                "words": s.words,
                "name": curve.name,
            }
            for s in curve.steps
        ]
        data = alt.InlineData(values=rows)
        ink = colour(curve.meaning)
        # the name stands above the line at a third of its length, where curves have parted
        named = rows[max(len(rows) // 3, 0)]
        layers += [
            alt.Chart(data)
            .mark_area(color=ink, opacity=0.16)
            .encode(x=x, y=alt.Y("low:Q", title=axis), y2="high:Q"),
            alt.Chart(data).mark_line(strokeWidth=2.5, color=ink).encode(x=x, y=y),
            alt.Chart(data)
            .mark_point(filled=True, size=26, opacity=1, color=ink)
            .encode(x=x, y=y, tooltip=[alt.Tooltip("words:N", title=curve.name)]),
            alt.Chart(alt.InlineData(values=[named]))
            .mark_text(align="left", dx=6, dy=-10, fontSize=SMALL_SIZE, color=ink)
            .encode(x=x, y=y, text="name:N"),
        ]
    return alt.layer(*layers).properties(height=HEIGHT)

"""What is left month by month: a line with its band, and the zero that it has to pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.axes import height_axis
from assay.present.theme import NARROW, SMALL_SIZE, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

HEIGHT: Final = 260
ROOM: Final = 0.06
_DOLLARS: Final = "(datum.value < 0 ? '−' : '') + '$' + format(abs(datum.value), ',~r')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left at the end of a month, in USD, with its interval; `words` tell it."""

    month: int
    value: float
    low: float
    high: float
    words: str


def balance_chart(course: Sequence[Left], *, axis: str) -> alt.TopLevelMixin:
    """A line over months with its band, zero, and words where it ends.

    Args:
        course: month 0 (what is paid at the start) and the months that follow.
        axis: what the numbers are, with their unit.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    low = min(0.0, *(one.low for one in course))
    high = max(0.0, *(one.high for one in course))
    room = ROOM * ((high - low) or 1.0)
    last = course[-1].month
    data = alt.InlineData(
        values=[
            {"month": m.month, "value": m.value, "low": m.low, "high": m.high, "words": m.words}
            for m in course
        ]
    )
    x = alt.X(
        "month:Q",
        title="months since the start",
        scale=alt.Scale(domain=[0, last], nice=False),
        axis=alt.Axis(
            grid=False, tickMinStep=1, format="d", tickCount=alt.ExprRef(f"{NARROW} ? 5 : 10")
        ),
    )
    y = alt.Y(
        "value:Q",
        title=axis,
        scale=alt.Scale(domain=[low - room, high + room], nice=False),
        axis=height_axis(_DOLLARS, ticks=5),
    )
    base = alt.Chart(data)
    told = [alt.Tooltip("month:Q", title="Month"), alt.Tooltip("words:N", title=axis)]
    end = alt.Chart(alt.InlineData(values=[{"month": last, "value": course[-1].value}]))
    words: dict[str, Any] = {"align": "right", "dx": -6, "dy": -10, "fontSize": SMALL_SIZE}
    text = end.transform_calculate(words=f"'{course[-1].words}'").encode(x=x, y=y, text="words:N")
    layers = [
        base.mark_area(color=colour("band"), opacity=1).encode(
            x=x, y=alt.Y("low:Q", title=axis), y2="high:Q"
        ),
        alt.Chart(alt.InlineData(values=[{"value": 0}])).mark_rule(color=colour("ink")).encode(y=y),
        base.mark_line(color=colour("estimate"), strokeWidth=2.5).encode(x=x, y=y),
        base.mark_point(filled=True, size=60, opacity=0).encode(x=x, y=y, tooltip=told),
        text.mark_text(**words, stroke=colour("paper"), strokeWidth=4),
        text.mark_text(**words, color=colour("ink")),
    ]
    return alt.layer(*layers).properties(height=HEIGHT)

"""What is known and what may come: a line that opens into bands, and the amounts it may reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.axes import day_axis, height_axis
from assay.present.format import day
from assay.present.theme import SMALL_SIZE, Meaning, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

HEIGHT: Final = 260
ROOM: Final = 1.1
TALLEST: Final = 1.6
"""Times what is drawn, that a line above it may lie and still be on the chart."""
_DOLLARS: Final = "'$' + format(datum.value, ',~r')"


@dataclass(frozen=True, slots=True, kw_only=True)
class FanPoint:
    """A day: what is known, or the middle of what may come with two intervals around it."""

    day: date
    known: bool
    usd: float
    low_80: float
    high_80: float
    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FanLine:
    """An amount that may be reached, as a line across, with words on it."""

    usd: float
    words: str
    meaning: Meaning = "worse"


def fan_chart(
    points: Sequence[FanPoint], lines: Sequence[FanLine], *, axis: str
) -> alt.TopLevelMixin:
    """A line for what is known, a dashed one with bands of 80 % and more for what may come.

    A line across that lies far above all of it is left out: the words of the figure tell it.

    Args:
        points: in order of time, at least two; those that are known come first.
        lines: amounts such as a budget.
        axis: what the numbers are, with their unit.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    highest = max(max(one.high, one.usd) for one in points)
    shown = [one for one in lines if one.usd <= TALLEST * highest] if highest > 0 else list(lines)
    top = ROOM * max([highest, *(one.usd for one in shown)]) or 1.0
    bottom = min(0.0, *(min(one.low, one.usd) for one in points))
    rows = [_row(one) for one in points]
    known = [row for row in rows if row["known"]]
    ahead = [*known[-1:], *(row for row in rows if not row["known"])]
    x = day_axis(rows[0]["day"], rows[-1]["day"])
    y = alt.Y(
        "value:Q",
        title=axis,
        scale=alt.Scale(domain=[bottom, top], nice=False),
        axis=height_axis(_DOLLARS, ticks=5),
    )
    told = [alt.Tooltip("told:N", title="Day"), alt.Tooltip("words:N", title=axis)]

    def chart(values: list[dict[str, Any]]) -> alt.Chart:
        return alt.Chart(alt.InlineData(values=values))

    def band(low: str, high: str, opacity: float) -> alt.Chart:
        area = chart(ahead).mark_area(color=colour("attention"), opacity=opacity)
        found: alt.Chart = area.encode(x=x, y=alt.Y(f"{low}:Q", title=axis), y2=alt.Y2(f"{high}:Q"))
        return found

    layers: list[Any] = [
        band("low", "high", 0.16),
        band("low_80", "high_80", 0.26),
        chart(known).mark_line(color=colour("estimate"), strokeWidth=2.5).encode(x=x, y=y),
        chart(ahead)
        .mark_line(color=colour("attention"), strokeWidth=2, strokeDash=[5, 3])
        .encode(x=x, y=y),
        chart(rows).mark_point(opacity=0, size=120).encode(x=x, y=y, tooltip=told),
    ]
    for line in shown:
        mark = chart([{"value": line.usd, "words": line.words, "day": rows[0]["day"]}])
        layers.append(
            mark.mark_rule(color=colour(line.meaning), strokeWidth=1.5, strokeDash=[2, 2]).encode(
                y=y
            )
        )
        place: dict[str, Any] = {"align": "left", "dx": 4, "dy": -7, "fontSize": SMALL_SIZE}
        at = mark.encode(x=alt.X("day:T"), y=y, text="words:N")
        layers += [
            at.mark_text(**place, stroke=colour("paper"), strokeWidth=4),
            at.mark_text(**place, color=colour(line.meaning)),
        ]
    return alt.layer(*layers).properties(height=HEIGHT)


def _row(one: FanPoint) -> dict[str, Any]:
    return {
        "day": f"{one.day.isoformat()}T12:00:00Z",
        "known": one.known,
        "value": one.usd,
        "low_80": one.low_80,
        "high_80": one.high_80,
        "low": one.low,
        "high": one.high,
        "told": day(one.day),
        "words": one.words,
    }

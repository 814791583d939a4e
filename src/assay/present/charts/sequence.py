"""An estimate that builds up over time: a line in its band, and bars where it was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.axes import day_axis, height_axis
from assay.present.format import day
from assay.present.theme import SIGNED, Meaning, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

HEIGHT: Final = 250
ROOM: Final = 0.08
"""Part of the axis that is kept free above and below what is drawn."""
SPREAD: Final = 3.0
"""Widths of the middle interval beyond which early, wide ones are cut off by the axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One day's estimate.

    Attributes:
        low, high: None where there is no interval.
        meaning: colour of its point.
        loud: whether it is drawn as a point with a bar, beside the line.
    """

    day: date
    value: float
    low: float | None
    high: float | None
    meaning: Meaning = "estimate"
    loud: bool = False


def sequence_chart(
    steps: Sequence[Step], *, axis: str, region: float | None = None, line: bool = True
) -> alt.TopLevelMixin:
    """The line of estimates over the band of their intervals; loud days as points with bars.

    Args:
        steps: in order of time, each day once.
        axis: what the numbers are, with their unit.
        region: half-width of the region of no interest, drawn about zero.
        line: whether estimates are joined, and intervals drawn as a band; bars otherwise.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    low, high = _extent(steps, region)
    edge = timedelta(hours=12)
    start, end = (
        (datetime.combine(when, time(), tzinfo=UTC) + shift).isoformat()
        for when, shift in ((steps[0].day, -edge), (steps[-1].day, edge))
    )
    x = day_axis(start, end)
    scale = alt.Scale(domain=[low, high], nice=False, clamp=True)
    height = partial(alt.Y, title=axis, scale=scale, axis=height_axis(SIGNED, ticks=6))
    y = height("value:Q")
    rows = [_row(step) for step in steps]
    ends = [row for row in rows if row["low"] is not None]
    points = [row for row in rows if row["loud"] or not line]
    bars = ends if not line else [row for row in ends if row["loud"]]
    layers: list[alt.Chart] = []
    if region:
        layers.append(
            alt.Chart(alt.InlineData(values=[{"low": -region, "high": region}]))
            .mark_rect(color=colour("grid"), opacity=0.7)
            .encode(y=height("low:Q"), y2="high:Q")
        )
    if line and len(ends) > len(bars):
        layers.append(
            alt.Chart(alt.InlineData(values=ends))
            .mark_area(color=colour("estimate"), opacity=0.16, clip=True)
            .encode(x=x, y=height("low:Q"), y2="high:Q")
        )
    layers.append(
        alt.Chart(alt.InlineData(values=[{"zero": 0}]))
        .mark_rule(color=colour("muted"), strokeDash=[3, 3])
        .encode(y=height("zero:Q"))
    )
    if line:
        layers.append(
            alt.Chart(alt.InlineData(values=rows))
            .mark_line(color=colour("estimate"), strokeWidth=2, clip=True)
            .encode(x=x, y=y)
        )
    layers += [
        alt.Chart(alt.InlineData(values=bars))
        .mark_rule(strokeWidth=2 if line else 1, clip=True)
        .encode(
            x=x,
            y=height("low:Q"),
            y2="high:Q",
            color=alt.Color("colour:N", scale=None),
        ),
        alt.Chart(alt.InlineData(values=points))
        .mark_point(filled=True, opacity=1, size=60 if line else 26, clip=True)
        .encode(
            x=x,
            y=y,
            color=alt.Color("colour:N", scale=None),
            tooltip=[alt.Tooltip("told:N", title="Day"), alt.Tooltip("value:Q", title=axis)],
        ),
    ]
    return alt.layer(*layers).properties(height=HEIGHT)


def _extent(steps: Sequence[Step], region: float | None) -> tuple[float, float]:
    """What the axis spans: all estimates, and intervals unless they are far wider than most."""
    values = [step.value for step in steps]
    widths = sorted(
        step.high - step.low for step in steps if step.low is not None and step.high is not None
    )
    most = SPREAD * widths[len(widths) // 2] if widths else 0.0
    edges = [0.0, -(region or 0.0), region or 0.0, *values]
    for step in steps:
        if step.low is None or step.high is None:
            continue
        if step.high - step.low <= most:
            edges += [step.low, step.high]
    low, high = min(edges), max(edges)
    room = ROOM * (high - low or 1.0)
    return low - room, high + room


def _row(step: Step) -> dict[str, Any]:
    return {
        "day": step.day.isoformat(),
        "value": step.value,
        "low": step.low,
        "high": step.high,
        "colour": colour(step.meaning),
        "loud": step.loud,
        "told": day(step.day),
    }

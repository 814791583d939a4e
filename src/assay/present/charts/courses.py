"""A number from week to week with its band, where it broke, what is expected, and an aim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.axes import day_axis, height_axis
from assay.present.theme import PLAIN, SMALL_SIZE, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from assay.present.theme import Meaning

HEIGHT: Final = 200
_PERCENT: Final = "format(datum.value * 100, ',~r') + ' %'"
_BANDS: Final[tuple[tuple[bool, Meaning], ...]] = ((False, "grid"), (True, "band"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseStep:
    """One period: its number with its ends, measured or expected.

    Attributes:
        complete: a period that the data cover in part is drawn hollow.
    """

    day: str
    value: float
    low: float | None
    high: float | None
    expected: bool = False
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseBreak:
    """Where the level changed, and words beside it."""

    day: str
    words: str


def course_chart(  # noqa: PLR0913  a course, and what it is held against
    steps: Sequence[CourseStep],
    *,
    axis: str,
    unit: str = "1",
    ends: tuple[float, float] | None = None,
    breaks: Sequence[CourseBreak] = (),
    aim: float | None = None,
    aim_words: str = "",
    due: str | None = None,
) -> alt.TopLevelMixin:
    """A line over its band; expected periods dashed, the aim and its day as lines.

    Args:
        steps: in order of time, each day once.
        axis: what the numbers are.
        unit: of the numbers, which says how they are written.
        ends: of the axis, where several charts share them.
        breaks: marked by upright lines.
        aim: level that is to be reached, as ISO day `due`; the pace that would reach it from the
            last measured period is a dotted line.
        aim_words: beside the aim.
        due: day by which.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    numbers = [v for s in steps for v in (s.value, s.low, s.high) if v is not None]
    numbers += [aim] if aim is not None else []
    room = 0.08 * (max(numbers) - min(numbers) or 1.0)
    low, high = ends or (min(numbers) - room, max(numbers) + room)
    days = [s.day for s in steps] + ([due] if due else [])
    x = day_axis(*_around(min(days), max(days)))
    y = alt.Y(
        "value:Q",
        title=axis,
        scale=alt.Scale(domain=[low, high], nice=False, zero=False),
        axis=height_axis(_PERCENT if unit in {"share", "probability"} else PLAIN, ticks=5),
    )
    seen = [s for s in steps if not s.expected]
    whole = [s for s in seen if s.complete]
    ahead = [*whole[-1:], *(s for s in steps if s.expected)]

    def data(rows: list[dict[str, Any]]) -> alt.InlineData:
        return alt.InlineData(values=rows)

    banded = [_row(s) for s in steps if s.low is not None and (s.expected or s.complete)]
    layers: list[Any] = [
        alt.Chart(data([row for row in banded if row["expected"] == expected]))
        .mark_area(color=colour(ink), opacity=1, clip=True)
        .encode(x=x, y=alt.Y("low:Q", title=axis), y2="high:Q")
        for expected, ink in _BANDS
    ]
    for one in breaks:
        layers += [
            alt.Chart(data([{"day": one.day}]))
            .mark_rule(color=colour("attention"), strokeWidth=1.5)
            .encode(x=x),
            alt.Chart(data([{"day": one.day, "words": one.words}]))
            .mark_text(align="right", dx=-6, baseline="top", fontSize=SMALL_SIZE)
            .encode(x=x, y=alt.value(2), text="words:N"),
        ]
    labels: list[Any] = []
    if aim is not None:
        layers += [
            alt.Chart(data([{"value": aim}]))
            .mark_rule(color=colour("better"), strokeWidth=1.5)
            .encode(y=y)
        ]
        beside = alt.Chart(data([{"value": aim, "day": min(days), "words": aim_words}])).encode(
            x=x, y=y, text="words:N"
        )
        place: dict[str, Any] = {"align": "left", "dx": 4, "dy": -7, "fontSize": SMALL_SIZE}
        labels = [
            beside.mark_text(**place, stroke=colour("paper"), strokeWidth=4),
            beside.mark_text(**place),
        ]
        if due and whole and whole[-1].day < due:
            path = [
                {"day": whole[-1].day, "value": whole[-1].value},
                {"day": due, "value": aim},
            ]
            layers.append(
                alt.Chart(data(path))
                .mark_line(color=colour("better"), strokeDash=[2, 4], strokeWidth=2)
                .encode(x=x, y=y)
            )
    for part, dash in ((whole, [1, 0]), (ahead, [5, 4])):
        if len(part) > 1:
            layers.append(
                alt.Chart(data([_row(s) for s in part]))
                .mark_line(color=colour("estimate"), strokeDash=dash, strokeWidth=2, clip=True)
                .encode(x=x, y=y)
            )
    for part, fill in ((whole, "estimate"), ([s for s in seen if not s.complete], "paper")):
        layers.append(
            alt.Chart(data([_row(s) for s in part]))
            .mark_point(filled=True, size=34, opacity=1, clip=True)
            .encode(
                x=x,
                y=y,
                fill=alt.value(colour("estimate" if fill == "estimate" else "paper")),
                stroke=alt.value(colour("estimate")),
                tooltip=[alt.Tooltip("day:T", title="Week of"), alt.Tooltip("value:Q", title=axis)],
            )
        )
    return alt.layer(*layers, *labels).properties(height=HEIGHT)


def _row(step: CourseStep) -> dict[str, Any]:
    return {
        "day": step.day,
        "value": step.value,
        "low": step.low,
        "high": step.high,
        "expected": step.expected,
    }


def _around(first: str, last: str) -> tuple[str, str]:
    """Both ends with room for a whole point."""
    room = max(timedelta(days=1), (date.fromisoformat(last) - date.fromisoformat(first)) / 60)
    return (
        (date.fromisoformat(first) - room).isoformat(),
        (date.fromisoformat(last) + room).isoformat(),
    )

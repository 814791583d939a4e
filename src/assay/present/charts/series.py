"""One number per day over the band in which it was expected; days outside it stand out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.axes import day_axis, height_axis
from assay.present.format import day
from assay.present.theme import PLAIN, SMALL_SIZE, Meaning, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

HEIGHT: Final = 240
ROOM: Final = 1.12
"""Height of the axis over the largest number: what is kept free for words."""
DOT: Final = 22
LOUD: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One day: its number, the ends between which it was expected, and words where it is odd.

    Attributes:
        low, high: None where nothing was expected.
        words: stand beside the mark; empty for days like any other.
    """

    day: date
    value: float
    low: float | None
    high: float | None
    meaning: Meaning = "estimate"
    words: str = ""


def series_chart(moments: Sequence[Moment], *, axis: str) -> alt.TopLevelMixin:
    """A dot for each day over its band, from zero; what is odd is larger and labelled.

    Args:
        moments: in order of time, each day once.
        axis: what the numbers are, with their unit.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    top = ROOM * max(1.0, *(max(m.value, m.high or 0.0) for m in moments))
    start, end = moments[0].day, moments[-1].day + timedelta(days=1)
    x = day_axis(start.isoformat(), end.isoformat())
    y = alt.Y(
        "value:Q",
        title=axis,
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=height_axis(PLAIN, ticks=5),
    )
    hue = alt.Color("colour:N", scale=None)
    rows = [_row(moment) for moment in moments]
    odd = [row for row in rows if row["words"]]
    middle = start + (end - start) / 2
    layers: list[alt.Chart] = [
        alt.Chart(alt.InlineData(values=[row for row in rows if row["high"] is not None]))
        .mark_rect(color=colour("grid"))
        .encode(x=x, x2="next:T", y=alt.Y("low:Q", title=axis), y2="high:Q"),
        alt.Chart(alt.InlineData(values=rows))
        .mark_point(filled=True, opacity=1)
        .encode(
            x=alt.X("noon:T", title=None),
            y=y,
            color=hue,
            size=alt.Size("size:Q", scale=None),
            tooltip=[alt.Tooltip("told:N", title="Day"), alt.Tooltip("value:Q", title=axis)],
        ),
        *(
            alt.Chart(alt.InlineData(values=[row]))
            .mark_text(
                align="left" if row["noon"] < middle.isoformat() else "right",
                dx=9 if row["noon"] < middle.isoformat() else -9,
                fontSize=SMALL_SIZE,
                color=colour("ink"),
            )
            .encode(x=alt.X("noon:T"), y=y, text="words:N")
            for row in odd
        ),
    ]
    return alt.layer(*layers).properties(height=HEIGHT)


def _row(moment: Moment) -> dict[str, Any]:
    return {
        "day": moment.day.isoformat(),
        "noon": f"{moment.day.isoformat()}T12:00:00Z",
        "next": (moment.day + timedelta(days=1)).isoformat(),
        "value": moment.value,
        "low": moment.low,
        "high": moment.high,
        "colour": colour(moment.meaning),
        "size": LOUD if moment.words else DOT,
        "words": moment.words,
        "told": day(moment.day),
    }

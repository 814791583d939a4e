"""One number per day as a calendar: weeks from left to right, days of the week from the top."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from assay.present.format import day as written
from assay.present.theme import SMALL_SIZE, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

ROW: Final = 17
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
REACH: Final = 3.0
"""Standard deviations at which a colour is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day, how many standard deviations it lies from what was expected of it, and words for it.

    Attributes:
        off: None where there is no value.
    """

    day: date
    off: float | None
    words: str


def calendar_chart(days: Sequence[Day]) -> alt.TopLevelMixin:
    """A square per day: amber above what was expected, blue below, pale where it was as expected.

    Args:
        days: in order of time.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    rows = [
        {
            "week": (one.day - timedelta(days=one.day.weekday())).isoformat(),
            "row": DAYS[one.day.weekday()],
            "colour": colour(
                "band" if one.off is None else "attention" if one.off > 0 else "estimate"
            ),
            "strength": 0.0 if one.off is None else min(1.0, abs(one.off) / REACH),
            "words": one.words,
            "told": written(one.day),
            "gap": one.off is None,
        }
        for one in days
    ]
    x = alt.X(
        "yearmonthdate(week):O",
        title=None,
        axis=alt.Axis(
            format="%-d %b",
            labelAngle=0,
            labelOverlap="greedy",
            labelSeparation=12,
            domain=False,
            labelFontSize=SMALL_SIZE,
        ),
    )
    y = alt.Y("row:N", title=None, sort=list(DAYS), axis=alt.Axis(domain=False, grid=False))
    told = [alt.Tooltip("told:N", title="Day"), alt.Tooltip("words:N", title="Value")]
    back = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rect(cornerRadius=2, color=colour("band"), stroke=colour("paper"), strokeWidth=1)
        .encode(x=x, y=y)
    )
    front = (
        alt.Chart(alt.InlineData(values=[row for row in rows if not row["gap"]]))
        .mark_rect(cornerRadius=2, stroke=colour("paper"), strokeWidth=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color("colour:N", scale=None),
            opacity=alt.Opacity("strength:Q", scale=None),
            tooltip=told,
        )
    )
    gaps = (
        alt.Chart(alt.InlineData(values=[row for row in rows if row["gap"]]))
        .mark_text(text="×", color=colour("muted"), fontSize=SMALL_SIZE)
        .encode(x=x, y=y)
    )
    return alt.layer(back, front, gaps).properties(height=ROW * len(DAYS))

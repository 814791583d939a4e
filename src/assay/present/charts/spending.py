"""What each day cost, from zero, and the mean of the periods that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.axes import day_axis, height_axis
from assay.present.format import day
from assay.present.theme import SMALL_SIZE, Meaning, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

HEIGHT: Final = 240
ROOM: Final = 1.12
DOT: Final = 20
_DOLLARS: Final = "'$' + format(datum.value, ',~r')"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCost:
    """One day and what it cost in USD; `words` tell the amount."""

    day: date
    usd: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanCost:
    """The mean of the days from `first` to `last`, and words above its line."""

    first: date
    last: date
    usd: float
    words: str
    meaning: Meaning = "estimate"


def spending_chart(
    days: Sequence[DayCost], means: Sequence[MeanCost], *, axis: str
) -> alt.TopLevelMixin:
    """A dot for each day, from zero, and a line for the mean of each period.

    Args:
        days: in order of time, each day once.
        means: of periods that do not overlap.
        axis: what the numbers are, with their unit.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    top = ROOM * max((one.usd for one in days), default=0.0) or 1.0
    start, end = days[0].day, days[-1].day + timedelta(days=1)
    x = day_axis(start.isoformat(), end.isoformat())
    y = alt.Y(
        "value:Q",
        title=axis,
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=height_axis(_DOLLARS, ticks=5),
    )
    told = [alt.Tooltip("told:N", title="Day"), alt.Tooltip("words:N", title=axis)]
    layers: list[Any] = [
        alt.Chart(alt.InlineData(values=[_row(one) for one in days]))
        .mark_point(filled=True, opacity=1, size=DOT, color=colour("undecided"))
        .encode(x=x, y=y, tooltip=told)
    ]
    for place, mean in enumerate(means):
        line = alt.Chart(alt.InlineData(values=[_span(mean)]))
        layers.append(
            line.mark_rule(color=colour(mean.meaning), strokeWidth=2.5).encode(
                x=alt.X("day:T"), x2="next:T", y=y
            )
        )
        # By turns below and above their lines: on a narrow column words are wider than a period.
        beside = -10 if (len(means) - place) % 2 else 13
        at_end: dict[str, Any] = {"align": "right", "dy": beside, "fontSize": SMALL_SIZE}
        at = line.encode(x=alt.X("next:T"), y=y, text="words:N")
        layers += [
            at.mark_text(**at_end, stroke=colour("paper"), strokeWidth=4),
            at.mark_text(**at_end, color=colour("ink")),
        ]
    return alt.layer(*layers).properties(height=HEIGHT)


def _row(one: DayCost) -> dict[str, Any]:
    return {
        "day": f"{one.day.isoformat()}T12:00:00Z",
        "value": one.usd,
        "told": day(one.day),
        "words": one.words,
    }


def _span(mean: MeanCost) -> dict[str, Any]:
    return {
        "day": mean.first.isoformat(),
        "next": (mean.last + timedelta(days=1)).isoformat(),
        "value": mean.usd,
        "words": mean.words,
    }

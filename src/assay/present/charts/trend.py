"""A series as it was and as it may go on: points, the line with its band, breaks, the forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.axes import day_axis, height_axis
from assay.present.theme import PLAIN, SMALL_SIZE, Meaning, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

HEIGHT: Final = 250
ROOM: Final = 1.14
"""Height of the axis over the largest number: what is kept free for words."""
DOT: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One period: what was seen, the line with its ends; None where there is none.

    Attributes:
        adjusted: what was seen less the season; None where the series has none.
    """

    at: str
    value: float | None
    line: float | None
    low: float | None
    high: float | None
    adjusted: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A break: the interval of its date, and words that stand beside it."""

    first: str
    at: str
    last: str
    words: str
    meaning: Meaning


def trend_chart(
    spots: Sequence[Spot],
    rules: Sequence[Rule],
    ahead: Sequence[Spot],
    *,
    axis: str,
    factor: float = 1.0,
) -> alt.TopLevelMixin:
    """Points, with and without their season, the line between breaks, and what may come.

    Args:
        spots: the past, in order of time.
        rules: breaks; a band shows the interval of the date.
        ahead: the forecast: `value` with `low` and `high`.
        axis: what the numbers are, with their unit.
        factor: from the series' unit to the axis's.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    past = [_row(spot, factor) for spot in spots]
    future = [_row(spot, factor) for spot in ahead]
    seen = [row["value"] for row in past if row["value"] is not None]
    ends = [row[end] for row in (*past, *future) for end in ("low", "high") if row[end] is not None]
    low, high = min(seen + ends), max(seen + ends)
    floor = 0.0 if 0 <= low <= 0.6 * high else low - 0.05 * (high - low)
    domain = [floor, floor + ROOM * ((high - floor) or 1.0)]
    x = day_axis(past[0]["day"], (future or past)[-1]["day"])
    y = alt.Y(
        "value:Q",
        title=axis,
        scale=alt.Scale(domain=domain, nice=False, zero=False),
        axis=height_axis(PLAIN, ticks=5),
    )
    lows, highs = alt.Y("low:Q", title=axis), alt.Y2("high:Q")
    told = [alt.Tooltip("day:T", title="Period"), alt.Tooltip("value:Q", title=axis)]
    middle = past[len(past) // 2]["day"]
    places = [_rule(rule, i, floor, domain[1]) for i, rule in enumerate(rules)]
    # The line is not drawn through a break: each stretch is a piece of its own.
    lines = [
        {**row, "piece": sum(place["day"] <= row["day"] for place in places)}
        for row in past
        if row["line"] is not None
    ]

    def chart(rows: list[dict[str, Any]]) -> alt.Chart:
        return alt.Chart(alt.InlineData(values=rows))

    layers = [
        chart([row for row in places if row["first"] != row["last"]])
        .mark_rect(color=colour("band"))
        .encode(x=alt.X("first:T"), x2="last:T"),
        chart(places)
        .mark_rule(strokeDash=[4, 3])
        .encode(x=x, color=alt.Color("colour:N", scale=None)),
        chart([row for row in past if row["value"] is not None])
        .mark_point(filled=True, size=DOT, opacity=0.8, color=colour("undecided"))
        .encode(x=x, y=y, tooltip=told),
        chart([row for row in past if row["adjusted"] is not None])
        .mark_line(color=colour("muted"), strokeWidth=0.8, opacity=0.7)
        .encode(x=x, y=alt.Y("adjusted:Q", title=axis)),
        chart(lines)
        .mark_area(color=colour("estimate"), opacity=0.18)
        .encode(x=x, y=lows, y2=highs, detail="piece:N"),
        chart(lines)
        .mark_line(color=colour("estimate"), strokeWidth=2)
        .encode(x=x, y=alt.Y("line:Q", title=axis), detail="piece:N"),
        chart(future)
        .mark_area(color=colour("attention"), opacity=0.2)
        .encode(x=x, y=lows, y2=highs),
        chart(future)
        .mark_line(color=colour("attention"), strokeWidth=2, strokeDash=[5, 3])
        .encode(x=x, y=y, tooltip=told),
        *(
            chart([row])
            .mark_text(
                align="left" if row["day"] < middle else "right",
                baseline="top",
                dx=6 if row["day"] < middle else -6,
                fontSize=SMALL_SIZE,
                fontWeight=600,
            )
            .encode(x=x, y=alt.Y("top:Q"), text="words:N", color=alt.Color("colour:N", scale=None))
            for row in places
        ),
    ]
    return alt.layer(*layers).properties(height=HEIGHT)


def _row(spot: Spot, factor: float) -> dict[str, Any]:
    def times(value: float | None) -> float | None:
        return None if value is None else factor * value

    return {
        "day": f"{spot.at}Z",
        "value": times(spot.value),
        "line": times(spot.line),
        "low": times(spot.low),
        "high": times(spot.high),
        "adjusted": times(spot.adjusted),
    }


def _rule(rule: Rule, place: int, floor: float, top: float) -> dict[str, Any]:
    return {
        "first": f"{rule.first}Z",
        "day": f"{rule.at}Z",
        "last": f"{rule.last}Z",
        "words": rule.words,
        "colour": colour(rule.meaning),
        "top": top - (0.075 * (place % 3)) * (top - floor),
    }

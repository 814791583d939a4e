"""Many values of one quantity as points on a line, one line per source, about a value aimed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assay.present.theme import CHARACTER, NARROW, SMALL_SIZE, TEXT_SIZE, Meaning, colour

if TYPE_CHECKING:
    import altair as alt

ROW: Final = 64
_TOP: Final = 0.2
_MIDDLE: Final = 0.64
"""Places in a row of the words and of the points."""
_ALONE: Final = 90
"""Size of a point that is the only one on its line."""
_SPREAD: Final = 0.34
"""Part of a row's height over which points are set apart, so that equal ones do not hide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One line of points.

    Attributes:
        label: who made them.
        note: what is to be said of them, in a few words.
    """

    label: str
    note: str
    values: Sequence[float]
    meaning: Meaning


def strip_chart(
    strips: Sequence[Strip], *, axis: str, aim: float, band: tuple[float, float]
) -> alt.TopLevelMixin:
    """A line of points per source over one scale, with the value aimed at and a band about it.

    Args:
        strips: from top to bottom.
        axis: what is drawn, with its unit.
        aim: where the points should lie.
        band: about it, what counts as there.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    every = [value for strip in strips for value in strip.values]
    low, high = min(every), max(*every, band[1])
    pad = 0.03 * (high - low)
    domain = [low - pad, high + pad]
    room = max(len(strip.label) for strip in strips) * TEXT_SIZE * CHARACTER + 16
    x = alt.X(
        "x:Q",
        title=axis,
        scale=alt.Scale(
            domain=domain,
            nice=False,
            zero=False,
            range=[alt.ExprRef(f"{NARROW} ? 8 : {room:.0f}"), alt.ExprRef("width - 8")],
        ),
        axis=alt.Axis(grid=False, labelFlush=False, tickCount=alt.ExprRef(f"{NARROW} ? 5 : 9")),
    )
    tall = ROW * len(strips)
    lines = alt.Scale(domain=[0, len(strips)], reverse=True, nice=False)
    y = alt.Y("y:Q", axis=None, scale=lines)
    points = [
        {
            "x": value,
            "y": row + _MIDDLE + (_SPREAD * (_spaced(i) - 0.5) if len(strip.values) > 1 else 0.0),
            "colour": colour(strip.meaning),
            "size": 22 if len(strip.values) > 1 else _ALONE,
            "opacity": 0.55 if len(strip.values) > 1 else 1.0,
        }
        for row, strip in enumerate(strips)
        for i, value in enumerate(strip.values)
    ]
    named = [
        {"label": strip.label, "note": strip.note, "y": row + _MIDDLE, "top": row + _TOP}
        for row, strip in enumerate(strips)
    ]
    return alt.layer(
        alt.Chart(alt.InlineData(values=[{"x": band[0], "end": band[1]}]))
        .mark_rect(color=colour("band"))
        .encode(x=x, x2="end:Q"),
        alt.Chart(alt.InlineData(values=[{"x": aim}])).mark_rule(color=colour("ink")).encode(x=x),
        alt.Chart(alt.InlineData(values=points))
        .mark_point(shape="circle", filled=True)
        .encode(
            x=x,
            y=y,
            color=alt.Color("colour:N", scale=None),
            size=alt.Size("size:Q", scale=None),
            opacity=alt.Opacity("opacity:Q", scale=None),
        ),
        alt.Chart(alt.InlineData(values=named))
        .mark_text(align="left", baseline="middle", fontSize=TEXT_SIZE, fontWeight=600)
        .encode(
            x=alt.value(0),
            y=y,
            text="label:N",
            opacity=alt.value(alt.ExprRef(f"{NARROW} ? 0 : 1")),
        ),
        alt.Chart(alt.InlineData(values=named))
        .transform_calculate(words=f"({NARROW} ? datum.label + ': ' : '') + datum.note")
        .mark_text(align="left", baseline="middle", fontSize=SMALL_SIZE, color=colour("muted"))
        .encode(
            x=alt.value(alt.ExprRef(f"{NARROW} ? 8 : {room:.0f}")),
            y=alt.Y("top:Q", axis=None, scale=lines),
            text="words:N",
        ),
    ).properties(height=tall)


def _spaced(i: int) -> float:
    """Numbers in 0–1 that fill it evenly, the same ones each time (van der Corput, base 2)."""
    found, step = 0.0, 0.5
    while i:
        found += step * (i & 1)
        i >>= 1
        step /= 2
    return found

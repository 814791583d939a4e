"""What could be seen after so many weeks: a falling line, what is aimed at, and where they meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.present.charts.axes import height_axis
from assay.present.theme import NARROW, PLAIN, SMALL_SIZE, TEXT_SIZE, Meaning, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

HEIGHT: Final = 280
TALLEST: Final = 4.0
"""Multiples of the aim that the axis shows; what lies above is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveStep:
    """One place along the line.

    Attributes:
        x: weeks, say.
        y: height of the line there, None where it has none.
        other: height of a second, paler line.
        guessed: lies beyond what was seen, and is drawn dashed.
        words: told when pointed at.
    """

    x: float
    y: float | None
    other: float | None = None
    guessed: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveMark:
    """Where the line reaches the aim: its place, and words beside it."""

    x: float
    y: float
    words: str
    meaning: Meaning = "better"


def curve_chart(  # noqa: PLR0913  a line, what it is held against, and its words
    steps: Sequence[CurveStep],
    *,
    aim: float,
    aim_words: str,
    mark: CurveMark | None,
    x_axis: str,
    y_axis: str,
    other_words: str = "",
) -> alt.TopLevelMixin:
    """A line from step to step, a level line for the aim, and a mark where the line reaches it.

    Heights are from zero, since lengths are compared.
    """
    import altair as alt  # noqa: PLC0415  costs a second; only where something is drawn

    heights = [v for s in steps for v in (s.y, s.other) if v is not None]
    top = min(max([*heights, 1.25 * aim]), TALLEST * aim) * 1.08
    last = max(s.x for s in steps)
    x = alt.X(
        "x:Q",
        title=x_axis,
        scale=alt.Scale(domain=[0, 1.04 * last], nice=False),
        axis=alt.Axis(
            grid=False, tickMinStep=1, format="d", tickCount=alt.ExprRef(f"{NARROW} ? 5 : 10")
        ),
    )
    y = alt.Y(
        "y:Q",
        title=y_axis,
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=height_axis(PLAIN, ticks=5),
    )
    seen = [s for s in steps if s.y is not None and not s.guessed]
    guessed = [s for s in steps if s.y is not None and s.guessed]
    joint = [*seen[-1:], *guessed] if guessed else []
    layers: list[alt.Chart] = [
        alt.Chart(_data(alt, [{"y": aim}]))
        .mark_rule(color=colour("muted"), strokeDash=[4, 4])
        .encode(y=y),
        alt.Chart(_data(alt, [{"x": last, "y": aim, "words": aim_words}]))
        .mark_text(align="right", dy=-7, fontSize=SMALL_SIZE, color=colour("muted"))
        .encode(x=x, y=y, text="words:N"),
    ]
    other = [{"x": s.x, "y": s.other} for s in steps if s.other is not None]
    if other and other_words:
        layers += [
            _line(alt, other, x, y, "undecided", dash=[1, 0]),
            alt.Chart(_data(alt, [other[-1] | {"words": other_words}]))
            .mark_text(align="right", dy=-8, fontSize=SMALL_SIZE, color=colour("muted"))
            .encode(x=x, y=y, text="words:N"),
        ]
    layers += [
        _line(alt, [{"x": s.x, "y": s.y} for s in part], x, y, "estimate", dash=dash)
        for part, dash in ((seen, [1, 0]), (joint, [5, 4]))
        if len(part) > 1
    ]
    points = [{"x": s.x, "y": s.y, "words": s.words} for s in [*seen, *guessed]]
    layers.append(
        alt.Chart(_data(alt, points))
        .mark_point(filled=True, size=46, opacity=1, clip=True, color=colour("estimate"))
        .encode(x=x, y=y, tooltip=[alt.Tooltip("words:N", title="What could be seen")])
    )
    if mark is not None:
        layers += [
            alt.Chart(_data(alt, [{"x": mark.x, "y": mark.y}]))
            .mark_point(
                filled=True,
                size=170,
                opacity=1,
                color=colour(mark.meaning),
                stroke=colour("paper"),
                strokeWidth=2,
            )
            .encode(x=x, y=y),
            alt.Chart(_data(alt, [{"x": mark.x, "y": mark.y, "words": mark.words}]))
            .mark_text(
                align="center",
                dy=22,
                fontSize=TEXT_SIZE,
                fontWeight=600,
                color=colour("ink"),
            )
            .encode(x=x, y=y, text="words:N"),
        ]
    return alt.layer(*layers).properties(height=HEIGHT)


def _line(  # noqa: PLR0913, PLR0917  private: a line and how it is drawn
    alt: Any,  # noqa: ANN401  the module itself
    rows: list[dict[str, Any]],
    x: Any,  # noqa: ANN401
    y: Any,  # noqa: ANN401
    meaning: Meaning,
    dash: list[int],
) -> Any:  # noqa: ANN401
    return (
        alt.Chart(_data(alt, rows))
        .mark_line(strokeWidth=2.5, strokeDash=dash, clip=True, color=colour(meaning))
        .encode(x=x, y=y)
    )


def _data(alt: Any, rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401  the module itself
    return alt.InlineData(values=rows)

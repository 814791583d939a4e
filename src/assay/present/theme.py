"""One look for every chart: colours by meaning, one typeface, sizes.

A chart names meanings, never colours. Each meaning has one colour on light paper and one on dark,
and no two share one, so that a page can turn a finished chart dark by replacing colour by colour:
the pairs travel with the chart, in its `usermeta`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from assay.core.language import current

if TYPE_CHECKING:
    from assay.core.finding import Tone

Meaning = Literal[
    "ink",
    "muted",
    "estimate",
    "better",
    "worse",
    "attention",
    "undecided",
    "band",
    "grid",
    "paper",
]


@dataclass(frozen=True, slots=True)
class Ink:
    """One meaning's colour on light and on dark paper."""

    light: str
    dark: str


PALETTE: Final[dict[Meaning, Ink]] = {
    "ink": Ink("#1f2430", "#e8ebf1"),
    "muted": Ink("#667085", "#a3adbf"),
    "estimate": Ink("#2458b8", "#7fa8f5"),
    "better": Ink("#1b7f5c", "#4fc296"),
    "worse": Ink("#b3403a", "#f08a83"),
    "attention": Ink("#c98a1b", "#e3ae4f"),
    "undecided": Ink("#98a2b3", "#8490a6"),
    "band": Ink("#eef1f6", "#272e3c"),
    "grid": Ink("#e6e8ee", "#2c3342"),
    "paper": Ink("#ffffff", "#14181f"),
}

TONES: Final[dict[Meaning, Tone]] = {
    "better": "good",
    "worse": "bad",
    "attention": "attention",
}

FONT: Final = "Open Sans, system-ui, sans-serif"
TEXT_SIZE: Final = 13
SMALL_SIZE: Final = 11.5
CHARACTER: Final = 0.58
"""Mean width of a character over the type's size: what is kept free for words."""
BOLD: Final = 1.07
"""How much wider bold type is."""
PAPER_WIDTH: Final = 720
"""Pixels of a chart where nothing tells it how wide its column is: on paper, without scripts."""
NARROW_WIDTH: Final = 480
NARROW: Final = f"width < {NARROW_WIDTH}"
"""Vega expression: the chart stands in a phone's column, and labels move above their marks."""
PLAIN: Final = "format(datum.value, ',~r')"
"""Vega expression: a number on an axis, its digits written as in the text."""
SIGNED: Final = "datum.value == 0 ? '0' : format(datum.value, '+,~r')"
"""The same for a change: with its sign."""


def colour(meaning: Meaning) -> str:
    """The colour on light paper; the page exchanges it on dark."""
    return PALETTE[meaning].light


def tone(meaning: Meaning) -> Tone:
    """The tone of words that stand beside a mark of this meaning."""
    return TONES.get(meaning, "neutral")


def dressed(spec: dict[str, Any]) -> dict[str, Any]:
    """The Vega-Lite specification with the house's look, and its dark colours beside it."""
    text = {"labelColor": colour("muted"), "titleColor": colour("muted")}
    return {
        **spec,
        "background": None,
        "padding": {"left": 2, "right": 2, "top": 4, "bottom": 2},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": {
            "font": FONT,
            "aria": False,
            "view": {"stroke": None},
            "locale": current().vega,
            "axis": {
                **text,
                "labelFontSize": SMALL_SIZE,
                "titleFontSize": SMALL_SIZE,
                "titleFontWeight": "normal",
                "titlePadding": 8,
                "labelPadding": 6,
                "gridColor": colour("grid"),
                "domainColor": colour("grid"),
                "tickColor": colour("grid"),
                "ticks": False,
            },
            "text": {"color": colour("ink"), "fontSize": TEXT_SIZE},
        },
        "usermeta": {"assay": {"dark": {ink.light: ink.dark for ink in PALETTE.values()}}},
    }

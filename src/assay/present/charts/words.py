"""The words of a row: at either side of its mark, and above it where the column is narrow."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final, Literal

from assay.present.theme import (
    BOLD,
    CHARACTER,
    NARROW_WIDTH,
    SMALL_SIZE,
    TEXT_SIZE,
    colour,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_SMALL: Final = frozenset({"note", "verdict"})
"""Second lines; what the others are called stands in bold."""
_RIGHT: Final = frozenset({"figures", "verdict"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Pixels that words take at either side, and the condition under which they move above."""

    left: int
    right: int
    narrow: str

    @classmethod
    def of(cls, left: int, right: int, *, drawn: int) -> Sides:
        """Those of words so wide, beside marks that need so many pixels."""
        return cls(
            left=left, right=right, narrow=f"width < {max(NARROW_WIDTH, left + right + drawn)}"
        )

    def either(self, narrow: str | float, wide: str | float) -> str:
        """One expression on a narrow column, another on a wide one."""
        return f"{self.narrow} ? {narrow} : {wide}"

    def range(self, edge: int) -> list[str]:
        """Where the axis begins and ends; `edge` is kept free on a narrow column."""
        return [
            self.either(edge, self.left),
            self.either(f"width - {edge}", f"width - {self.right}"),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One line of words, as expressions.

    Attributes:
        limit: pixels after which it ends in dots.
        dy: below the middle of the row.
        opacity: None where it always shows.
    """

    field: Literal["label", "note", "figures", "verdict"]
    limit: str
    dy: str
    opacity: str | None = None


def word_layers(alt: Any, base: Any, words: Sequence[Word]) -> list[Any]:  # noqa: ANN401  Altair's own
    """A layer of text for each line: label and note at the left end, figures and verdict right."""
    layers = []
    for word in words:
        small, right = word.field in _SMALL, word.field in _RIGHT
        shown = {} if word.opacity is None else {"opacity": alt.ExprRef(word.opacity)}
        layers.append(
            base.mark_text(
                align="right" if right else "left",
                baseline="middle",
                limit=alt.ExprRef(word.limit),
                dy=alt.ExprRef(word.dy),
                fontSize=SMALL_SIZE if small else TEXT_SIZE,
                fontWeight=400 if small else 600,
                color=colour("muted" if small else "ink"),
                **shown,
            ).encode(x=alt.value("width") if right else alt.value(0), text=f"{word.field}:N")
        )
    return layers


def row_words(sides: Sides, *, figures: int) -> list[Word]:
    """Label, note and figures; on a narrow column they stand in the upper half, without the note.

    Args:
        sides: where they stand.
        figures: pixels that figures may take on a wide column.
    """
    beside = {"label": "(datum.note ? -8 : 0)", "note": "(8)", "figures": "(0)"}
    above = f"width - {sides.right}"
    limits = {"label": (above, sides.left - 12), "note": (above, sides.left - 12)}
    limits["figures"] = (str(sides.right), figures)
    return [
        Word(
            field=field,
            limit=sides.either(*limits[field]),
            dy=sides.either(-9, beside[field]),
            opacity=sides.either(0, 1) if field == "note" else None,
        )
        for field in ("label", "note", "figures")
    ]


def room(first: Sequence[str], second: Sequence[str], *, widest: int) -> int:
    """Pixels that first lines (bold) and second ones (small) need, `widest` at most."""
    lengths = [len(text) * TEXT_SIZE * BOLD for text in first] + [
        len(text) * SMALL_SIZE for text in second
    ]
    return min(widest, ceil(CHARACTER * max(lengths, default=0)) + 20)

"""What was checked before a page is believed, as its section and table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.present.blocks import Cell, Mark, Section, Table
from assay.present.prose.words import capital, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.core.finding import Tone

_HEADING: Final = "Can it be trusted"
_COLUMNS: Final = (("Check", "left"), ("Found", "left"), ("", "left"))
_MARKS: Final[dict[str, tuple[str, str]]] = {
    "good": ("holds", "✓"),
    "attention": ("mind", "!"),
    "neutral": ("as it is", "·"),
    "bad": ("fails", "✕"),
}


def checked_blocks(
    title: str, lead: str, checks: Sequence[tuple[str, str, Tone]]
) -> tuple[Section | Table, ...]:
    """Checks that hold or not: what, what was found, and how that is."""
    rows: list[list[Cell]] = [
        [capital(what), found, Mark(_MARKS[tone][0], tone, _MARKS[tone][1])]
        for what, found, tone in checks
    ]
    return (
        Section(_HEADING, title, lead),
        Table("What was looked at before any of this is believed.", _COLUMNS, rows),
    )


def judged_blocks(rows: Sequence[tuple[str, str, str, Tone]]) -> tuple[Section | Table, ...]:
    """Checks with a verdict each in its own words: what, what was found, the verdict, its tone."""
    doubts = sum(tone == "attention" for *_, tone in rows)
    title = (
        f"{capital(counted(doubts, 'check'))} to keep in mind"
        if doubts
        else "No check speaks against it"
    )
    table: list[list[Cell]] = [
        [what, found, Mark(verdict, tone)] for what, found, verdict, tone in rows
    ]
    return (
        Section(_HEADING, title),
        Table("What was checked, what was found, and what it means.", _COLUMNS, table),
    )

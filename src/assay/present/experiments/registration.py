"""What was registered before the start, and what was changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Note, Section, Table
from assay.present.format import NOTHING, day
from assay.present.prose.experiments import registration as prose

if TYPE_CHECKING:
    from assay.present.blocks import Cell
    from assay.present.experiments.sections import Block

NAV: Final = "As registered"


def registration_blocks(record: dict[str, Any]) -> tuple[Block, ...]:
    """What was registered before the start, and every change since; nothing without either."""
    told = record.get("registration")
    if told is None:
        return ()
    heading, lead = prose.heading(told)
    section = Section(NAV, heading, lead)
    notes = tuple(Note(text, "attention") for text in prose.remarks(told))
    if not told["deviations"]:
        return (section, *notes)
    rows: list[list[Cell]] = [
        [
            one["field"].replace("_", " "),
            prose.value(one["before"]),
            prose.value(one["after"]),
            day(one["first_seen"]) if one["first_seen"] else NOTHING,
        ]
        for one in told["deviations"]
    ]
    table = Table(
        "What the registration says otherwise than at the start. The report follows what it says "
        "now.",
        (("Field", "left"), ("Registered", "left"), ("Now", "left"), ("First seen", "left")),
        rows,
    )
    return (section, table, *notes)

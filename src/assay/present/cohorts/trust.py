"""Whether the report on cohorts can be trusted: forecasts made earlier, and what does not count."""

from __future__ import annotations

from typing import Any

from assay.present.blocks import Cell, Mark, Section, Table
from assay.present.prose.cohorts_trust import trust_rows
from assay.present.prose.words import capital, counted

Json = dict[str, Any]


def trust_blocks(record: Json) -> tuple[Section | Table, ...]:
    """What was checked, and what was left out."""
    rows = trust_rows(record)
    doubts = sum(tone == "attention" for *_, tone in rows)
    heading = (
        f"{capital(counted(doubts, 'check'))} to keep in mind"
        if doubts
        else "No check speaks against it"
    )
    table: list[list[Cell]] = [
        [what, found, Mark(verdict, tone)] for what, found, verdict, tone in rows
    ]
    return (
        Section("Can it be trusted", heading),
        Table(
            "What was checked, what was found, and what it means.",
            (("Check", "left"), ("Found", "left"), ("", "left")),
            table,
        ),
    )

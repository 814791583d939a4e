"""Rows for a terminal, a pull request, a table of numbers, a program: one listing, four forms."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, Final, Literal

from assay.core.errors import ParameterError

Json = dict[str, Any]
Form = Literal["table", "json", "csv", "md"]
FORMS: Final[tuple[Form, ...]] = ("table", "json", "csv", "md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as people read it: its label, and whether it holds numbers."""

    label: str
    number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a command found, for people and for programs.

    Attributes:
        title: a sentence above the rows.
        facts: what a program gets beside the rows.
        columns, cells: the rows as they are printed.
        rows: the same as plain values, all with the same keys.
        notes: sentences below the rows.
    """

    title: str
    facts: Mapping[str, Any]
    columns: Sequence[Column]
    cells: Sequence[Sequence[str]]
    keys: Sequence[str]
    rows: Sequence[Json]
    notes: Sequence[str] = field(default=())


def check_form(form: str) -> Form:
    """The form of that name.

    Raises:
        ParameterError: where there is no such form.
    """
    for one in FORMS:
        if form == one:
            return one
    raise ParameterError(f"--format {form}", remedy=f"one of {', '.join(FORMS)}")


def listed(listing: Listing, form: Form) -> str:
    """The listing in one of the forms, without a line feed at its end."""
    if form == "json":
        body = {**listing.facts, "rows": list(listing.rows), "notes": list(listing.notes)}
        return json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False)
    if form == "csv":
        return _csv(listing)
    lines = _markdown(listing) if form == "md" else _table(listing)
    blank = [""] if form == "md" else []
    notes = [part for note in listing.notes for part in (*blank, note)]
    return "\n".join([listing.title, *blank, *lines, *notes])


def _csv(listing: Listing) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, list(listing.keys), lineterminator="\n")
    writer.writeheader()
    writer.writerows(listing.rows)
    return text.getvalue().rstrip("\n")


def _table(listing: Listing) -> list[str]:
    if not listing.cells:
        return []
    lines = [[column.label for column in listing.columns], *listing.cells]
    widths = [max(len(line[i]) for line in lines) for i in range(len(listing.columns))]
    return [
        "  ".join(
            cell.rjust(width) if column.number else cell.ljust(width)
            for cell, column, width in zip(line, listing.columns, widths, strict=True)
        ).rstrip()
        for line in lines
    ]


def _markdown(listing: Listing) -> list[str]:
    if not listing.cells:
        return []
    head = [column.label for column in listing.columns]
    ruler = ["---:" if column.number else "---" for column in listing.columns]
    return [_piped(line) for line in (head, ruler, *listing.cells)]


def _piped(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

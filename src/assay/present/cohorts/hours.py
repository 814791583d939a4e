"""When users are active, and how all of it was done."""

from __future__ import annotations

from typing import Any, Final, Literal

from assay.present.blocks import Details, Note, Section, Table
from assay.present.charts.cells import GridCell, grid_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, SPACE, count
from assay.present.prose import cohorts as words
from assay.present.prose.cohorts import figures
from assay.present.prose.words import capital

Json = dict[str, Any]
Block = Section | Figure | Table | Note
Columns = tuple[tuple[str, Literal["left", "right"]], ...]
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def habit_blocks(record: Json) -> tuple[Block, ...]:
    """When users are active: all of them, whoever differs most; and how even their days are."""
    habits = record["habits"]
    if not habits:
        return ()
    whole, rule = habits[0], record["habit_rule"]
    office = f"{rule['office_from']} to {rule['office_to']}"
    night = f"{rule['night_from']} to {rule['night_to']}"
    heading = (
        f"{figures(whole['office'])} of use is on weekdays from {office}, "
        f"{figures(whole['nights'])} from {night}"
    )
    lead = f"Hours of {record['time_zone']}; every user is one voice, however busy."
    blocks: list[Block] = [Section("Habits", heading, lead)]
    blocks += [_grid(whole), *(_grid(one) for one in _unlike(habits))]
    rows = [
        (
            one["group"] or "all users",
            count(one["users"]),
            figures(one["office"]),
            figures(one["nights"]),
            figures(one["weekends"]),
        )
        for one in habits
    ]
    columns: Columns = (
        (capital(record["by"].replace("_", " ")) or "Users", "left"),
        ("Users", "right"),
        (f"Weekdays {office}", "right"),
        (night, "right"),
        ("Weekends", "right"),
    )
    blocks.append(Table("Shares of use.", columns, rows))
    if any(one["even"] for one in habits):
        blocks.append(_spacing(record, habits))
    return tuple(blocks)


def _spacing(record: Json, habits: list[Json]) -> Table:
    rows = [
        (
            one["group"] or "all users",
            count(one["paced"]),
            figures(one["even"]),
            figures(one["bursty"]),
        )
        for one in habits
        if one["even"]
    ]
    columns: Columns = (
        (capital(record["by"].replace("_", " ")) or "Users", "left"),
        ("Users", "right"),
        ("Evenly spaced", "right"),
        ("In bursts", "right"),
    )
    caption = (
        "Of users with enough active days: shares whose gaps between these are more even than "
        "chance, or come in bursts."
    )
    return Table(caption, columns, rows)


def _unlike(habits: list[Json]) -> list[Json]:
    """The group whose hours differ most from those of all, where intervals are apart; else none.

    Others are told by the table alone.
    """
    whole = habits[0]
    parts = ("office", "nights", "weekends")

    def off(one: Json) -> float:
        return max(
            abs(float(one[part]["value"]) - float(whole[part]["value"]))
            for part in parts
            if one[part]["low"] > whole[part]["high"] or one[part]["high"] < whole[part]["low"]
        )

    unlike = [
        one
        for one in habits[1:]
        if any(
            one[part]["low"] > whole[part]["high"] or one[part]["high"] < whole[part]["low"]
            for part in parts
        )
    ]
    return [max(unlike, key=off)] if unlike else []


def _grid(one: Json) -> Figure:
    most = max((cell["share"]["value"] for cell in one["hours"] if cell["share"]), default=1.0)
    cells = [
        GridCell(
            row=WEEKDAYS[cell["weekday"]],
            column=f"{cell['hour']}",
            strength=0.0 if cell["share"] is None else cell["share"]["value"] / (most or 1.0),
            words=NOTHING if cell["share"] is None else figures(cell["share"]),
            state="hidden" if cell["share"] is None else "told",
        )
        for cell in one["hours"]
    ]
    top = max((c for c in one["hours"] if c["share"]), key=lambda c: float(c["share"]["value"]))
    peak = f"{WEEKDAYS[top['weekday']]} {top['hour']}{SPACE}h"
    whom = f"{capital(one['group'])}, whose hours differ most" if one["group"] else "All users"
    return Figure(
        grid_chart(
            cells, rows=list(WEEKDAYS), columns=[f"{hour}" for hour in range(24)], across="hour"
        ),
        f"{whom}: share of use by hour of the week, fullest at {peak} with "
        f"{PERCENT.number(most, 1)} ({count(one['users'])} users). A cross: too few users.",
        f"{whom}: most active on {peak}, {figures(top['share'])} of use; on weekdays in office "
        f"hours {figures(one['office'])}, at night {figures(one['nights'])}, at weekends "
        f"{figures(one['weekends'])}.",
    )


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", words.method(record))

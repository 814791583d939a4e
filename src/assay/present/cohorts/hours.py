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
GRIDS: Final = 6
"""Groups whose hours are drawn, all users being one."""


def habit_blocks(record: Json) -> tuple[Block, ...]:
    """When users are active: a grid for each group, and how even their days are."""
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
    blocks += [_grid(one) for one in habits[:GRIDS]]
    rows = [
        (
            one["group"] or "all users",
            count(one["users"]),
            figures(one["office"]),
            figures(one["nights"]),
            figures(one["weekends"]),
            _or_nothing(one["even"]),
            _or_nothing(one["bursty"]),
        )
        for one in habits
    ]
    columns: Columns = (
        (capital(record["by"].replace("_", " ")) or "Users", "left"),
        ("Users", "right"),
        (f"Weekdays {office}", "right"),
        (night, "right"),
        ("Weekends", "right"),
        ("Evenly spaced", "right"),
        ("In bursts", "right"),
    )
    caption = (
        "Shares of use, and shares of users with enough active days whose gaps between these are "
        "more even than chance, or come in bursts."
    )
    return *blocks, Table(caption, columns, rows)


def _or_nothing(share: float | None) -> str:
    return NOTHING if share is None else PERCENT.number(share, 0)


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
    whom = capital(one["group"]) or "All users"
    return Figure(
        grid_chart(
            cells, rows=list(WEEKDAYS), columns=[f"{hour}" for hour in range(24)], across="hour"
        ),
        f"{whom}: share of use by hour of the week, fullest at {peak} with "
        f"{PERCENT.number(most, 1)}. A cross: too few users.",
        f"{whom}: most active on {peak}, {figures(top['share'])} of use.",
    )


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", words.method(record))

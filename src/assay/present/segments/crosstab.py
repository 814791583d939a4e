"""Who uses it for what: persons by two columns, as grids."""

from __future__ import annotations

from typing import Any, Final

from assay.present.blocks import Note, Section
from assay.present.charts.cells import GridCell, grid_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, count
from assay.present.prose.cohorts import figures
from assay.present.prose.segments import crossed as words
from assay.present.prose.words import shortened

Json = dict[str, Any]
Block = Section | Figure | Note

_LABEL: Final = 14


def cross_blocks(record: Json) -> tuple[Block, ...]:
    """A grid of each two columns; why not, where none is told; nothing where none was asked for."""
    told = record["uses"]
    if not (told["crossed"] or told["reason"]):
        return ()
    section = Section("Who uses it for what", *words.cross_head(record))
    if told["crossed"] is None:
        return (section,)
    return section, *(_grid(one, record) for one in told["crossed"]["tables"])


def _grid(one: Json, record: Json) -> Figure:
    rows = list(dict.fromkeys(cell["row"] for cell in one["cells"]))
    columns = list(dict.fromkeys(cell["column"] for cell in one["cells"]))
    totals = {
        each["value"]: each["persons"]
        for each in record["uses"]["crossed"]["totals"]
        if each["name"] == one["rows"]
    }
    labels = {row: _row(row, totals.get(row)) for row in rows}
    cells = [
        GridCell(
            row=labels[cell["row"]],
            column=shortened(cell["column"], _LABEL),
            strength=0.0 if cell["share"] is None else cell["share"]["value"],
            figure="" if cell["share"] is None else PERCENT.bare(cell["share"]["value"], 0),
            words=NOTHING
            if cell["share"] is None
            else f"{figures(cell['share'])} of the row; {count(cell['persons'])} "
            f"{words.persons(record)}",
            state="hidden" if cell["share"] is None else "told",
        )
        for cell in one["cells"]
    ]
    return Figure(
        grid_chart(
            cells,
            rows=list(labels.values()),
            columns=[shortened(name, _LABEL) for name in columns],
            across=words.column(one["columns"]),
            down=words.column(one["rows"]),
        ),
        words.table_caption(one, record),
        _alt(one),
    )


def _row(name: str, persons: int | None) -> str:
    return name if persons is None else f"{name} ({count(persons)})"


def _alt(one: Json) -> str:
    told = []
    for row in dict.fromkeys(cell["row"] for cell in one["cells"]):
        most = max(
            (cell for cell in one["cells"] if cell["row"] == row and cell["share"] is not None),
            key=lambda cell: float(cell["share"]["value"]),
            default=None,
        )
        if most is not None:
            told.append(f"{row}: mostly {most['column']} {figures(most['share'])}")
    return f"Shares of {words.pair(one)}. {'; '.join(told) or 'All shares are withheld'}."

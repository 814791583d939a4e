"""A table as HTML: head, rows, and the box that it scrolls in.

Written without templates, since a table may have thousands of rows.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from markupsafe import Markup as Safe

from assay.workbench.render.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assay.workbench.render.blocks import Cell, Column, Table
    from assay.workbench.render.words import Say

ELLIPSES: Final = frozenset({"…", "...", "⋮"})
TALL: Final = 40
"""Rows from which on a table scrolls in its own box; as many stand on paper."""
WIDE: Final = 3
"""Columns from which on the first stays where it is on a phone."""
BROAD: Final = 8
"""Columns from which on it does so on any screen; up to them a phone stacks the cells of a row."""

_LONG: Final = 16
"""Letters of a verdict from which on it may take two lines."""


def table_html(table: Table, name: str, say: Say) -> Safe:
    """The table with its caption; `name` is "Table 1", "" where it has no number."""
    place = table.label or name.lower().replace(" ", "-")
    opening = (
        f'<div class="table" id="{_text(place)}" data-name="{_text(name)}">'
        if name
        else ('<div class="table">')
    )
    caption = ""
    if name:
        said = f"<b>{_text(name)}.</b> {_text(table.caption)}"
        caption = f'<caption id="{_text(place)}-caption"><span>{said}</span></caption>\n'
    head = "".join(_head(column) for column in table.columns)
    body = "\n".join(_row(row, table) for row in table.rows)
    return Safe(  # noqa: S704  every text in it is escaped
        f"{opening}\n{_box(table, name, place)}<table>\n{caption}<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table></div>\n{_count(table, say)}</div>"
    )


def left_out(table: Table, say: Say) -> str:
    """What paper says of the rows that do not stand on it, "" where all do."""
    total = table.total or len(table.rows)
    left = total - _given(table.rows[:TALL])
    if not left or total <= TALL:
        return ""
    words = "… {} more rows in the page" if total == len(table.rows) else "… {} more rows"
    return say(words).format(say.count(left))


def _given(rows: Sequence[Sequence[Cell]]) -> int:
    """How many rows there are, without those that only say that others were left out."""
    return sum(any(cell.text not in ELLIPSES for cell in row) for row in rows)


def _box(table: Table, name: str, place: str) -> str:
    tall = len(table.rows) > TALL
    columns = len(table.columns)
    kinds = [
        "scroll",
        *["tall"] * tall,
        *["wide"] * (columns > WIDE),
        *["broad"] * (columns > BROAD),
        *["stack"] * _stacks(table),
    ]
    box = f'<div class="{" ".join(kinds)}"'
    if tall:
        labels = ", ".join(column.label for column in table.columns if column.label)
        said = (
            f'aria-labelledby="{_text(place)}-caption"'
            if name
            else (f'aria-label="Table: {_text(labels)[:200]}"')
        )
        box += f' role="region" {said} tabindex="0"'
    return f"{box}>"


def _stacks(table: Table) -> bool:
    """Whether a phone has the cells of a row one after another, each with its column's name."""
    return WIDE < len(table.columns) <= BROAD and len(table.rows) <= TALL and table.heads is None


def _head(column: Column) -> str:
    if not column.label:
        return "<td></td>"
    return f'<th scope="col" class="{column.align}">{_text(column.label)}</th>'


def _row(row: Iterable[Cell], table: Table) -> str:
    cells = enumerate(zip(row, table.columns, strict=True))
    named = _stacks(table)
    told = (_cell(cell, column, i, table.heads, named=named) for i, (cell, column) in cells)
    return f"<tr>{''.join(told)}</tr>"


def _cell(cell: Cell, column: Column, number: int, heads: int | None, *, named: bool) -> str:
    text = _text(cell.text)
    if cell.tag:
        mark = f"{_text(cell.mark)}\u00a0" if cell.mark else ""
        text = f'<span class="tag tone-{cell.tone}">{mark}{text}</span>'
    elif cell.tone != "neutral" or cell.mark:
        mark = f"{_text(cell.mark)} " if cell.mark else ""
        wraps = " long" if len(cell.text) > _LONG else ""
        text = f'<span class="told{wraps} tone-{cell.tone}">{mark}{text}</span>'
    head = (column.align == "left" and number == 0) if heads is None else number < heads
    if head and cell.text:
        return f'<th scope="row" class="{column.align}">{text}</th>'
    label = f' data-label="{_text(column.label)}"' if named and column.label else ""
    return f'<td class="{column.align}"{label}>{text}</td>'


def _count(table: Table, say: Say) -> str:
    shown, total = _given(table.rows), table.total or len(table.rows)
    lines = []
    if total > shown:
        said = say("{} of {} rows").format(say.count(shown), say.count(total))
        lines.append(f'<p class="fine">{said}.</p>\n')
    elif shown > TALL:
        lines.append(f'<p class="fine rows">{say("{} rows").format(say.count(total))}.</p>\n')
    if shown > TALL:
        lines.append(f'<p class="fine more">{left_out(table, say)}</p>\n')
    return "".join(lines)


def _text(text: str) -> str:
    return escape(printable(text))

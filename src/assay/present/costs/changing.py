"""The section on why spend changed: a waterfall, and what drives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Details, Mark, Note, Section, Table
from assay.present.charts.waterfall import End, Step, waterfall_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, count
from assay.present.prose.costs import changing as words
from assay.present.prose.words import capital

if TYPE_CHECKING:
    from assay.present.blocks import Align, Cell

Json = dict[str, Any]
Block = Section | Figure | Table | Note | Details

MOST: Final = 8
"""Rows of a table of what drives a change."""
_UNNAMED: Final = "not said"


def change_blocks(record: Json) -> tuple[Block, ...]:
    """Why the later period cost more or less: parts that add up, and who drives them."""
    change = record["change"]
    if change is None:
        return ()
    blocks: list[Block] = [Section("Why it changed", words.moved(change), words.lead(change))]
    if change["parts"]:
        blocks.append(_waterfall(change))
    tables = [_table(one, change) for one in _drivers(change)]
    blocks += tables[:1]
    if tables[1:]:
        blocks.append(Details("By other columns", "change-by", tables[1:], listed=False))
    blocks += [Note(text, "attention") for text in words.remarks(change)]
    return tuple(blocks)


def _waterfall(change: Json) -> Figure:
    steps = [
        Step(
            label=capital(words.cause(part, change)),
            note=words.note(part, change),
            amount=part["told"],
            figures=words.exactly(part["told"], change, signed=True),
            meaning="attention" if part["amount"] > 0 else "better",
        )
        for part in change["parts"]
        if part["told"]
    ]
    before, after = change["before"], change["after"]
    chart = waterfall_chart(
        End(
            label=words.span(before),
            note="what was spent",
            figures=words.exactly(before["spent"], change),
        ),
        steps,
        End(
            label=words.span(after),
            note=f"{words.exactly(change['told'], change, signed=True)} in all",
            figures=words.exactly(after["spent"], change),
        ),
        axis=f"USD against {words.span(before)}",
    )
    caption = (
        "Each bar begins where the one above ended; together they are the whole difference. Amber "
        "added to the cost, green took from it."
    )
    return Figure(chart, caption, words.told(change))


def _drivers(change: Json) -> list[Json]:
    """Owners, then models: what a reader can act on."""
    wanted = {*change["owner"], "model"}
    return [one for one in change["drivers"] if set(one["columns"]) <= wanted]


def _table(drivers: Json, change: Json) -> Table:
    (column,) = drivers["columns"]
    name = words.column(column)
    columns: list[tuple[str, Align]] = [(name, "left"), ("Difference", "right"), ("Why", "left")]
    head, tail = drivers["items"][:MOST], drivers["items"][MOST:]
    rows: list[list[Cell]] = [
        [
            _named(item),
            words.exactly(item["told"], change, signed=True),
            words.reasons(item, column, change) or NOTHING,
        ]
        for item in head
    ]
    others = drivers["n"] - len(head)
    if others:
        rest = sum(item["told"] for item in tail) + drivers["rest"]
        rows.append([f"{count(others)} more", words.exactly(rest, change, signed=True), NOTHING])
    rows.append(["All", words.exactly(change["told"], change, signed=True), ""])
    caption = (
        f"{name}s by what they added; “why” names the largest parts of each, the column adds up."
    )
    return Table(caption, columns, rows)


def _named(item: Json) -> Cell:
    name = item["names"][0] or _UNNAMED
    if item["state"] == "stays":
        return name
    return Mark(f"{name} ({item['state']})")

"""What the report on trends shows of several series at once: common breaks, mixes, totals."""

from __future__ import annotations

from typing import Any, Final

from assay.present.blocks import Cell, Details, Note, Section, Table
from assay.present.format import NOTHING, PERCENT, POINTS, as_printed, chance, count
from assay.present.prose.trends.clauses import (
    beside,
    ends,
    near,
    near_between,
    periods,
    series_told,
    value_of,
)
from assay.present.prose.words import capital, counted, noun_of

Json = dict[str, Any]
Block = Section | Table | Note | Details

MOST_ROWS: Final = 40
"""Groups and parts of which a table tells; the rest are counted."""


def together_blocks(record: Json) -> tuple[Block, ...]:
    """Breaks of several series that are likelier of one period than each of its own."""
    groups = record["together"]
    if not groups:
        return ()
    rows: list[list[Cell]] = []
    for group in groups[:MOST_ROWS]:
        pairs = zip(group["names"], group["upward"], strict=True)
        named = [f"{name} {'↑' if up else '↓'}" for name, up in pairs]
        dates = near_between(group["first"], group["last"], record)
        likely = near(group["since"], record)
        rows.append(
            [
                likely if group["first"] == group["last"] else f"{likely} ({dates})",
                ", ".join(named),
                chance(group["probability"]),
                beside(group["candidates"]) if group["candidates"] else NOTHING,
            ]
        )
    first = groups[0]
    heading = (
        f"{capital(series_told(len(first['keys'])))} broke together on "
        f"{near(first['since'], record)}"
        if record["every"] == "day"
        else f"{capital(series_told(len(first['keys'])))} broke together, "
        f"{near(first['since'], record)}"
    )
    return (
        Section("Together", heading),
        Table(
            "Breaks that are likelier of one date than each of its own (in brackets the interval "
            "of that date), how likely, and what happened then: association.",
            (
                ("When", "left"),
                ("Series", "left"),
                ("One date", "right"),
                ("On those days", "left"),
            ),
            rows,
        ),
    )


def mix_blocks(record: Json) -> tuple[Block, ...]:
    """How the rows are spread over values of columns, over the last periods and before."""
    told = [mix for mix in record["mixes"] if mix["parts"]]
    if not record["mixes"]:
        return ()
    notes = tuple(
        Note(as_printed(f"The mix of {noun_of(mix['column'])} cannot be told: {mix['left_out']}."))
        for mix in record["mixes"]
        if mix["left_out"]
    )
    if not told:
        return (Section("Mix", "No mix could be compared"), *notes)
    most = max(told, key=lambda mix: mix["moved"])
    sure = sum(part["sure"] for mix in told for part in mix["parts"])
    moved = PERCENT.number(most["moved"], 1)
    heading = (
        f"{moved} of the rows moved to another {noun_of(most['column'])}"
        if sure
        else "No share of the mix surely moved"
    )
    span = periods(told[0]["periods"], record)
    what = f"Share of the rows, over the last {span} and as many before; broke is when it last did."
    blocks: list[Table | Details] = []
    if sure:
        blocks.append(
            _shares(f"What surely moved, over all values together. {what}", told, record, sure=True)
        )
    rest = sum(not part["sure"] for mix in told for part in mix["parts"])
    if rest:
        table = _shares(f"What did not surely move. {what}", told, record, sure=False)
        blocks.append(
            Details(f"Shares that did not surely move: {count(rest)}", "mix-rest", (table,))
        )
    return (Section("Mix", heading), *blocks, *notes)


def _shares(caption: str, told: list[Json], record: Json, *, sure: bool) -> Table:
    """The shares that moved for sure, or the others; a column is named in its first row."""
    rows: list[list[Cell]] = []
    for mix in told:
        for place, part in enumerate(part for part in mix["parts"] if part["sure"] == sure):
            rows.append(
                [
                    noun_of(mix["column"]) if place == 0 else "",
                    part["value"],
                    f"{PERCENT.number(part['before'], 1)} → {PERCENT.number(part['after'], 1)}",
                    ends(part["change"], POINTS),
                    near(part["since"], record) if part["since"] else NOTHING,
                ]
            )
    return Table(
        caption,
        (
            ("Of", "left"),
            ("Value", "left"),
            ("Share", "right"),
            ("Change", "right"),
            ("Broke", "left"),
        ),
        rows,
    )


def wholes_blocks(record: Json) -> tuple[Block, ...]:
    """Totals and the forecasts of their parts, which add up."""
    blocks: list[Block] = []
    for whole in record["wholes"]:
        if whole["total"] is None:
            blocks.append(Note(as_printed(f"{whole['metric']}: {whole['left_out']}.")))
            continue
        total, unit = whole["total"], whole["unit"]
        number = value_of(total["value"], unit)
        span = f"{value_of(total['low'], unit)} to {value_of(total['high'], unit)}"
        at = near(whole["at"], record)
        blocks.append(Section("Total", f"{whole['metric']}: {number} in all for {at}, {span}"))
        parts = whole["parts"][:MOST_ROWS]
        blocks.append(
            Table(
                f"Forecasts for {at} that add up to their total, and what each forecast says by "
                "itself. The gap is shared by how sure each is."
                + (
                    f" By themselves parts and total are up to {PERCENT.number(whole['apart'], 1)} "
                    "apart."
                    if whole["apart"] is not None
                    else ""
                ),
                (
                    ("Part", "left"),
                    ("Adds up", "right"),
                    ("Interval", "right"),
                    ("By itself", "right"),
                ),
                [_part(part, unit) for part in (total, *parts)],
            )
        )
        rest = len(whole["parts"]) - len(parts)
        if rest:
            blocks.append(Note(f"{capital(counted(rest, 'more part'))} in result.json."))
    return tuple(blocks)


def _part(part: Json, unit: str) -> list[Cell]:
    return [
        part["name"],
        _figure(part["value"], unit),
        f"{value_of(part['low'], unit)} to {value_of(part['high'], unit)}",
        _figure(part["alone"], unit),
    ]


def _figure(value: float, unit: str) -> str:
    """A count to the unit, so that a reader may add; anything else with three digits."""
    return count(value) if unit == "count" else value_of(value, unit)

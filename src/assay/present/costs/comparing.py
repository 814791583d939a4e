"""The section on the cost of a resolved task: each configuration, and all against the lowest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Note, Section, Table
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.figures import Figure
from assay.present.format import count
from assay.present.prose.costs import comparing as words
from assay.present.prose.words import capital, counted, shortened

if TYPE_CHECKING:
    from assay.present.blocks import Align
    from assay.present.theme import Meaning

Json = dict[str, Any]
Block = Section | Figure | Table | Note

MOST: Final = 15
"""Configurations that are drawn and told one by one."""
LABEL: Final = 40


def comparing_blocks(record: Json) -> tuple[Block, ...]:
    """What a resolved task costs by configuration, and which of them differ beyond chance."""
    found = record.get("comparing")
    if found is None:
        return ()
    blocks: list[Block] = [Section("Per resolved task", words.heading(record), words.lead(found))]
    drawn = [one for one in found["configurations"] if one["per_resolved"] is not None]
    if drawn:
        blocks.append(_figure(drawn[:MOST], found, left=len(drawn) - MOST))
    if found["pairs"]:
        blocks += [_table(found), Note(words.together(found))]
    return tuple(blocks)


def _figure(drawn: list[Json], found: Json, *, left: int) -> Figure:
    verdicts = {
        pair["one"]: pair["verdict"] for pair in words.of_measure(found, "cost per resolved task")
    }
    rows = [_row(one, verdicts.get(one["name"]), found) for one in drawn]
    more = f" {capital(counted(left, 'dearer one'))} are not drawn." if left > 0 else ""
    caption = (
        "Dot and interval of each by itself. Red costs more, beyond chance, than "
        f"{found['reference']}, over the {found['unit']}s that both tried; hollow: no difference "
        f"seen.{more}"
    )
    told = "; ".join(f"{one['name']} {words.cost(one)}" for one in drawn)
    return Figure(interval_chart(rows, axis=words.axis()), caption, f"Per resolved task: {told}.")


def _row(one: Json, verdict: str | None, found: Json) -> Interval:
    per = one["per_resolved"]
    meaning: Meaning = "estimate"
    reading = "the reference" if one["name"] == found["reference"] else ""
    if verdict is not None:
        meaning = words.MEANINGS[verdict]
        reading = {"lower": "cheaper", "higher": "dearer"}.get(verdict, verdict)
    known = per["value"] is not None
    return Interval(
        label=shortened(one["name"], LABEL),
        note=words.made(one),
        value=per["value"],
        low=per["low"] if known else None,
        high=per["high"] if known else None,
        figures=words.cost(one),
        verdict=reading,
        meaning=meaning,
    )


def _table(found: Json) -> Table:
    rates = {pair["one"]: pair for pair in words.of_measure(found, "success")}
    order = {one["name"]: place for place, one in enumerate(found["configurations"])}
    mine = sorted(
        words.of_measure(found, "cost per resolved task"), key=lambda pair: order[pair["one"]]
    )
    columns: list[tuple[str, Align]] = [
        ("Configuration", "left"),
        ("Shared", "right"),
        ("Times the cost per resolved task", "right"),
        ("Success", "right"),
        ("Reading", "left"),
    ]
    rows = [
        [
            pair["one"],
            count(pair["items"]),
            words.ratio(pair),
            words.success(rates.get(pair["one"])),
            words.verdict(pair),
        ]
        for pair in mine[:MOST]
    ]
    more = f"; {counted(len(mine) - MOST, 'other')} are in the record" if len(mine) > MOST else ""
    return Table(f"Each against {found['reference']}, over what both tried{more}", columns, rows)

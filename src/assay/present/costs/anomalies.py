"""The section on days and levels that nobody expected."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Note, Section, Table
from assay.present.charts.series import Moment, series_chart
from assay.present.figures import Figure
from assay.present.format import loose
from assay.present.prose.costs import anomalies as words
from assay.present.prose.costs.money import usd
from assay.present.prose.words import capital, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.present.blocks import Align, Cell

Json = dict[str, Any]
Block = Section | Figure | Table | Note

MOST: Final = words.LOOKED
"""Rows of a table."""
LABELLED: Final = 4
"""Days that carry words on the chart."""
LONGEST: Final = 26


def anomaly_blocks(record: Json) -> tuple[Block, ...]:
    """Days over what was usual, then each day and each new level with its place and money."""
    found = record["anomalies"]
    if found is None:
        return ()
    blocks: list[Block] = [Section("Anomalies", words.heading(found), words.lead(found))]
    if len(found["spend"]) > 1:
        blocks.append(_chart(found))
    if found["days"]:
        blocks.append(_days(found["days"]))
    if found["levels"]:
        blocks.append(_levels(found["levels"], found["last"]))
    if found["apart"]:
        blocks.append(Note(words.apart(found), "attention"))
    return tuple(blocks)


def _chart(found: Json) -> Figure:
    named = {one["first"]: one for one in reversed(found["days"][:LABELLED])}
    odd = {one["first"] for one in found["days"]}
    moments = [
        Moment(
            day=date.fromisoformat(one["day"]),
            value=one["seen"],
            low=one["low"],
            high=one["high"],
            meaning="worse" if one["day"] in odd else "estimate",
            words=_words(named.get(one["day"])),
        )
        for one in found["spend"]
    ]
    caption = (
        "A dot is what one day cost, the band what is usual of such a day by level and weekday. "
        "Days that stand out, in all spending or in a part of it, are red; the dearest are named."
    )
    return Figure(series_chart(moments, axis="USD a day"), caption, words.alternative(found))


def _words(odd: Json | None) -> str:
    if odd is None:
        return ""
    return f"{shortened(words.place(odd), LONGEST)} {usd(odd['excess'], signed=True)}"


def _days(days: Sequence[Json]) -> Table:
    columns: list[tuple[str, Align]] = [
        ("Day", "left"),
        ("Where", "left"),
        ("Cost", "right"),
        ("Expected", "right"),
        ("More", "right"),
        ("Explains", "left"),
        ("Whose", "left"),
    ]
    rows: list[list[Cell]] = [
        [
            words.when(one),
            capital(words.place(one)),
            usd(one["seen"]),
            usd(one["expected"]),
            usd(one["excess"], signed=True),
            words.explained(one),
            capital(words.who(one)),
        ]
        for one in days[:MOST]
    ]
    caption = (
        "Days that stand out, dearest first; “where” is the smallest combination that holds most "
        f"of it. {words.WHOSE}{words.more(len(rows), len(days))}"
    )
    return Table(caption, columns, rows)


def _levels(levels: Sequence[Json], last: str) -> Table:
    columns: list[tuple[str, Align]] = [
        ("From", "left"),
        ("Where", "left"),
        ("Before, a day", "right"),
        ("Since, a day", "right"),
        ("In all", "right"),
        ("Explains", "left"),
        ("Whose", "left"),
    ]
    rows: list[list[Cell]] = [
        [
            loose(words.since(one, last)),
            capital(words.place(one)),
            usd(one["expected_daily"]),
            usd(one["seen_daily"]),
            usd(one["excess"], signed=True),
            words.explained(one),
            capital(words.who(one)),
        ]
        for one in levels[:MOST]
    ]
    caption = (
        "Levels that changed and stayed, by what they came to in all; in brackets the days "
        f"between which the first lies. {words.WHOSE}{words.more(len(rows), len(levels))}"
    )
    return Table(caption, columns, rows)

"""The section on cheaper models: what they lose in success, what they save, how to find out."""

from __future__ import annotations

from typing import Any, Final

from assay.present.blocks import Details, Mark, Section, Table
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.figures import Figure
from assay.present.prose.costs import switching as words
from assay.present.prose.costs.money import spread
from assay.present.prose.words import shortened

Json = dict[str, Any]
Block = Section | Figure | Table | Details

MOST: Final = 8
"""Moves that are drawn; the table has all."""
LABEL: Final = 40
_TONES: Final = {"advised": "good", "try": "attention"}


def switching_blocks(record: Json) -> tuple[Block, ...]:
    """Which work could go to a cheaper model, provider or tier."""
    found = record.get("switching")
    if found is None:
        return ()
    section = Section("Cheaper models", words.heading(found), words.lead(found))
    if not found["moves"]:
        return (section,)
    blocks: list[Block] = [section]
    drawn = [move for move in found["moves"] if move["quality"] is not None][:MOST]
    if drawn:
        blocks.append(_quality(drawn, found))
    worth = [move for move in drawn if move["saving"] is not None]
    if worth:
        blocks.append(_saving(worth, found))
    table = (_table(found), words.sure(found))
    blocks.append(Details("Every switch that was looked at", "switches", table, listed=False))
    return tuple(blocks)


def _quality(drawn: list[Json], found: Json) -> Figure:
    rows = [
        Interval(
            label=shortened(f"{move['work']}: {words.short(move, 'candidate')}", LABEL),
            note=f"for {words.short(move, 'current')}",
            value=100 * move["quality"]["value"],
            low=100 * move["quality"]["low"],
            high=100 * move["quality"]["high"],
            figures=words.quality(move),
            verdict=words.seen(move),
            meaning=words.reading(move, found),
            limit=-100 * found["margin"],
        )
        for move in drawn
    ]
    caption = (
        "Upright line: the loss that was declared to be the most. Green: shown to lose less, over "
        "the same items; hollow grey: not shown, or seen on like work alone; red: it seems to lose "
        "more."
    )
    told = "; ".join(f"{row.label} {row.note}: {row.figures}, {row.verdict}" for row in rows)
    return Figure(interval_chart(rows, axis=words.axes()[0]), caption, f"Success: {told}.")


def _saving(drawn: list[Json], found: Json) -> Figure:
    rows = [
        Interval(
            label=shortened(f"{move['work']}: {words.short(move, 'candidate')}", LABEL),
            note=words.cost(move),
            value=move["saving"]["value"],
            low=move["saving"]["low"],
            high=move["saving"]["high"],
            figures=spread(move["saving"]),
            verdict=f"of {spread(move['spend'])}",
            meaning=words.reading(move, found),
        )
        for move in drawn
    ]
    caption = (
        "What a month would cost less, were all of this work given to the cheaper model: at the "
        "volume of the last weeks and with what the cheaper model makes of the same work. Red: at "
        "the price of a larger loss than was declared. Of several for the same work one can be had."
    )
    told = "; ".join(f"{row.label} {row.figures} {row.verdict}" for row in rows)
    return Figure(interval_chart(rows, axis=words.axes()[1]), caption, f"Saved a month: {told}.")


def _table(found: Json) -> Table:
    rows = [
        [
            move["work"],
            f"{words.short(move, 'current')} → {words.short(move, 'candidate')}",
            Mark(move["state"], _TONES.get(move["state"], "neutral"), tag=True),  # type: ignore[arg-type]
            move["reason"],
            words.trial(move),
        ]
        for move in found["moves"]
    ]
    return Table(
        "Every switch that was looked at, and the trial that would confirm it",
        [
            ("Work", "left"),
            ("Switch", "left"),
            ("State", "left"),
            ("Why", "left"),
            ("Trial", "left"),
        ],
        rows,
    )

"""The section on what could be saved, ranked by money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Details, Mark, Note, Section, Table
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.figures import Figure
from assay.present.format import PERCENT, count, level
from assay.present.prose.costs import opportunities as words
from assay.present.prose.costs.money import spread, usd

if TYPE_CHECKING:
    from assay.core.finding import Tone
    from assay.present.blocks import Align, Cell

Json = dict[str, Any]
Block = Section | Figure | Table | Note | Details

TOLD: Final = 3
"""Savings that are told openly with their risks and trials."""
MOST: Final = 8
"""Savings that are drawn, and told with their risks and trials."""
_TONES: Final[dict[str, Tone]] = {"advised": "good", "try": "attention"}


def opportunity_blocks(record: Json) -> tuple[Block, ...]:
    """What could be saved, how to confirm it, and where there is no evidence of a saving."""
    found = record["opportunities"]
    if found is None:
        return ()
    good = words.good(found)
    blocks: list[Block] = [Section("Savings", words.heading(found), words.lead(found))]
    if good:
        blocks += [_chart(good, found), _trials(good[:TOLD])]
        rest = (_trials(good[TOLD:MOST]),) if good[TOLD:MOST] else ()
        blocks.append(
            Details(
                "All steps, and what is left of each",
                "steps",
                (_ranking(good), *rest),
                listed=False,
            )
        )
    nothing = words.nothing(found)
    if nothing and good:
        blocks.append(
            Details("Where there is no evidence of a saving", "no-saving", nothing, listed=False)
        )
    elif nothing:
        blocks += [Note(text) for text in nothing]
    if found["caching"] is not None:
        blocks.append(
            Details(
                "What a cache of prompts would hold",
                "cache",
                _cache(found["caching"]),
                listed=False,
            )
        )
    return tuple(blocks)


def _chart(good: list[Json], found: Json) -> Figure:
    rows = [
        Interval(
            label=one["what"],
            note=one["whom"] or "all calls",
            value=one["saving"]["value"],
            low=one["saving"]["low"],
            high=one["saving"]["high"],
            figures=spread(one["saving"]),
            verdict=words.state(one),
            meaning="better" if one["state"] == "advised" else "undecided",
        )
        for one in good[:MOST]
    ]
    caption = "Saving per month of each step alone, with its interval; the surest dollars first."
    if len(good) > MOST:
        caption += f" The {count(MOST)} largest of {count(len(good))}."
    return Figure(interval_chart(rows, axis="USD a month"), caption, f"{words.told(found)}.")


def _ranking(good: list[Json]) -> Table:
    columns: list[tuple[str, Align]] = [
        ("Step", "left"),
        ("Saves a month", "right"),
        ("Left", "right"),
        ("Of", "right"),
        ("Evidence", "left"),
        ("", "left"),
    ]
    rows: list[list[Cell]] = [
        [
            words.named(one),
            spread(one["saving"]),
            words.left(one),
            usd(one["spend"]),
            words.EVIDENCE[one["evidence"]],
            Mark(words.state(one), _TONES.get(one["state"], "neutral")),
        ]
        for one in good
    ]
    caption = (
        "All steps with a saving. Left: what remains once those above are taken. Of: what the "
        "calls concerned cost a month."
    )
    return Table(caption, columns, rows)


def _trials(good: list[Json]) -> Table:
    columns: list[tuple[str, Align]] = [
        ("Step", "left"),
        ("Why, and what could go wrong", "left"),
        ("What would confirm it", "left"),
    ]
    rows: list[list[Cell]] = [
        [words.named(one), words.why(one), words.confirmed(one)] for one in good
    ]
    return Table("Reasons, risks, and the trial that would confirm it.", columns, rows)


def _cache(caching: Json) -> tuple[str | Table, ...]:
    sizes, times = caching["sizes"], caching["times"]
    columns: list[tuple[str, Align]] = [
        ("Kept after last use", "left"),
        ("Prompt tokens held", "right"),
        ("Cache of (tokens)", "left"),
        ("Prompt tokens held ", "right"),
    ]
    rows: list[list[Cell]] = []
    for place in range(max(len(sizes), len(times))):
        time = times[place] if place < len(times) else None
        size = sizes[place] if place < len(sizes) else None
        rows.append([
            words.duration(time["seconds"]) if time else "",
            PERCENT.number(time["share"], 1) if time else "",
            level("1").number(size["size"], 0) if size else "",
            PERCENT.number(size["share"], 1) if size else "",
        ])  # fmt: skip
    caption = (
        "What a cache would have held, by how long it keeps what is not used (left) and by its "
        "size, losing first what was used least recently (right)."
    )
    return words.cache_lead(caching), Table(caption, columns, rows)

"""For whom: each segment by itself and drawn towards the others, and whether they differ."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Note, Section, Table
from assay.present.charts.intervals import interval_chart
from assay.present.figures import Figure
from assay.present.lifts import segment_row
from assay.present.prose.experiments import headings, segments
from assay.present.prose.experiments.basis import LONG_NAME, arm_name, level_of, treated
from assay.present.prose.experiments.reading import readings
from assay.present.prose.words import inside, shortened

if TYPE_CHECKING:
    from assay.present.experiments.sections import Block

Json = dict[str, Any]

MOST_ROWS: Final = 14
"""Segments in one figure: what a page holds below its heading."""


def segment_blocks(record: Json) -> tuple[Block, ...]:
    """A head and a figure for each column of segments; nothing where none was asked for."""
    columns = list(dict.fromkeys(s["column"] for s in record["segments"]))
    several = len(columns) > 1
    return tuple(block for column in columns for block in _segment(record, column, several=several))


def _segment(record: Json, column: str, *, several: bool) -> tuple[Block, ...]:
    found = headings.segment_readings(record, column)
    if not found:
        return ()
    heading, lead = headings.for_whom(record, column)
    segment = column.replace("_", " ")
    whole = readings(record, arm=record["arm"])[0]
    named = inside(shortened(whole.metric, LONG_NAME))
    axis = f"change of {named} against {arm_name(record['control'])}, %"
    where = f" in {arm_name(whole.arm)}" if len(treated(record)) > 1 else ""
    caption = (
        f"Lift of {inside(whole.metric)}{where} by {segment}, with intervals "
        f"that hold for all segments together at {level_of(record)}."
    )
    pooled = segments.pooled_of(record, column, whole.metric, whole.arm)
    entries = [("all", whole), *found]
    drawn = _drawn(pooled, column)
    rows = [replace(segment_row(name, r), drawn=drawn.get(name)) for name, r in entries]
    caption += f" {segments.drawn(pooled)}" if pooled else ""
    figures = []
    step = ceil(len(rows) / ceil(len(rows) / MOST_ROWS))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        chart = interval_chart(rows[part], axis=axis, among=rows)
        again = caption if not start else f"{caption[:-1]}, continued."
        figures.append(Figure(chart, again, headings.lifts_alt(entries[part])))
    head = Section(f"For whom: {segment}" if several else "For whom", heading, lead)
    return (head, *figures, *_table(record, pooled), *_formed(record, column))


def _formed(record: Json, column: str) -> tuple[Note, ...]:
    """When segments were formed that a file of members told."""
    told = record.get("members")
    if told is None or told["column"] != column:
        return ()
    return (Note(segments.formed(told), "attention" if told["late"] else "neutral"),)


def _drawn(pooled: Json | None, column: str) -> dict[str, tuple[float, float, float]]:
    """Segment → pooled lift with its interval, in percent; nothing where it is none."""
    if pooled is None or pooled["scale"] != "lift":
        return {}
    return {
        headings.segment_name(s["segment"], column): (
            100 * s["pooled"]["low"],
            100 * s["pooled"]["value"],
            100 * s["pooled"]["high"],
        )
        for s in pooled["segments"]
        if s["pooled"]["low"] is not None and s["pooled"]["high"] is not None
    }


def _table(record: Json, pooled: Json | None) -> tuple[Table, ...]:
    """Each segment beside the rest; nothing where they were not pooled, or a check failed."""
    if pooled is None or not pooled["segments"] or record["verdict"] == "blocked":
        return ()
    column = pooled["column"]
    return (
        Table(
            segments.caption(pooled, level_of(record)),
            (
                (column.replace("_", " ").capitalize(), "left"),
                ("n", "right"),
                ("Drawn towards the rest", "right"),
                ("Against the rest", "right"),
                ("Reading", "left"),
            ),
            segments.rows(pooled, lambda name: headings.segment_name(name, column)),
        ),
    )

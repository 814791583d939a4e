"""Where the experiment stands in its plan, and what its end will probably say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.present.blocks import Align, Cell, Mark, Note, Section, Table
from assay.present.format import NOTHING, PERCENT, Notation, chance, count, day
from assay.present.prose.experiments import plan as prose
from assay.present.prose.words import capital

if TYPE_CHECKING:
    from assay.present.experiments.sections import Block

_DECIMALS = 3


def plan_blocks(record: dict[str, Any]) -> tuple[Block, ...]:
    """The look, its bound, and the outlook; nothing for a single look that was taken as planned."""
    if not prose.is_told(record):
        return ()
    words = prose.peeking(record)
    return (
        Section("The plan", prose.heading(record), prose.lead(record)),
        *_looks(record),
        *_outlooks(record),
        *((Note(words, "neutral"),) if words else ()),
    )


def _looks(record: dict[str, Any]) -> tuple[Table, ...]:
    state = record["plan"]["state"]
    if not state["schedule"]:
        return ()
    coming = next((one for one in state["schedule"] if not one["made"]), None)
    rows: list[list[Cell]] = [
        [
            str(one["number"]),
            _when(one, state["next_look"] if one is coming else None),
            count(one["n"]) if one["n"] is not None else NOTHING,
            PERCENT.number(one["fraction"], 0),
            PERCENT.number(one["spent"], _DECIMALS),
            NOTHING if one["bound"] is None else Notation().number(one["bound"], _DECIMALS),
            Mark("made", "good", "✓") if one["made"] else "to come",
        ]
        for one in state["schedule"]
    ]
    columns: list[tuple[str, Align]] = [
        ("Look", "left"),
        ("Day", "left"),
        ("Units", "right"),
        ("Of the plan", "right"),
        ("Spent", "right"),
        ("Bound", "right"),
        ("State", "left"),
    ]
    return (Table(prose.schedule_caption(record), columns, rows),)


def _when(look: dict[str, Any], expected: str | None) -> str:
    """The day of a look; of the next one, the day on which it is expected."""
    if look["day"]:
        return day(look["day"])
    return f"about {day(expected)}" if expected else NOTHING


def _outlooks(record: dict[str, Any]) -> tuple[Table, ...]:
    found = record["plan"]["outlooks"]
    if not found:
        return ()
    several = len(record["arms"]) > 2
    hoped = any(one["at_plan"] is not None for one in found)
    columns: list[tuple[str, Align]] = [
        ("Metric", "left"),
        *((("Arm", "left"),) if several else ()),
        ("As it looks now", "right"),
        *((("As hoped for", "right"),) if hoped else ()),
        ("No effect", "right"),
        ("Better", "right"),
        ("Worse", "right"),
        ("Neither", "right"),
    ]
    rows: list[list[Cell]] = [
        [
            capital(one["metric"]),
            *((prose.arm_of(one, record),) if several else ()),
            chance(one["at_trend"]),
            *((chance(one["at_plan"]),) if hoped else ()),
            chance(one["at_zero"]),
            chance(one["better"]),
            chance(one["worse"]),
            chance(one["neither"]),
        ]
        for one in found
    ]
    return (Table(prose.outlook_caption(record), columns, rows),)

"""The report of all experiments: what runs, what was found, and what it was worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Align, Cell, Details, Mark, Note, Section, Table
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, day
from assay.present.lifts import how_to_read
from assay.present.prose.experiments import portfolio as prose
from assay.present.prose.experiments.portfolio import brief, gain_of, tell

if TYPE_CHECKING:
    from assay.present.theme import Meaning

__all__ = [
    "brief",
    "effects_blocks",
    "method_details",
    "past_blocks",
    "state_blocks",
    "tell",
]

Json = dict[str, Any]
Block = Section | Figure | Table | Note | Details

MOST_ROWS: Final = 14
"""Past experiments in the figure, the newest; the table has them all."""

_STATES: Final = {"running": "▶", "paused": "❙❙", "concluded": "✓", "draft": "○"}


def state_blocks(record: Json) -> tuple[Block, ...]:
    """Every experiment with its state, progress and last result."""
    heading, lead = prose.state_heading(record)
    section = Section("What runs", heading, lead)
    if not record["experiments"]:
        return (section,)
    columns: tuple[tuple[str, Align], ...] = (
        ("Experiment", "left"),
        ("State", "left"),
        ("Units", "right"),
        ("Last result", "left"),
        ("Lift as reported", "right"),
        ("Decision", "left"),
    )
    rows: list[list[Cell]] = [
        [
            one["experiment"],
            Mark(one["state"], "neutral", _STATES[one["state"]]),
            prose.progress(one),
            prose.verdict_cell(one),
            gain_of(one["lift"]) if one["lift"] else NOTHING,
            one["decision"] or ("to be taken" if one["waits"] else NOTHING),
        ]
        for one in sorted(record["experiments"], key=_order)
    ]
    notes = [Note(text, "attention") for text in prose.remarks(record)]
    caption = "All experiments of the project. Units: seen so far, and of how many planned."
    return (section, Table(caption, columns, rows), *notes)


def past_blocks(record: Json) -> tuple[Block, ...]:
    """Each concluded experiment: as reported, and as it is to be believed."""
    if not record["past"]:
        return ()
    heading, lead = prose.past_heading(record)
    rows = [_row(one) for one in record["past"][-MOST_ROWS:]]
    kept = prose.kept(record, MOST_ROWS)
    caption = (
        "Gain of each concluded experiment, drawn towards what all of them found, with its "
        f"{prose.level(record)} interval; as reported, in small. {how_to_read(rows)}{kept}"
    )
    return (
        Section("What was gained", heading, lead),
        Figure(
            interval_chart(rows, axis="gain over the control, %"), caption, prose.past_alt(record)
        ),
        _table(record),
    )


def effects_blocks(record: Json) -> tuple[Block, ...]:
    """How true effects differ from experiment to experiment."""
    effects = record["effects"]
    if effects is None:
        return ()
    heading, lead = prose.effects_heading(record)
    rows = [
        _interval("On average", "centre of all true gains", effects["centre"], "estimate"),
        _interval("The next one", "where its true gain would lie", effects["next"], "undecided"),
    ]
    caption = (
        f"True gains, with {prose.level(record)} intervals: of experiments on average, and of one "
        "more of the same kind."
    )
    chart = interval_chart(rows, axis="gain over the control, %")
    return (
        Section("What to expect", heading, lead),
        Figure(chart, caption, prose.effects_alt(record)),
    )


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", prose.method(record))


def _order(one: Json) -> tuple[bool, int, str]:
    order = {"running": 0, "paused": 1, "draft": 2, "concluded": 3}
    return not one["waits"], order[one["state"]], one["experiment"]


def _row(one: Json) -> Interval:
    believed = one["shrunk"] or one["reported"]
    meaning: Meaning = "undecided"
    if believed["low"] is not None and believed["low"] > 0:
        meaning = "better"
    elif believed["high"] is not None and believed["high"] < 0:
        meaning = "worse"
    return _interval(
        one["experiment"],
        f"{one['metric']} · {'shipped' if one['shipped'] else 'not shipped'}",
        believed,
        meaning,
        told=f"as reported {gain_of(one['reported'])}",
    )


def _interval(
    label: str, note: str, estimate: Json, meaning: Meaning, *, told: str = ""
) -> Interval:
    low, high = estimate["low"], estimate["high"]
    return Interval(
        label=label,
        note=note,
        value=100 * estimate["value"],
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
        figures=gain_of(estimate),
        verdict=told or note,
        meaning=meaning,
    )


def _table(record: Json) -> Table:
    columns: tuple[tuple[str, Align], ...] = (
        ("Experiment", "left"),
        ("Concluded", "left"),
        ("Shipped", "left"),
        ("As reported", "right"),
        ("Drawn to the rest", "right"),
        ("If told only as a winner", "right"),
    )
    rows: list[list[Cell]] = [
        [
            one["experiment"],
            day(one["concluded_at"]),
            "yes" if one["shipped"] else "no",
            gain_of(one["reported"]),
            gain_of(one["shrunk"]) if one["shrunk"] else NOTHING,
            gain_of(one["selected"]) if one["selected"] else NOTHING,
        ]
        for one in record["past"]
    ]
    return Table(
        f"Gains of concluded experiments with {prose.level(record)} intervals; a gain is a change "
        "for the better, also where less is better.",
        columns,
        rows,
    )

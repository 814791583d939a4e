"""The sections of the report on trends, ready to be displayed.

Each function takes the record of the result, with its findings told, and returns what a notebook
cell displays.
"""

from __future__ import annotations

import re
from typing import Any, Final

from assay.present.blocks import Cell, Details, Note, Section, Table
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, as_printed, count
from assay.present.prose.trends import brief, tell
from assay.present.prose.trends.clauses import (
    change_ends,
    ends,
    near,
    path,
    periods,
    series_told,
    size_of,
    standing,
    value_of,
    when,
)
from assay.present.prose.trends.method import method
from assay.present.prose.words import capital, counted, shortened
from assay.present.trends_joined import mix_blocks, together_blocks, wholes_blocks
from assay.present.trends_series import series_blocks

__all__ = [
    "brief",
    "changes_blocks",
    "method_details",
    "mix_blocks",
    "series_blocks",
    "tell",
    "tests_blocks",
    "together_blocks",
    "trust_blocks",
    "wholes_blocks",
]

Json = dict[str, Any]
Block = Section | Figure | Table | Note | Details

MOST_ROWS: Final = 40
"""Series of which a table tells; the rest are counted."""


def changes_blocks(record: Json) -> tuple[Block, ...]:
    """What changed, what matters most first; every series beside what could have been seen."""
    changed = [one for one in record["series"] if one["verdict"] == "changed"]
    heading = (
        f"{capital(series_told(len(changed)))} of {count(len(record['series']))} changed"
        if changed
        else f"None of {series_told(len(record['series']))} changed for sure"
    )
    blocks: list[Block] = [Section("Changes", heading, _order(changed))]
    if changed:
        blocks.append(
            Table(
                "The last change of each series, its size over the level before; of a bend, that "
                "of its slope.",
                (
                    ("Series", "left"),
                    ("Change", "right"),
                    ("Since", "left"),
                    ("From, to", "right"),
                ),
                [_changed_row(one, record) for one in changed[:MOST_ROWS]],
            )
        )
        rest = len(changed) - MOST_ROWS
        if rest > 0:
            blocks.append(Note(f"{capital(counted(rest, 'more change'))} in result.json."))
    return (*blocks, _every_series(record))


def _order(changed: list[Json]) -> str:
    if len(changed) < 2:
        return ""
    return (
        "First what is new and for the worse, then what is new, then what stands from before; each "
        "by the part of its size that is sure, and by how much of the metric’s whole it concerns."
    )


def _changed_row(one: Json, record: Json) -> list[Cell]:
    change, comparison = standing(one), one["comparison"]
    if change is not None:
        return [
            one["name"],
            change_ends(change, one, record),
            near(change["since"], record),
            path(change, one, record),
        ]
    return [
        one["name"],
        ends(*size_of({**comparison, "size": comparison["change"]})),
        f"last {periods(comparison['periods'], record)}",
        path({**comparison, "kind": "level"}, one, record),
    ]


def _every_series(record: Json) -> Details:
    """All series, also those without a change: where they are, and what could have been seen."""
    shown = record["series"][:MOST_ROWS]
    recent = periods(record["recent"], record)
    table = Table(
        f"Last {recent} beside those before; and the lasting change of level that would have been "
        "found four times in five.",
        (
            ("Series", "left"),
            ("Level now", "right"),
            ("Last periods", "right"),
            ("Visible", "right"),
        ),
        [_row(one) for one in shown],
    )
    rest = len(record["series"]) - len(shown)
    more = (f"{capital(series_told(rest))} more stand in result.json.",) if rest else ()
    return Details("Every series, and what could have been seen", "every-series", (table, *more))


def _row(one: Json) -> list[Cell]:
    comparison, latest, visible = one["comparison"], one["latest"], one["visible_share"]
    recent = NOTHING
    if comparison is not None:
        recent = ends(*size_of({**comparison, "size": comparison["change"]}))
    return [
        one["name"],
        value_of(latest["value"], one["unit"]) if latest else NOTHING,
        recent,
        PERCENT.number(visible, 0 if visible > 0.01 else 1) if visible is not None else NOTHING,
    ]


def tests_blocks(record: Json) -> tuple[Block, ...]:
    """What past forecasts were worth, by series: the combination beside the seasonal naive."""
    rows: list[list[Cell]] = []
    for one in record["series"][: record["told"]]:
        outlook = one["outlook"]
        if not outlook or not outlook["ahead"]:
            continue
        by = {test["method"]: test for test in outlook["tested"]}
        ours, naive = by.get("combination"), by.get("seasonal naive")
        last = outlook["ahead"][-1]
        rows.append(
            [
                shortened(one["name"], 40),
                value_of(last["value"], one["unit"]),
                f"{value_of(last['low'], one['unit'])} to {value_of(last['high'], one['unit'])}",
                _number(ours and ours["mase"]),
                _number(naive and naive["mase"]),
                PERCENT.number(outlook["coverage"], 0)
                if outlook["coverage"] is not None
                else NOTHING,
                count(ours["origins"]) if ours else NOTHING,
            ]
        )
    if not rows:
        return ()
    covered = [
        one["outlook"]["coverage"]
        for one in record["series"]
        if one["outlook"] and one["outlook"]["coverage"] is not None
    ]
    heading = "Forecasts could not be tested on the past"
    if covered:
        share = PERCENT.number(sum(covered) / len(covered), 0)
        heading = f"Past forecasts covered {share} of what came"
    return (
        Section("Forecasts", heading),
        Table(
            f"Forecast for {count(record['horizon'])} periods on, and what such were worth "
            "from past origins: error over that of repeating the last season within the series "
            "(below the naive’s is better), share of values inside the interval.",
            (
                ("Series", "left"),
                ("Forecast", "right"),
                ("Interval", "right"),
                ("Error", "right"),
                ("Naive", "right"),
                ("Covered", "right"),
                ("Origins", "right"),
            ),
            rows,
        ),
    )


def _number(value: float | None) -> str:
    return NOTHING if value is None else as_printed(f"{value:.2f}")


def _dated(text: str) -> str:
    """Recorded text with its periods as they are printed here."""
    return re.sub(r"\b\d{4}-(W\d\d|\d\d-\d\d(T\d\d:\d\d)?)\b", lambda at: when(at[0]), text)


def trust_blocks(record: Json) -> tuple[Block, ...]:
    """What could not be answered, and what was noted, in plain words."""
    refused = [one for one in record["series"] if one["refused"]]
    noted = [one for one in record["series"] if one["notes"] and not one["refused"]]
    heading = (
        f"{capital(series_told(len(refused)))} without an answer"
        if refused
        else "Every series could be judged"
    )
    rows: list[list[Cell]] = [
        [one["name"], capital(as_printed(_dated("; ".join((one["refused"], *one["notes"])))))]
        for one in refused
    ]
    rows += [[one["name"], capital(as_printed(_dated("; ".join(one["notes"]))))] for one in noted]
    section = Section("Can it be trusted", heading)
    if not rows:
        return (section,)
    table = Table("Remarks by series.", (("Series", "left"), ("Remark", "left")), rows[:MOST_ROWS])
    return (section, table)


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", method(record))

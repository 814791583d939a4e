"""The effect day by day and cumulatively, with the bounds of the plan."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from assay.present.blocks import Note, Section
from assay.present.charts.sequence import Step, sequence_chart
from assay.present.figures import Figure
from assay.present.prose.experiments import timeline as prose
from assay.present.prose.experiments.basis import LONG_NAME, arm_name
from assay.present.prose.words import inside, shortened

if TYPE_CHECKING:
    from assay.present.experiments.sections import Block
    from assay.present.theme import Meaning


def timeline_blocks(record: dict[str, Any]) -> tuple[Block, ...]:
    """How the evidence built up; nothing where the data have no days.

    The arm that the verdict speaks of, its first deciding metric: the others are in the record.
    """
    lines = [line for line in record.get("timeline", ()) if line["arm"] == record["arm"]]
    if not lines or record["verdict"] == "blocked":
        return ()
    line = lines[0]
    better = {body["metric"]: body["better"] for body in record["comparisons"]}[line["metric"]]
    region = {body["metric"]: body["equivalence"] for body in record["comparisons"]}[line["metric"]]
    metric = inside(shortened(line["metric"], LONG_NAME))
    axis = f"change of {metric} against {arm_name(record['control'])}, %"
    cumulative = _steps(line, "cumulative", better)
    daily = _steps(line, "alone", better)
    scale = 100 * region if region else None
    remark = prose.weekdays(line)
    return (
        Section("Over time", prose.heading(line, record), prose.lead(line, record)),
        *(
            (
                Figure(
                    sequence_chart(cumulative, axis=axis, region=scale),
                    prose.cumulative_caption(line, record),
                    prose.alternative(line, daily=False),
                ),
            )
            if len(cumulative) > 1
            else ()
        ),
        *(
            (
                Figure(
                    sequence_chart(daily, axis=axis, region=scale, line=False),
                    prose.daily_caption(line, record),
                    prose.alternative(line, daily=True),
                ),
            )
            if len(daily) > 1
            else ()
        ),
        *((Note(remark, "neutral"),) if remark else ()),
    )


def _steps(line: dict[str, Any], which: str, better: str) -> list[Step]:
    found = []
    for one in line["days"]:
        ends = one[which]
        if ends is None or ends["value"] is None:
            continue
        bounded = ends["low"] is not None and ends["high"] is not None
        found.append(
            Step(
                day=date.fromisoformat(one["day"]),
                value=100 * ends["value"],
                low=100 * ends["low"] if bounded else None,
                high=100 * ends["high"] if bounded else None,
                meaning=_meaning(ends, better) if which == "cumulative" else "undecided",
                loud=which == "cumulative" and one["look"] and bounded,
            )
        )
    return found


def _meaning(ends: dict[str, Any], better: str) -> Meaning:
    if ends["low"] is None or ends["low"] <= 0 <= ends["high"]:
        return "undecided"
    return "better" if (ends["low"] > 0) == (better == "up") else "worse"

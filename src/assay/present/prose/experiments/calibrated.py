"""What the published table of calibration says of the intervals of this experiment."""

from __future__ import annotations

from typing import Any, Final

from assay.present.blocks import Lead
from assay.present.format import PERCENT, count, day
from assay.present.prose.words import joined

Json = dict[str, Any]

TABLE: Final = "calibration/record"
"""Report and set that publish the table that came with this version."""


def checked(record: Json) -> str:
    """Coverage in the simulated cell nearest to each metric, and where the table is."""
    cited = record.get("calibration")
    if cited is None:
        return ""
    level = PERCENT.number(cited["confidence"], 0)
    several = len(record["arms"]) > 2
    found = [_nearest(cell, several=several) for cell in cited["nearest"]]
    rule = next((cell["looks"] for cell in cited["nearest"] if cell.get("looks")), "")
    truth = f"held the truth at every look ({rule})" if rule else "held the truth"
    said = (
        f"By simulated experiments whose truth is known. In the cell nearest to each metric, the "
        f"lift’s {level} interval {truth} in: {'; '.join(found)}. "
        if found
        else "By simulated experiments, though of none with these methods and this plan. "
    )
    absent = _absent(record, cited)
    if found and absent:
        said += f"Not simulated with the method used here: {joined(absent)}. "
    whole, held = count(cited["cells"]), count(cited["cells_holding"])
    return (
        f"{said}Of all {whole} cells {held} hold. They were simulated by make calibration, which "
        f"repeats them (Assay {cited['version']}, {day(cited['made'])})."
    )


def table_of(record: Json) -> list[Lead]:
    """Where every simulated cell can be read, those that fail first."""
    if record.get("calibration") is None:
        return []
    return [
        Lead("Every simulated cell, failing ones first: report calibration, set record.", TABLE)
    ]


def _nearest(cell: Json, *, several: bool) -> str:
    arm = f" in {cell['arm']}" if several else ""
    low, high = cell["coverage_low"], cell["coverage_high"]
    ends = PERCENT.number(low, 1)
    if PERCENT.number(high, 1) != ends:
        ends = PERCENT.span(low, high, 1)
    less = "" if cell["holds"] else ", a cell that fails"
    return (
        f"{cell['metric']}{arm} {ends} ({cell['outcome']}, {count(cell['n'])} and "
        f"{count(cell['n_control'])} units, S = {count(cell['streams'])}{less})"
    )


def _absent(record: Json, cited: Json) -> list[str]:
    there = {cell["metric"] for cell in cited["nearest"]}
    named = dict.fromkeys(one["metric"] for one in record["comparisons"])
    return [metric for metric in named if metric not in there]

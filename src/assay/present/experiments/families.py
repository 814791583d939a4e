"""What many metrics and arms cost: raw and adjusted intervals side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.present.blocks import Align, Cell, Section, Table
from assay.present.format import p_value
from assay.present.prose.experiments import families as prose
from assay.present.prose.experiments.basis import level_of
from assay.present.prose.experiments.reading import Reading, readings

if TYPE_CHECKING:
    from assay.present.experiments.sections import Block


def family_blocks(record: dict[str, Any]) -> tuple[Block, ...]:
    """A head, and a table of every comparison alone and among those it is read with.

    Nothing where no two comparisons are read together, or nothing is to be concluded.
    """
    families = prose.together(record)
    if not families or record["verdict"] == "blocked":
        return ()
    names = {name for family in families for name in family["metrics"]}
    found = [r for r in readings(record) if r.metric in names]
    several = len(record["arms"]) > 2
    columns: list[tuple[str, Align]] = [
        ("Metric", "left"),
        *((("Arm", "left"),) if several else ()),
        ("Change alone", "right"),
        ("Change together", "right"),
        ("p alone", "right"),
        ("p together", "right"),
    ]
    rows: list[list[Cell]] = [
        [
            r.metric,
            *((r.arm,) if several else ()),
            _alone(r).estimate,
            r.estimate,
            p_value(r.body["p_alone"]),
            p_value(r.body["p_value"]),
        ]
        for r in found
    ]
    caption = (
        f"Change with {level_of(record)} interval, and p, of each comparison alone and together "
        "with the others of its kind. Figures and verdicts go by the latter."
    )
    return (
        Section("Read together", prose.heading(record), prose.lead(record)),
        Table(caption, columns, rows),
    )


def _alone(r: Reading) -> Reading:
    body = r.body
    own = {"difference": body["difference_alone"], "lift": body["lift_alone"]}
    return Reading({**body, **own}, r.named, r.paired)

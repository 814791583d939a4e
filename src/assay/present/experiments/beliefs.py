"""The same data under other priors, and which of several arms is probably the best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.present.blocks import Section, Table
from assay.present.prose.experiments import beliefs
from assay.present.prose.experiments.basis import telling
from assay.present.prose.experiments.reading import readings
from assay.present.prose.words import inside

if TYPE_CHECKING:
    from assay.present.experiments.sections import Block

Json = dict[str, Any]


def best_blocks(record: Json) -> tuple[Block, ...]:
    """Other priors beside the one above, and with more than two arms which is best."""
    if record["verdict"] == "blocked":
        return ()
    return (*_priors(record), *_best(record))


def _priors(record: Json) -> tuple[Block, ...]:
    r = telling(record, readings(record, arm=record["arm"]))[0]
    posterior = r.body["posterior"]
    if r.state == "silent" or posterior["p_better"] is None or not posterior.get("beside"):
        return ()
    return (
        Table(
            f"{beliefs.agreement(r)}. The same data on {inside(r.metric)} under other priors; "
            "flat: nothing believed beforehand.",
            (
                ("Believed beforehand", "left"),
                ("Lift", "right"),
                ("Chance better", "right"),
                ("Loss if shipped", "right"),
                ("Loss if kept", "right"),
            ),
            beliefs.rows(r),
        ),
    )


def _best(record: Json) -> tuple[Block, ...]:
    """One table per primary metric, where there are several arms to choose from."""
    primary = {body["metric"] for body in record["comparisons"] if body["role"] == "primary"}
    found = [b for b in record.get("best", ()) if b["metric"] in primary and len(b["arms"]) > 2]
    if not found:
        return ()
    head = Section(
        "Which arm",
        beliefs.best_heading(found[0]),
        "Every arm against all others at once, the control among them; chances add up to one.",
    )
    tables = [
        Table(
            f"Chance of being the best arm on {inside(b['metric'])}, and what choosing an arm "
            f"gives up on average against the best ({b['method']}).",
            (("Arm", "left"), ("Chance of being best", "right"), ("Given up", "right")),
            beliefs.best_rows(b),
        )
        for b in found
    ]
    return (head, *tables)

"""Whether there are segments at all, how many, and how far any of it can be trusted."""

from __future__ import annotations

from typing import Any, Literal

from assay.present.blocks import Details, Mark, Note, Section, Table
from assay.present.charts.strips import Strip, strip_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, count, level
from assay.present.prose import segments as words
from assay.present.prose.words import capital, plural_of
from assay.present.trust import checked_blocks

Json = dict[str, Any]
Block = Section | Figure | Table | Note
Columns = tuple[tuple[str, Literal["left", "right"]], ...]


def structure_blocks(record: Json) -> tuple[Block, ...]:
    """The entities beside clouds without groups."""
    tested = record["tested"]
    section = Section("Structure", *words.structure_head(record))
    if not tested["null"]:
        return (section,)
    many = plural_of(words.noun(record))
    measure = words.MEASURES[tested["shown_by"]]
    seen = level("1").number(tested["seen"], 1)
    low, high = min(tested["null"]), max(tested["null"])
    clouds = count(len(tested["null"]))
    clear = tested["verdict"] != "none"
    chart = strip_chart(
        [
            Strip(
                label=f"These {many}",
                note=f"{seen} standard deviations above the mean cloud",
                values=[tested["seen"]],
                meaning="estimate" if clear else "undecided",
            ),
            Strip(
                label="Clouds without groups",
                note=f"{clouds} drawn",
                values=tested["null"],
                meaning="undecided",
            ),
        ],
        axis=f"{measure}, in standard deviations of the clouds",
        aim=0.0,
        band=(low, high),
    )
    return section, Figure(
        chart,
        f"Where these {many} stand out most ({measure}), beside the same of {clouds} clouds with "
        "the same features but no groups; the band is their range.",
        f"{capital(many)} lie {seen} standard deviations above the mean of {clouds} clouds "
        f"without groups, which lie from {level('1').number(low, 1)} to "
        f"{level('1').number(high, 1)}.",
    )


def k_blocks(record: Json) -> tuple[Block, ...]:
    """How often each number of segments is found in halves; nothing where none was looked for."""
    if not record["k_shares"] or record["profiles"] is None:
        return ()
    section = Section("How many", *words.k_head(record))
    if len(record["k_shares"]) == 1:
        return (section,)
    rows = [
        (
            Mark(count(one["k"]), "good", tag=False)
            if one["k"] == record["k"]
            else count(one["k"]),
            PERCENT.number(one["share"], 0),
            "found in all" if one["k"] == record["k"] else "",
        )
        for one in record["k_shares"]
    ]
    columns: Columns = (("Segments", "right"), ("Of halves", "right"), ("", "left"))
    caption = "Numbers of segments that random halves, each on its own, come to."
    return section, Table(caption, columns, rows)


def trust_blocks(record: Json) -> tuple[Section | Table, ...]:
    """What was checked."""
    return checked_blocks(*words.trust_head(record), words.checks(record))


def method_details(record: Json) -> Details:
    """How it was done, folded away, with the features looked at and those left out."""
    looked = Table(
        "Behaviours that entities were compared by.",
        (
            ("Behaviour", "left"),
            ("Unit", "left"),
            ("Transformed", "left"),
            ("Typical value stood in", "right"),
        ),
        [
            (
                one["label"],
                one["unit"],
                one["transform"],
                NOTHING if one["filled"] is None else PERCENT.number(one["filled"], 0),
            )
            for one in record["features"]
        ],
    )
    left = Table(
        "Behaviours that were left out.",
        (("Behaviour", "left"), ("Why", "left")),
        [(one["label"], one["reason"]) for one in record["left_out"]],
    )
    tables = (looked, left) if record["left_out"] else (looked,)
    return Details("How it was done", "method", (*words.method(record), *tables))

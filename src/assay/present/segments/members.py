"""How surely members belong, who moved, and segments that were declared."""

from __future__ import annotations

from typing import Any, Literal

from assay.present.blocks import Note, Section, Table
from assay.present.charts.cells import GridCell, grid_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, count
from assay.present.prose import segments as words
from assay.present.prose.cohorts import amounts, figures
from assay.present.prose.words import capital, joined, plural_of

Json = dict[str, Any]
Block = Section | Figure | Table | Note
Columns = tuple[tuple[str, Literal["left", "right"]], ...]


def certainty_blocks(record: Json) -> tuple[Block, ...]:
    """Members of each segment by how sure they are."""
    told = record["certainty"]
    if not told:
        return ()
    bands = [_band(one) for one in told[0]["bands"]]
    most = max((one["share"] or 0.0 for row in told for one in row["bands"]), default=1.0) or 1.0
    cells = [
        GridCell(
            row=f"{row['ident']} {row['name']}",
            column=_band(one),
            strength=0.0 if one["share"] is None else one["share"] / most,
            figure="" if one["share"] is None else PERCENT.bare(one["share"], 0),
            words=NOTHING if one["share"] is None else f"{count(one['members'])} members",
            state="hidden" if one["share"] is None else "told",
        )
        for row in told
        for one in row["bands"]
    ]
    crossed = any(one["share"] is None for row in told for one in row["bands"])
    alt = [
        f"{row['name']}: {PERCENT.number(row['bands'][-1]['share'], 0)} at "
        f"{_band(row['bands'][-1])} or more"
        for row in told
        if row["bands"][-1]["share"] is not None
    ]
    return Section("Certainty", *words.certainty_head(record)), Figure(
        grid_chart(
            cells,
            rows=[f"{row['ident']} {row['name']}" for row in told],
            columns=bands,
            across="certainty, %",
        ),
        "Share of each segment’s members, in percent, by how sure they are to be in it; to the "
        "right the surest." + (" A cross: too few to be told." if crossed else ""),
        f"Certainty of members. {'; '.join(alt) or 'All shares are withheld'}.",
    )


def _band(one: Json) -> str:
    return f"{PERCENT.bare(one['above'], 0)}–{PERCENT.bare(one['below'], 0)}"


def flow_blocks(record: Json) -> tuple[Block, ...]:
    """Who moved from which segment to which; why not, where that is not told."""
    if record["profiles"] is None:
        return ()
    section = Section("Movement", *words.flow_head(record))
    flows = record["flows"]
    if flows is None:
        return (section,)
    idents = {one["name"]: one["ident"] for one in words.shown(record)}
    names = {name: f"{ident} {name}" for name, ident in idents.items()}
    off = [
        one["flow"]["value"]
        for one in flows["flows"]
        if one["flow"] is not None and one["before"] != one["after"]
    ]
    cells = [
        GridCell(
            row=names[one["before"]],
            column=idents[one["after"]],
            strength=0.0
            if one["flow"] is None
            else min(one["flow"]["value"] / (max(off, default=1.0) or 1.0), 1.0)
            if one["before"] != one["after"]
            else 0.25,
            figure="" if one["flow"] is None else PERCENT.bare(one["flow"]["value"], 1),
            words=NOTHING if one["flow"] is None else figures(one["flow"]),
            state="hidden" if one["flow"] is None else "told",
        )
        for one in flows["flows"]
    ]
    many = plural_of(words.noun(record))
    moved = sorted(
        (one for one in flows["flows"] if one["flow"] and one["before"] != one["after"]),
        key=lambda one: -float(one["flow"]["value"]),
    )[:3]
    told = [f"from {one['before']} to {one['after']} {figures(one['flow'])}" for one in moved]
    return section, Figure(
        grid_chart(
            cells,
            rows=list(names.values()),
            columns=list(idents.values()),
            across="to segment, now",
            down="",
        ),
        f"Percent of all {many} known in both periods, errors of assignment taken off: rows are "
        "where they were, columns where they are. The diagonal stayed. A cross: too few.",
        f"Movement: {joined(told) if told else 'no flow is large enough to be told'}.",
    )


def rule_blocks(record: Json) -> tuple[Block, ...]:
    """Segments by rule with expected numbers."""
    section = Section("By rule", *words.rules_head(record))
    rules = record["rules"]
    if rules is None:
        return (section,)
    rows = [
        (
            one["name"],
            one["describes"] or joined([each["text"] for each in one["conditions"]]),
            NOTHING if one["expected"] is None else amounts(one["expected"]),
            figures(one["share"]),
            _counted(one["members"]),
            _counted(one["unclear"]),
            _counted(one["too_little"]),
            _counted(one["naive"]),
        )
        for one in rules["segments"]
    ]
    columns: Columns = (
        ("Segment", "left"),
        ("Who", "left"),
        ("Expected", "right"),
        ("Share", "right"),
        ("Told to be in", "right"),
        ("Unclear", "right"),
        ("Too little data", "right"),
        ("By the cut alone", "right"),
    )
    every = "" if rules["entities"] is None else f" of {count(rules['entities'])}"
    caption = (
        f"Expected numbers{every} {plural_of(words.noun(record))}, with intervals, beside how many "
        "the cut alone would count: chance pushes people over a cut."
    )
    return section, Table(capital(caption), columns, rows)


def _counted(number: int | None) -> str:
    return NOTHING if number is None else count(number)

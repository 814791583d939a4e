"""How surely members belong, who moved, and segments that were declared."""

from __future__ import annotations

from typing import Any, Literal

from assay.present.blocks import Note, Section, Table
from assay.present.charts.tiles import Tile, tile_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, count
from assay.present.prose import segments as words
from assay.present.prose.cohorts import amounts, figures
from assay.present.prose.words import joined, plural_of

Json = dict[str, Any]
Block = Section | Figure | Table | Note
Columns = tuple[tuple[str, Literal["left", "right"]], ...]


def certainty_blocks(record: Json) -> tuple[Block, ...]:
    """Members of each segment by how sure they are."""
    told = record["certainty"]
    if not told:
        return ()
    edges = sorted({edge for row in told for one in row["bands"] for edge in _ends(one)} | {0.0})
    tiles = [
        Tile(
            row=place,
            start=edges.index(one["above"]),
            end=edges.index(one["below"]),
            strength=one["share"] or one["at_least"] or 0.0,
            figure=_share_of(one),
            words=_said(one),
        )
        for place, row in enumerate(told)
        for one in row["bands"]
    ]
    alt = [f"{row['name']}: {joined([_said(one) for one in row['bands']])}" for row in told]
    bound = any(one["share"] is None for row in told for one in row["bands"])
    sizes = {one["ident"]: one["n"] or 0 for one in words.shown(record)}
    some = any(
        sum(one["members"] or sizes[row["ident"]] for one in row["bands"]) < sizes[row["ident"]]
        for row in told
    )
    chart = tile_chart(
        tiles,
        rows=[f"{row['ident']} {row['name']}" for row in told],
        places=len(edges) - 1,
        marks=[(place, PERCENT.bare(edge, 0)) for place, edge in enumerate(edges)],
        across="certainty, %",
    )
    return Section("Certainty", *words.certainty_head(record)), Figure(
        chart,
        f"Share of each segment’s members{' in a random sample' if some else ''}, in percent, by "
        "how sure they are to be in it: to the right the surest. "
        f"Bands of fewer than {count(record['smallest_cell'])} members are put "
        "together with their neighbours."
        + (" Over: the few others are not told exactly." if bound else ""),
        f"Certainty of members. {'; '.join(alt)}.",
    )


def _ends(one: Json) -> tuple[float, float]:
    return one["above"], one["below"]


def _share_of(one: Json) -> str:
    """`98`, `over 97`: in percent."""
    if one["share"] is not None:
        return PERCENT.bare(one["share"], 0 if one["share"] in {0.0, 1.0} else 1)
    return "" if one["at_least"] is None else f"over {PERCENT.bare(one['at_least'], 0)}"


def _said(one: Json) -> str:
    """`over 97 % at 90 to 100 %`."""
    ends = PERCENT.span(one["above"], one["below"], 0)
    return f"{_share_of(one)}{PERCENT.after} at {ends}"


def flow_blocks(record: Json) -> tuple[Block, ...]:
    """Who moved from which segment to which; why not, where that is not told."""
    if record["profiles"] is None:
        return ()
    section = Section("Movement", *words.flow_head(record))
    flows = record["flows"]
    if flows is None:
        return (section,)
    idents = {one["name"]: one["ident"] for one in words.shown(record)}
    stayed = {one["name"]: one for one in flows["stayed"]}
    places = list(idents)
    cells = {(one["before"], one["after"]): _moved(one, stayed) for one in flows["flows"]}
    tiles = [
        Tile(
            row=places.index(before),
            start=places.index(after),
            end=places.index(after) + 1,
            strength=strength,
            figure=figure or "×",
            words=f"from {idents[before]} to {idents[after]}: "
            + (f"{figure}{PERCENT.after}" if figure else "too few"),
            claimed=bool(figure),
        )
        for (before, after), (figure, strength) in cells.items()
    ]
    many = plural_of(words.noun(record))
    crossed = any(not figure for figure, _ in cells.values())
    kept = [f"{cells[name, name][0]} % stayed in {name}" for name in places if cells[name, name][0]]
    off = sorted(
        (one for one in flows["flows"] if one["flow"] and one["before"] != one["after"]),
        key=lambda one: -float(one["flow"]["value"]),
    )[:3]
    told = [
        f"{figures(one['flow'])} of all went from {one['before']} to {one['after']}"
        for one in off
        if one["flow"]["value"] > 0
    ]
    return section, Figure(
        tile_chart(
            tiles,
            rows=[f"{ident} {name}" for name, ident in idents.items()],
            places=len(places),
            marks=[(place + 0.5, ident) for place, ident in enumerate(idents.values())],
            across="segment now",
        ),
        f"Of the {many} who were in the segment of the row, in percent, where they are now, errors "
        "of assignment taken off."
        + (
            f" Where fewer than {count(record['smallest_cell'])} left, who stayed is told as a "
            "bound; crosses of a row are together what is missing to all."
            if crossed
            else ""
        ),
        f"Movement: {'; '.join([*kept, *told]) or 'too few in all flows'}.",
    )


def _moved(one: Json, stayed: dict[str, Json]) -> tuple[str, float]:
    """The printed share of those who were there, and how full its colour is."""
    own = stayed[one["before"]]
    if one["of_before"] is not None:
        share = float(one["of_before"])
        return PERCENT.bare(share, 0 if share in {0.0, 1.0} else 1), share
    if one["before"] == one["after"] and own["at_least"] is not None:
        return f"over {PERCENT.bare(own['at_least'], 0)}", float(own["at_least"])
    return "", 0.0


def rule_blocks(record: Json) -> tuple[Block, ...]:
    """Segments by rule with expected numbers."""
    section = Section("By rule", *words.rules_head(record))
    rules = record["rules"]
    if rules is None:
        return (section,)
    many = plural_of(words.noun(record))
    rows = [
        (
            f"{one['name']}: {one['describes'] or _conditions(one)}",
            amounts(one["expected"]),
            NOTHING if one["share"] is None else PERCENT.number(one["share"]["value"], 1),
            _counted(one["members"]),
            _counted(one["unclear"]),
            _counted(one["too_little"]),
            _counted(one["naive"]),
        )
        for one in rules["segments"]
    ]
    columns: Columns = (
        ("Segment", "left"),
        ("Expected", "right"),
        ("Share", "right"),
        ("Told to be in", "right"),
        ("Unclear", "right"),
        ("Too little data", "right"),
        ("By the cut alone", "right"),
    )
    every = "" if rules["entities"] is None else f" of {count(rules['entities'])}"
    caption = (
        f"Expected numbers{every} {many}, with intervals. Expected adds up everybody’s "
        "probability: whoever has too little data counts with what all together make likely, and "
        "where these are many, the number is mostly theirs. By the cut alone counts observed "
        "numbers beyond it, which chance pushes there as well, and nobody without data. A dash: "
        f"fewer than {count(rules['smallest'])}, or what would tell them."
    )
    return section, Table(caption, columns, rows)


def _conditions(one: Json) -> str:
    return joined([each["text"] for each in one["conditions"]])


def _counted(number: int | None) -> str:
    return NOTHING if number is None else count(number)

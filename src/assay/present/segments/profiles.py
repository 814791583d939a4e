"""Which segments there are, and what sets each apart."""

from __future__ import annotations

from typing import Any, Final, Literal

from assay.present.blocks import Mark, Note, Section, Table
from assay.present.charts.heat import HeatCell, heat_chart
from assay.present.figures import Figure
from assay.present.format import MINUS, NOTHING, PERCENT, chance, count, level
from assay.present.prose import segments as words
from assay.present.prose.cohorts import figures
from assay.present.prose.words import capital, joined, plural_of

Json = dict[str, Any]
Block = Section | Figure | Table | Note
Columns = tuple[tuple[str, Literal["left", "right"]], ...]
FEATURES: Final = 16
"""Rows of the map, those with the largest effects; the others are in the table of claims."""
TRAITS: Final = 6
"""Traits of a segment that are told in the table, the largest first."""
KINDS: Final = {
    "defines and goes along": "both",
    "defines": "defines",
    "goes along": "goes along",
    "a cut only": "a cut",
}
FULL: Final = 2.0
"""Standard deviations at which a colour is full."""


def segment_blocks(record: Json) -> tuple[Block, ...]:
    """The segments: size, certainty, what became of them."""
    profiles = words.shown(record)
    if not profiles:
        return ()
    many = plural_of(words.noun(record))
    followed = any(one["drift"] is not None for one in profiles)
    rows = [
        (
            one["ident"],
            one["name"],
            NOTHING if one["n"] is None else count(one["n"]),
            figures(one["share"]),
            NOTHING if one["certainty"] is None else chance(one["certainty"]),
            *((_drift(one),) if followed else ()),
        )
        for one in profiles
    ]
    columns: Columns = (
        ("", "left"),
        ("Segment", "left"),
        (capital(many), "right"),
        ("Share", "right"),
        ("Mean certainty", "right"),
        *((("Since the earlier version", "left"),) if followed else ()),
    )
    heading = words.title(record).split(":")[0]
    lead = f"Members near a border count in parts, so that shares need not be {many} over all."
    blocks: list[Block] = [
        Section("Segments", heading, lead),
        Table("Segments, the largest first, with intervals of their shares.", columns, rows),
    ]
    if record["noise"]:
        verb = "is" if record["noise"] == 1 else "are"
        blocks.append(Note(f"{count(record['noise'])} {many} {verb} in no segment (noise)."))
    if record["profiles"]["gone"]:
        gone = joined([f"“{name}”" for name in record["profiles"]["gone"]])
        blocks.append(Note(f"Of the earlier version’s segments, there is no more: {gone}."))
    return tuple(blocks)


def _drift(one: Json) -> Mark | str:
    drift = one["drift"]
    if drift is None:
        return NOTHING
    tone: Literal["attention", "neutral"] = (
        "neutral" if drift["change"] in {"same", "not comparable"} else "attention"
    )
    of = f" ({joined(drift['of'])})" if drift["of"] else ""
    return Mark(f"{drift['change']}{of}", tone)


def profile_blocks(record: Json) -> tuple[Block, ...]:
    """The map of effects, then each segment's largest ones in their own unit."""
    profiles = [one for one in words.shown(record) if one["traits"]]
    if not profiles:
        return ()
    blocks: list[Block] = [
        Section("What sets apart", *words.profile_head(record)),
        _map(profiles),
        _traits(profiles),
    ]
    return tuple(blocks)


def _claimed(trait: Json) -> bool:
    return bool(trait["kind"] != "a cut only")


def _map(profiles: list[Json]) -> Figure:
    largest: dict[str, tuple[bool, float]] = {}
    for one in profiles:
        for trait in one["traits"]:
            size = (_claimed(trait), abs(trait["effect"]["value"]))
            largest[trait["label"]] = max(largest.get(trait["label"], (False, 0.0)), size)
    rows = sorted(largest, key=lambda label: largest[label], reverse=True)[:FEATURES]
    columns = [one["ident"] for one in profiles]
    cells = [
        HeatCell(
            row=capital(trait["label"]),
            column=one["ident"],
            value=trait["effect"]["value"],
            figure=level("1").number(trait["effect"]["value"], 1, signed=True),
            words=f"{one['name']}: {_effect(trait)}, {trait['kind']}",
            claimed=_claimed(trait),
        )
        for one in profiles
        for trait in one["traits"]
        if trait["label"] in rows
    ]
    named = joined([f"{one['ident']} is “{one['name']}”" for one in profiles])
    more = (
        f" Shown are {FEATURES} of {count(len(largest))} behaviours."
        if len(largest) > len(rows)
        else ""
    )
    best = [
        f"{one['name']}: {joined([_said(trait) for trait in one['traits'][:2]])}"
        for one in profiles[:4]
    ]
    return Figure(
        heat_chart(
            cells,
            rows=[capital(label) for label in rows],
            columns=columns,
            most=FULL,
            across="segment",
        ),
        f"Difference to all others in standard deviations: + is more, {MINUS} is less. Bold and "
        f"coloured (blue more, amber less, full at {level('1').number(FULL, 0)}) where it is "
        f"claimed; a pale number is no more than a cut makes. {named}.{more}",
        f"Profiles. {'. '.join(best)}.",
    )


def _said(trait: Json) -> str:
    return f"{trait['label']} {level('1').number(trait['effect']['value'], 1, signed=True)}"


def _effect(trait: Json) -> str:
    size = trait["effect"]
    written = level("1")
    decimals = min(written.decimals(size["low"], size["high"]), 2)
    value = written.number(size["value"], decimals, signed=True)
    return f"{value} {written.interval(size['low'], size['high'], decimals)}"


def _traits(profiles: list[Json]) -> Table:
    rows: list[tuple[Mark | str, ...]] = []
    for one in profiles:
        claimed = [trait for trait in one["traits"] if _claimed(trait)][:TRAITS]
        for at, trait in enumerate(claimed):
            rows.append(
                (
                    one["ident"] if at == 0 else "",
                    capital(trait["label"]),
                    _own(trait["inside"], trait["unit"]),
                    _own(trait["outside"], trait["unit"]),
                    _effect(trait),
                    chance(trait["more"]["value"]),
                    KINDS[trait["kind"]],
                )
            )
        if not claimed:
            rows.append((one["ident"], "nothing is claimed", *(NOTHING for _ in range(4)), ""))
    columns: Columns = (
        ("", "left"),
        ("Behaviour", "left"),
        ("Mean here", "right"),
        ("Of others", "right"),
        ("Effect", "right"),
        ("More", "right"),
        ("Told as", "left"),
    )
    caption = (
        "The largest claimed differences of each segment, in the behaviour’s own unit; the effect "
        "in standard deviations with an interval that holds for all at once; the chance that a "
        "member has more of it than somebody else. Both: it defines and goes along."
    )
    return Table(caption, columns, rows)


def _own(value: float | None, unit: str) -> str:
    if value is None:
        return NOTHING
    if unit == "share":
        return PERCENT.number(value, 1)
    written = level(unit if unit in {"USD", "s"} else "1", value)
    return written.number(value, written.decimals_of(value))

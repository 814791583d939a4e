"""Which segments there are, and what sets each apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from assay.present.blocks import Mark, Note, Section, Table
from assay.present.charts.heat import HeatCell, heat_chart
from assay.present.figures import Figure
from assay.present.format import MINUS, NOTHING, PERCENT, count, level
from assay.present.prose import segments as words
from assay.present.prose.cohorts import figures
from assay.present.prose.words import capital, joined, plural_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]
Block = Section | Figure | Table | Note
Columns = tuple[tuple[str, Literal["left", "right"]], ...]
FEATURES: Final = 16
"""Rows of the map, those with the largest effects; the others are in the table of claims."""
TRAITS: Final = 6
"""Traits of a segment that are told in the table, the largest first."""
TYPICAL: Final = 6
"""Segments of which a typical member is told."""
KINDS: Final = {
    "defines and goes along": "both",
    "defines": "defines",
    "goes along": "along",
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
            words.certain(one["certainty"]),
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
    blocks: list[Block] = [
        Section("Segments", *words.segments_head(record)),
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
        _pair(profiles) if len(profiles) == 2 else _traits(profiles),
    ]
    typical = _typical(profiles, record)
    if typical is not None:
        blocks.append(typical)
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
            figure=_size(trait),
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


def _size(trait: Json) -> str:
    """`+2.2`; of what is claimed, as many digits as tell it from zero."""
    value = trait["effect"]["value"]
    decimals = 2 if _claimed(trait) and abs(value) < 0.05 else 1
    return level("1").number(value, decimals, signed=True)


def _said(trait: Json) -> str:
    return f"{trait['label']} {level('1').number(trait['effect']['value'], 1, signed=True)}"


def _effect(trait: Json) -> str:
    size = trait["effect"]
    written = level("1")
    decimals = min(written.decimals(size["low"], size["high"]), 2)
    value = written.number(size["value"], decimals, signed=True)
    return f"{value} {written.interval(size['low'], size['high'], decimals)}"


def _pair(profiles: list[Json]) -> Table:
    """Two segments differ from each other, and each difference is told once."""
    one, other = profiles
    against = {trait["label"]: trait for trait in other["traits"]}
    both = [trait for trait in one["traits"] if _claimed(trait)]
    rows: list[tuple[str, ...]] = [
        (
            capital(trait["label"]),
            *_alike(
                (
                    trait["inside"],
                    against.get(trait["label"], {}).get("inside", trait["outside"]),
                ),
                trait["unit"],
            ),
            _effect(trait),
            KINDS[trait["kind"]],
        )
        for trait in both[: 2 * TRAITS]
    ]
    columns: Columns = (
        ("Behaviour", "left"),
        (f"Mean in {one['ident']}", "right"),
        (f"Mean in {other['ident']}", "right"),
        (f"Effect of {one['ident']}", "right"),
        ("Told as", "left"),
    )
    named = joined([f"{each['ident']} is “{each['name']}”" for each in profiles])
    return Table(f"{_largest('')} {named}.", columns, rows or [_unclaimed(len(columns))])


def _largest(whose: str) -> str:
    return (
        f"The largest claimed differences{whose}, in the behaviour’s own unit; the effect is in "
        "standard deviations, with an interval that holds for all at once. It defines a segment, "
        "goes along with it, or both."
    )


def _unclaimed(columns: int) -> tuple[str, ...]:
    return ("nothing is claimed", *(NOTHING for _ in range(columns - 1)))


def _traits(profiles: list[Json]) -> Table:
    rows: list[tuple[str, ...]] = []
    for one in profiles:
        claimed = [trait for trait in one["traits"] if _claimed(trait)][:TRAITS]
        for at, trait in enumerate(claimed):
            rows.append(
                (
                    one["ident"] if at == 0 else "",
                    capital(trait["label"]),
                    *_alike((trait["inside"], trait["outside"]), trait["unit"]),
                    _effect(trait),
                    KINDS[trait["kind"]],
                )
            )
        if not claimed:
            rows.append((one["ident"], *_unclaimed(5)))
    columns: Columns = (
        ("", "left"),
        ("Behaviour", "left"),
        ("Mean here", "right"),
        ("Of others", "right"),
        ("Effect", "right"),
        ("Told as", "left"),
    )
    return Table(_largest(" of each segment"), columns, rows)


def _typical(profiles: list[Json], record: Json) -> Table | None:
    """One typical member of each segment, in what sets the segments apart."""
    told = [one for one in profiles if one["exemplars"]][:TYPICAL]
    if not told:
        return None
    largest: dict[str, float] = {}
    for one in profiles:
        for trait in one["traits"]:
            if _claimed(trait):
                size = abs(trait["effect"]["value"])
                largest[trait["label"]] = max(largest.get(trait["label"], 0.0), size)
    labels = sorted(largest, key=lambda label: -largest[label])[:TRAITS]
    if not labels:
        return None
    values = [{value["label"]: value for value in one["exemplars"][0]["values"]} for one in told]
    rows = [(capital(label), *_two_digits([one.get(label) for one in values])) for label in labels]
    columns: Columns = (
        ("Behaviour", "left"),
        *((f"Typical of {one['ident']}", "right") for one in told),
    )
    many = len(profiles) > len(told)
    caption = (
        f"What a typical member does: the middle of the {count(record['smallest_cell'])} members "
        "around it, in two digits, so that it is nobody’s record."
        + (f" Shown are {len(told)} of {count(len(profiles))} segments." if many else "")
    )
    return Table(caption, columns, rows)


def _two_digits(row: list[Json | None]) -> tuple[str, ...]:
    unit = next((one["unit"] for one in row if one is not None), "")
    return _alike([None if one is None else one["value"] for one in row], unit, digits=2)


def _alike(values: Sequence[float | None], unit: str, *, digits: int = 3) -> tuple[str, ...]:
    """Numbers of one row in the same unit: that in which the largest one is told."""
    largest = max((abs(value) for value in values if value), default=0.0)
    written = PERCENT if unit == "share" else level(unit if unit in {"USD", "s"} else "1", largest)
    most = 1 if unit == "share" else written.decimals_of(largest) + 1

    def decimals(value: float) -> int:
        if unit == "share" and digits > 2:
            return most
        return min(max(written.decimals_of(value) + digits - 3, 0), most)

    return tuple(
        NOTHING if value is None else written.number(value, decimals(value)) for value in values
    )

"""The sections of the report on providers, ready to be displayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from assay.present.blocks import Details, Mark, Note, Section, Table
from assay.present.charts.cells import GridCell, grid_chart
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.figures import Figure
from assay.present.format import NOTHING, PERCENT, SPACE, count, level, p_value
from assay.present.prose import providers as words
from assay.present.prose.providers import brief, tell
from assay.present.prose.words import capital, joined, plural_of
from assay.present.trust import checked_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.present.theme import Meaning

__all__ = [
    "agreement_blocks",
    "association_blocks",
    "brief",
    "cell_blocks",
    "cell_details",
    "change_blocks",
    "method_details",
    "tell",
    "trust_blocks",
]

Json = dict[str, Any]
Block = Section | Figure | Table | Note
Columns = tuple[tuple[str, Literal["left", "right"]], ...]

_LESS: Final = frozenset({"latency", "cost"})
_SCALES: Final = (
    (("success", "rating"), "difference, percentage points"),
    (("latency", "cost"), "relative change, %"),
)
_PALEST: Final = 0.08
_FULLEST: Final = 0.9
_HUNDRED: Final = 100
_MEANINGS: Final[dict[str, Meaning]] = {"good": "better", "bad": "worse"}


def change_blocks(record: Json) -> tuple[Block, ...]:
    """Changes of provider that are judged on shared items."""
    section = Section("Changes", *words.change_head(record))
    known = words.judged(record)
    if not known:
        return (section,)
    figures = [
        _differences([_judged(one) for one in known if one["measure"] in names], axis, record)
        for names, axis in _SCALES
        if any(one["measure"] in names for one in known)
    ]
    left = [one for one in record["found"]["changes"] if one["difference"] is None]
    said = [
        f"{words.SHORT[one['measure']]} of {one['agent']} with {one['other']} ({one['reason']})"
        for one in left
    ]
    notes = (Note(f"Not compared: {joined(said)}."),) if said else ()
    return (section, *figures, _changes(record, known), *notes)


def _judged(one: Json) -> Interval:
    verdict, tone = words.VERDICTS[one["verdict"]]
    size, margin = one["difference"], one["margin"] * _HUNDRED
    return Interval(
        label=f"{capital(words.SHORT[one['measure']])} of {one['agent']}",
        note=f"{one['other']} instead of {one['base']}, {count(one['items'])} items",
        value=size["value"] * _HUNDRED,
        low=size["low"] * _HUNDRED,
        high=size["high"] * _HUNDRED,
        figures=words.sized(size, one["measure"]),
        verdict=verdict,
        meaning=_MEANINGS.get(tone, "undecided"),
        limit=margin if one["measure"] in _LESS else -margin,
    )


def _differences(rows: Sequence[Interval], axis: str, record: Json) -> Figure:
    said = "; ".join(f"{one.label} {one.figures}, {one.verdict}" for one in rows)
    kind = "points" if "points" in axis else "relative changes"
    limits = any(one.limit is not None for one in rows)
    return Figure(
        interval_chart(rows, axis=capital(axis)),
        f"What another {words.maker(record)} goes with, as {kind}, with "
        f"{PERCENT.number(record['found']['confidence'], 0)} intervals"
        + ("; the tick is the margin." if limits else "."),
        f"{said}.",
    )


def _changes(record: Json, known: Sequence[Json]) -> Table:
    rows = [
        (
            f"{one['agent']}: {one['base']}{SPACE}→{SPACE}{one['other']}",
            capital(words.SHORT[one["measure"]]),
            count(one["items"]),
            words.point(one["value_base"], one["unit"]),
            words.point(one["value_other"], one["unit"]),
            p_value(one["adjusted"]),
            Mark(*words.VERDICTS[one["verdict"]]),
        )
        for one in known
    ]
    columns: Columns = (
        ("Change", "left"),
        ("Measure", "left"),
        ("Items", "right"),
        ("From", "right"),
        ("To", "right"),
        ("p, adjusted", "right"),
        ("Verdict", "left"),
    )
    caption = (
        f"Means over the items that were tried with both {plural_of(words.maker(record))}; of "
        "wait and cost geometric means."
    )
    return Table(caption, columns, rows)


def agreement_blocks(record: Json) -> tuple[Block, ...]:
    """How far an agent comes to the same outcome with two providers; nothing without items."""
    known = [one for one in words.judged(record) if one["alike"] is not None]
    if not known:
        return ()
    rows = [
        (
            one["agent"],
            f"{one['base']}, {one['other']}",
            count(one["items"]),
            _share(one["alike"]),
            _agreement(one["kappa"]),
            _agreement(one["ac1"]),
        )
        for one in known
    ]
    columns: Columns = (
        (capital(words.whom(record)), "left"),
        (capital(plural_of(words.maker(record))), "left"),
        ("Shared items", "right"),
        ("Same outcome", "right"),
        ("Cohen’s kappa", "right"),
        ("Gwet’s AC1", "right"),
    )
    return (
        Section("Consistency", *words.agreement_head(record)),
        Table("Agreement on whether an item succeeds, with intervals.", columns, rows),
    )


def _share(size: Json) -> str:
    decimals = max(0, min(PERCENT.decimals(size["low"], size["high"]), 1))
    ends = PERCENT.interval(size["low"], size["high"], decimals, signed=False)
    return f"{PERCENT.number(size['value'], decimals)} {ends}"


def _agreement(size: Json | None) -> str:
    if size is None:
        return NOTHING
    one = level("1")
    ends = one.interval(size["low"], size["high"], 2, signed=False)
    return f"{one.number(size['value'], 2)} {ends}"


def association_blocks(record: Json) -> tuple[Block, ...]:
    """What goes along with a provider where no items are shared; nothing where all are judged."""
    if not record["associations"]:
        return ()
    section = Section("Associations", *words.association_head(record))
    seen = words.told(record)
    if not seen:
        return (section,)
    figures = [
        _differences([_seen(one) for one in seen if one["measure"] in names], axis, record)
        for names, axis in _SCALES
        if any(one["measure"] in names for one in seen)
    ]
    return (section, *figures, _associations(seen))


def _seen(one: Json) -> Interval:
    size = one["difference"]
    return Interval(
        label=f"{capital(words.SHORT[one['measure']])} of {one['agent']}",
        note=f"{one['other']} beside {one['base']}",
        value=size["value"] * _HUNDRED,
        low=size["low"] * _HUNDRED,
        high=size["high"] * _HUNDRED,
        figures=words.sized(size, one["measure"]),
        verdict="goes along" if one["differs"] else "not shown",
        meaning="estimate" if one["differs"] else "undecided",
    )


def _associations(seen: Sequence[Json]) -> Table:
    rows = [
        (
            f"{one['agent']}: {one['base']},{SPACE}{one['other']}",
            capital(words.SHORT[one["measure"]]),
            (
                f"{words.point(one['value_base'], one['unit'])} → "
                f"{words.point(one['value_other'], one['unit'])}"
            ),
            words.sized(one["difference"], one["measure"]).split(" [")[0],
            words.written(one["measure"]).number(
                one["raw"], 0 if abs(one["raw"]) >= 1 else 1, signed=True
            ),
            p_value(one["adjusted"]),
        )
        for one in seen
    ]
    columns: Columns = (
        ("Agent and pair", "left"),
        ("Measure", "left"),
        ("The first → the second", "right"),
        ("Difference", "right"),
        ("Kinds not held fixed", "right"),
        ("p, adjusted", "right"),
    )
    return Table(
        "Means over interactions of the same kinds. Where the difference is another one when kinds "
        "are not held fixed, it was the mix that differed.",
        columns,
        rows,
    )


def cell_blocks(record: Json) -> tuple[Block, ...]:
    """Each measure by agent and provider, as grids."""
    found = record["found"]
    measures = dict.fromkeys(one["measure"] for one in found["cells"] if one["pooled"])
    if not measures:
        return ()
    return (
        Section("Cells", *words.cell_head(record)),
        *(_grid(record, measure) for measure in measures),
    )


def _grid(record: Json, measure: str) -> Figure:
    cells = [one for one in record["found"]["cells"] if one["measure"] == measure and one["pooled"]]
    rows = sorted({one["agent"] for one in record["found"]["cells"]})
    columns = sorted({one["provider"] for one in record["found"]["cells"]})
    values = [one["pooled"]["value"] for one in cells]
    least, span = min(values), (max(values) - min(values)) or 1.0
    drawn = [
        GridCell(
            row=one["agent"],
            column=one["provider"],
            strength=_PALEST + (_FULLEST - _PALEST) * (one["pooled"]["value"] - least) / span,
            figure=words.point(one["pooled"]["value"], one["unit"]),
            words=f"{_pooled(one)}, {count(one['n'])} values",
        )
        for one in cells
    ]
    said = "; ".join(f"{one['agent']} with {one['provider']} {_pooled(one)}" for one in cells)
    return Figure(
        grid_chart(
            drawn, rows=rows, columns=columns, across=words.maker(record), down=words.whom(record)
        ),
        f"{capital(words.MEASURES[measure])}, drawn towards the others; pale is the least, full "
        "the most. Intervals are under “All cells with intervals”.",
        f"{capital(words.MEASURES[measure])}: {said}.",
    )


def _pooled(one: Json) -> str:
    size = one["pooled"]
    how = level(one["unit"], size["value"])
    decimals = max(0, how.decimals(size["low"], size["high"]))
    decimals = min(decimals, 1) if one["unit"] == "share" else decimals
    ends = how.interval(size["low"], size["high"], decimals, signed=False)
    return f"{how.number(size['value'], decimals)} {ends}"


def cell_details(record: Json) -> Details:
    """All cells with their intervals, and how much of the differences belongs to what."""
    found = record["found"]
    cells = Table(
        "Each measure as observed, and drawn towards the others.",
        (
            (capital(words.whom(record)), "left"),
            (capital(words.maker(record)), "left"),
            ("Measure", "left"),
            ("Values", "right"),
            ("Observed", "right"),
            ("Drawn", "right"),
        ),
        [
            (
                one["agent"],
                one["provider"],
                capital(words.SHORT[one["measure"]]),
                count(one["n"]),
                words.point(one["value"], one["unit"]),
                NOTHING if one["pooled"] is None else _pooled(one),
            )
            for one in found["cells"]
        ],
    )
    one_digit = level("1")
    spreads = Table(
        "Standard deviations between cells, on the scale that they are drawn on.",
        (
            ("Measure", "left"),
            ("Scale", "left"),
            (f"Between {plural_of(words.whom(record))}", "right"),
            (f"Between {plural_of(words.maker(record))}", "right"),
            ("Beyond both", "right"),
        ),
        [
            (
                capital(words.SHORT[one["measure"]]),
                one["scale"],
                one_digit.number(one["agents"], 2),
                one_digit.number(one["providers"], 2),
                one_digit.number(one["beyond"], 2),
            )
            for one in found["spreads"]
        ],
    )
    return Details("All cells with intervals", "cells", (cells, spreads))


def trust_blocks(record: Json) -> tuple[Section | Table, ...]:
    """What was checked."""
    return checked_blocks(*words.trust_head(record), words.checks(record))


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was done", "method", words.method(record))

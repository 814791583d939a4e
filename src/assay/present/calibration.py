"""The sections of the report on calibration, ready to be displayed.

Each function takes the record of the result, with its findings told, and returns what a notebook
cell displays.
"""

from __future__ import annotations

from typing import Any, Final

from assay.present.blocks import Cell, Details, Mark, Note, Section, Table
from assay.present.charts.strips import Strip, strip_chart
from assay.present.figures import Figure
from assay.present.format import SPACE, as_printed, count
from assay.present.prose import calibration as words
from assay.present.prose.calibration import brief, figure_of, number, tell
from assay.present.prose.words import capital

__all__ = [
    "brief",
    "faults_blocks",
    "fixed_blocks",
    "formulas_blocks",
    "looks_blocks",
    "method_details",
    "other_blocks",
    "tell",
]

Json = dict[str, Any]
Block = Section | Figure | Table | Note

MOST_FAULTS: Final = 60
"""Figures outside their bands that are told one by one."""
FIXED: Final = "one look at a fixed end"
LOOKS: Final = "many looks while data come in"
_OURS: Final = "ours"
_HOLDS: Final = Mark("holds", "good", "✓")
_FAILS: Final = Mark("fails", "bad", "!", tag=True)


def faults_blocks(record: Json) -> tuple[Block, ...]:
    """What does not hold, named plainly, before anything else."""
    section = Section("What fails", *words.faults_head(record))
    faults = record["faults"]
    if not faults:
        return (section,)
    shown = faults[:MOST_FAULTS]
    rest = len(faults) - len(shown)
    caption = "Figures outside their bands, farthest first."
    rows = [
        (
            capital(row["part"]),
            words.cell_of(row),
            capital(row["measure"]),
            figure_of(row),
            words.band_of(row),
            count(row["streams"]),
        )
        for row in shown
    ]
    blocks: list[Block] = [
        section,
        Table(
            caption,
            (
                ("Part", "left"),
                ("Cell", "left"),
                ("Measured", "left"),
                ("Figure", "right"),
                ("Band", "right"),
                ("Experiments", "right"),
            ),
            rows,
        ),
    ]
    if rest:
        blocks.append(Note(f"{count(rest)} more figures lie outside; result.json has them all."))
    return tuple(blocks)


def fixed_blocks(record: Json) -> tuple[Block, ...]:
    """One look at a fixed end: every kind of outcome, size and split."""
    found = record["fixed"]
    if not found:
        return ()
    heading, lead = words.part_head(record, FIXED, "At a fixed end")
    rows: list[list[Cell]] = [
        [
            words.outcome_of(cell),
            words.sizes(cell),
            words.answered_by(cell["method"]),
            number(cell["false_positives"], "share", 0.001),
            words.span(cell["coverage_low"], cell["coverage_high"]),
            number(cell["lopsided"], "1"),
            number(cell["refused"], "share", 0.001) + ("" if cell["owed"] else "*"),
            _HOLDS if cell["holds"] else _FAILS,
        ]
        for cell in found
    ]
    caption = (
        "False positives of A/A experiments; coverage of the lift, least and most over true lifts "
        f"of −20 to +100{SPACE}%; larger side of the misses over the smaller; refused. Score "
        "intervals are skewness-corrected, permutations are those of units, studentised. * An "
        "answer may be refused: fewer than ten units with a value are expected in an arm."
    )
    return (
        Section("At a fixed end", heading, lead),
        Table(
            caption,
            (
                ("Outcome", "left"),
                ("Units", "right"),
                ("Answered by", "left"),
                ("False positives", "right"),
                ("Coverage", "right"),
                ("One side", "right"),
                ("Refused", "right"),
                ("", "left"),
            ),
            rows,
        ),
    )


def looks_blocks(record: Json) -> tuple[Block, ...]:
    """Looks at any time and at planned moments."""
    found = record["looks"]
    if not found:
        return ()
    heading, lead = words.part_head(record, LOOKS, "Looked at again and again")
    rows: list[list[Cell]] = [
        [
            words.outcome_of(cell),
            as_printed(cell["setting"]),
            number(cell["difference"], "share", 0.001),
            number(cell["lift"], "share", 0.001),
            number(cell["each"], "share"),
            number(cell["linear"], "share"),
            number(cell["win"], "share"),
            _HOLDS if cell["holds"] else _FAILS,
        ]
        for cell in found
    ]
    return (
        Section("Many looks", heading, lead),
        Table(
            "Share of experiments in which any look missed the truth, the larger of true "
            f"lifts 0 and +20{SPACE}%; beside it what intervals for one look do, and the linear "
            "delta formula with the same multipliers. Last, without an effect: how often the "
            f"chance to win, by a flat prior, ever exceeds 95{SPACE}% for either arm.",
            (
                ("Outcome", "left"),
                ("Looks", "left"),
                ("Difference", "right"),
                ("Lift", "right"),
                ("For one look", "right"),
                ("Linear delta", "right"),
                ("Chance to win", "right"),
                ("", "left"),
            ),
            rows,
        ),
    )


def formulas_blocks(record: Json) -> tuple[Block, ...]:
    """Ours beside the formulas of others, on the same draws."""
    found = record["formulas"]
    if len(found) < 2:
        return ()
    strips = [
        Strip(
            label=capital(formula["by"]),
            note=(
                f"{count(formula['covering'])} of {count(formula['cells'])} cells cover; verdicts "
                f"that differ from the difference’s: up to {number(formula['differing'], 'share')}"
            ),
            values=[100 * value for value in formula["coverages"]],
            meaning="estimate" if formula["by"] == _OURS else "undecided",
        )
        for formula in found
    ]
    chart = strip_chart(
        strips, axis=f"coverage of the lift’s 95{SPACE}% interval, %", aim=95.0, band=(94.5, 97.0)
    )
    rows: list[list[Cell]] = [
        [
            words.outcome_of(cell),
            words.sizes(cell),
            words.lift_of(cell["lift"]),
            *(number(cell[by], "share") for by in ("ours", "linear", "log", "naive", "differing")),
        ]
        for cell in record["peers"]
    ]
    return (
        Section("Beside others", *words.formulas_head(record)),
        Figure(
            chart,
            "Each point is a cell in which an answer is owed: a kind of outcome, a size, a "
            "split and a true lift. Line: what is promised; band: what passes.",
            words.formulas_alt(record),
        ),
        Table(
            f"Coverage of the lift without an effect and at +50{SPACE}%; last, experiments in "
            "which the linear formula’s verdict is not that of the difference.",
            (
                ("Outcome", "left"),
                ("Units", "right"),
                ("Lift", "right"),
                ("Ours", "right"),
                ("Linear delta", "right"),
                ("Log delta", "right"),
                ("Naive", "right"),
                ("Verdicts differ", "right"),
            ),
            rows,
        ),
    )


def other_blocks(record: Json) -> tuple[Block, ...]:
    """A section and a table for each of the other promises."""
    blocks: list[Block] = []
    for part in record["parts"]:
        mine = [row for row in record["others"] if row["part"] == part["part"]]
        if not mine:
            continue
        rows: list[list[Cell]] = [
            [
                words.cell_of(row),
                capital(row["measure"]),
                figure_of(row),
                words.band_of(row),
                row["note"] if row["holds"] is None else _HOLDS if row["holds"] else _FAILS,
            ]
            for row in mine
        ]
        named = capital(part["part"])
        blocks += [
            Section(named, *words.part_head(record, part["part"], named)),
            Table(
                f"{named}: what was measured, and the band it has to lie in.",
                (
                    ("Cell", "left"),
                    ("Measured", "left"),
                    ("Figure", "right"),
                    ("Band", "right"),
                    ("", "left"),
                ),
                rows,
            ),
        ]
    return tuple(blocks)


def method_details(record: Json) -> Details:
    """How it was done, folded away."""
    return Details("How it was simulated", "method", words.method(record))
